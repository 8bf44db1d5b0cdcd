"""Verify by vectors or by a user's input: what is run, in which order, against what."""

from itertools import islice
from typing import TYPE_CHECKING

from gateway.verify import ask
from gateway.verify.outcome import Answer, Outcome, difference
from gateway.verify.result import Result, Results
from gateway.wire import kernels
from gateway.wire.lists_generated import NATIVES
from gateway.wire.routes import NATIVE, ROUTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gateway.supervise import Session
    from gateway.verify.pieces import Piece
    from gateway.verify.vectors import Vector

PIECES_AT_ONCE = 128
OPTIONAL = frozenset(NATIVES) - {NATIVE}
"""Twins that only some kernels have; that one has none is no gap in the proof."""


def by_vectors(
    session: "Session", vectors: "Sequence[Vector]", routes: "Sequence[str]", say: "Callable[[str], None]"
) -> Results:
    """Every route's answers against the vectors of each kernel."""
    results = Results()
    for kernel, of_kernel in _grouped(vectors):
        ask.load(session, kernel, [vector.request for vector in of_kernel])
        for route in _runnable(session, kernel, routes, results):
            say(f"{kernel} by {route}")
            answers = ask.answers(session, route)
            results.cases += [
                Result(kernel, route, vector.name, difference(vector.expected, _normal(kernel, answers.get(index))))
                for index, vector in enumerate(of_kernel)
            ]
    return results


def by_input(
    session: "Session", kernel: str, pieces: "Iterator[Piece]", routes: "Sequence[str]", say: "Callable[[str], None]"
) -> Results:
    """Every other route's answers against those of `native` on the same pieces."""
    results = Results()
    runnable = [route for route in _runnable(session, kernel, routes, results) if route != NATIVE]
    while batch := list(islice(pieces, PIECES_AT_ONCE)):
        ask.load(session, kernel, [kernels.request(kernel, piece.content).SerializeToString() for piece in batch])
        say(f"{kernel} by {NATIVE} from {batch[0].name}")
        expected = ask.answers(session, NATIVE)
        for route in runnable:
            say(f"{kernel} by {route} from {batch[0].name}")
            answers = ask.answers(session, route)
            results.cases += [
                Result(kernel, route, piece.name, _against(expected.get(index), answers.get(index)))
                for index, piece in enumerate(batch)
            ]
    return results


def merged(parts: "Sequence[Results]") -> Results:
    """All results as one."""
    whole = Results()
    for part in parts:
        whole.cases += part.cases
        for reason, names in part.not_run.items():
            whole.not_run.setdefault(reason, []).extend(names)
    return whole


def _against(expected: Answer | None, answer: Answer | None) -> str:
    if expected is None or expected.outcomes != 1:
        return f"{NATIVE} itself gives no single answer"
    return difference(expected.outcome, answer)


def _grouped(vectors: "Sequence[Vector]") -> "Iterator[tuple[str, list[Vector]]]":
    for kernel in dict.fromkeys(vector.kernel for vector in vectors):
        yield kernel, [vector for vector in vectors if vector.kernel == kernel]


def _runnable(session: "Session", kernel: str, routes: "Sequence[str]", results: Results) -> list[str]:
    """The routes that can be called; the others go into `results.not_run` with their reason."""
    described = ask.unavailable(session)
    runnable: list[str] = []
    for route in routes or ROUTES:
        reason = described.get((kernel, route), "the driver does not know it")
        if reason and route in OPTIONAL and not routes:
            continue
        if reason:
            results.not_run.setdefault(reason, []).append(f"{kernel} {route}")
        else:
            runnable.append(route)
    return runnable


def _normal(kernel: str, answer: Answer | None) -> Answer | None:
    """The answer with its response written as this library writes it, so that bytes compare as messages do."""
    if answer is None or answer.outcome.status:
        return answer
    message = kernels.response_type(kernel).FromString(answer.outcome.response)
    return Answer(Outcome(message.SerializeToString(deterministic=True)), answer.outcomes, answer.message)
