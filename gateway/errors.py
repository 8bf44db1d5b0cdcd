"""How a command says that it will not or could not do what was asked."""

from difflib import get_close_matches
from typing import TYPE_CHECKING

from gateway import exit_codes

if TYPE_CHECKING:
    from collections.abc import Iterable


class GatewayError(Exception):
    """An expected end of a command: one line on stderr, no traceback.

    `what` names the thing that failed, `remedy` says what to do next.
    """

    exit_code = exit_codes.FAILED

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}: {remedy}")
        self.what = what
        self.remedy = remedy


class Refusal(GatewayError):  # noqa: N818 - the word that the documents use
    """The request was not begun. Exit code 2."""

    exit_code = exit_codes.REFUSED


class Failure(GatewayError):  # noqa: N818 - beside Refusal
    """The request was begun and failed. Exit code 1; `detail` (such as the end of a log) is shown above the line."""

    def __init__(self, what: str, remedy: str, detail: str = "") -> None:
        super().__init__(what, remedy)
        self.detail = detail


class Terminated(BaseException):
    """A signal asked the command to end; raised in the main thread so that every `with` unwinds."""

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.exit_code = 128 + signal_number


def unknown(noun: str, name: str, known: "Iterable[str]") -> Refusal:
    """The refusal of a name that no list has, with the nearest one that it has."""
    choices = list(known)
    nearest = get_close_matches(name, choices, n=1, cutoff=0.5)
    hint = f"did you mean {nearest[0]}? " if nearest else ""
    return Refusal(f"unknown {noun} {name!r}", f"{hint}known: {', '.join(choices)}")
