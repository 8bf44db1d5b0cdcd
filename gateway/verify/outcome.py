"""What a request gave or should give, and whether two such agree. Pure."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.wire.outcomes import describe

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Outcome:
    """A response as protobuf, or a status and a reason. The text of an error is for people and compares equal."""

    response: bytes = b""
    status: int = 0
    reason: int = 0

    def __str__(self) -> str:
        """In words, without a byte of the response."""
        return describe(self.status, self.reason) if self.status else f"a response of {len(self.response)} bytes"


@dataclass(frozen=True)
class Answer:
    """What one route gave for one request, repeated; `outcomes` counts the different ones."""

    outcome: Outcome
    outcomes: int = 1
    message: str = ""


def difference(expected: Outcome, answer: Answer | None, same: "Callable[[bytes, bytes], str] | None" = None) -> str:
    """Why the answer is not the expected one; "" when it is. `same` compares two responses; without it bytes do."""
    if answer is None:
        return "no answer came"
    if answer.outcomes != 1:
        return f"repeated calls gave {answer.outcomes} different outcomes"
    if answer.outcome == expected:
        return ""
    if answer.outcome.status or expected.status:
        text = f": {answer.message}" if answer.message else ""
        return f"expected {expected}, got {answer.outcome}{text}"
    if same is not None:
        return same(expected.response, answer.outcome.response)
    return (
        f"the response differs at byte {_first_difference(expected.response, answer.outcome.response)} of its protobuf"
    )


def _first_difference(left: bytes, right: bytes) -> int:
    pairs = enumerate(zip(left, right, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(left), len(right)))
