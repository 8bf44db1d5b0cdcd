"""Verify by vectors or by a user's input: what is run, in which order, against what."""

from itertools import islice
from typing import TYPE_CHECKING

from gateway.inputs import shapes
from gateway.verify import ask
from gateway.verify.judge import Judge
from gateway.verify.result import Result, Results
from gateway.wire.lists_generated import NATIVES
from gateway.wire.routes import NATIVE, ROUTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gateway.supervise.rpc import Driven
    from gateway.verify.judge import Comparers
    from gateway.verify.pieces import Piece
    from gateway.verify.vectors import Vector

PIECES_AT_ONCE = 128
OPTIONAL = frozenset(NATIVES) - {NATIVE}
"""Twins that only some kernels have; that one has none is no gap in the proof."""


def by_vectors(
    session: "Driven",
    vectors: "Sequence[Vector]",
    routes: "Sequence[str]",
    say: "Callable[[str], None]",
    comparers: "Comparers | None" = None,
) -> Results:
    """Every route's answers against the vectors of each kernel."""
    results = Results()
    for kernel, of_kernel in _grouped(vectors):
        ask.load(session, kernel, [vector.request for vector in of_kernel])
        for route in _runnable(session, kernel, routes, results):
            say(f"{kernel} by {route}")
            judge = Judge(kernel, comparers or {})
            asked = judge.ask(session, route)
            results.cases += [
                Result(kernel, route, vector.name, judge.difference(vector.name, vector.expected, index, asked))
                for index, vector in enumerate(of_kernel)
            ]
    return results


def by_input(
    session: "Driven",
    kernel: str,
    pieces: "Iterator[Piece]",
    routes: "Sequence[str]",
    say: "Callable[[str], None]",
    comparers: "Comparers | None" = None,
) -> Results:
    """Every other route's answers against those of `native` on the same pieces."""
    results = Results()
    runnable = [route for route in _runnable(session, kernel, routes, results) if route != NATIVE]
    judge = Judge(kernel, comparers or {})
    while batch := list(islice(pieces, PIECES_AT_ONCE)):
        ask.load(session, kernel, [shapes.request(kernel, piece.content).SerializeToString() for piece in batch])
        say(f"{kernel} by {NATIVE} from {batch[0].name}")
        native = judge.ask(session, NATIVE)
        for route in runnable:
            say(f"{kernel} by {route} from {batch[0].name}")
            asked = judge.ask(session, route)
            results.cases += [
                Result(kernel, route, piece.name, judge.against_native(piece.name, native, index, asked))
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


def _grouped(vectors: "Sequence[Vector]") -> "Iterator[tuple[str, list[Vector]]]":
    for kernel in dict.fromkeys(vector.kernel for vector in vectors):
        yield kernel, [vector for vector in vectors if vector.kernel == kernel]


def _runnable(session: "Driven", kernel: str, routes: "Sequence[str]", results: Results) -> list[str]:
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
