"""Record vectors from a Go function: what `native` answers to pieces of an input. Starts the driver alone."""

import json
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from gateway.build import links
from gateway.build.layout import Layout
from gateway.build.project import ProjectLayout
from gateway.build.recipe import Step
from gateway.build.run import locked, run_step
from gateway.errors import Failure
from gateway.inputs.pieces import anywhere, at_line_ends, read
from gateway.verify import ask
from gateway.verify.pieces import LINES, WHOLE, Piece
from gateway.wire import kernels
from gateway.wire.lists_generated import Reason, Status
from gateway.wire.routes import NATIVE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gateway.project import OwnKernel, Project
    from gateway.verify.outcome import Answer

MOST = 8
PIECE_BYTES = 2 << 10
"""Vectors are kept with the project: a few small ones, the input itself is compared whole."""
RECORDER = "recorder"


@dataclass(frozen=True)
class _Alone:
    """A session's driver without the rest of a session."""

    driver: Any


def build(project: "Project", say: "Callable[[str], None]") -> "Path":
    """Build the driver without the library in process, which takes no Rust; Failure with the log's end otherwise."""
    layout = ProjectLayout(project.folder)
    with locked(layout), layout.log.open("wb") as log:
        environment = links.write(project.folder, Layout.of_checkout())
        program = layout.bin / RECORDER
        run_step(
            Step("driver", ("go", "build", "-o", str(program), "."), project.folder, "", environment), layout, log, say
        )
    return program


def record(program: "Path", project: "Project") -> int:
    """Write the vectors of the project's kernels, in place of those that are there; return how many."""
    from gateway.gen.bench.v1 import driver_pb2_grpc
    from gateway.supervise import roles
    from gateway.supervise.rpc import connect
    from gateway.supervise.surroundings import surroundings

    with ExitStack() as stack:
        around = stack.enter_context(surroundings({}))
        child = roles.driver(program, (), {}, around)
        stack.callback(child.stop)
        alone = _Alone(driver_pb2_grpc.DriverServiceStub(stack.enter_context(connect(child.endpoints["driver"]))))
        return sum(_kernel(alone, one, project.vectors / name) for name, one in project.kernels.items())


def _kernel(session: Any, kernel: "OwnKernel", folder: "Path") -> int:
    asked = list(requests(read(kernel.input) if kernel.input else b"", kernel.cut))
    ask.load(session, kernel.name, [_request(kernel.name, piece) for piece in asked])
    answers = ask.answers(session, NATIVE)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    for index, piece in enumerate(asked):
        text = json.dumps(vector(kernel.name, piece.content, answers[index]), indent=2)
        (folder / f"{piece.name}.json").write_text(f"{text}\n", encoding="utf-8")
    return len(asked)


def requests(content: bytes, cut: str) -> "Iterator[Piece]":
    """An empty request, and the first pieces of the input; all of an input that is not to be cut."""
    found = [content] if cut == WHOLE else (at_line_ends if cut == LINES else anywhere)(content, PIECE_BYTES)
    yield Piece("empty", b"")
    yield from (Piece(f"piece-{number}", one) for number, one in enumerate(islice(found, MOST - 1), 1))


def vector(kernel: str, content: bytes, answer: "Answer") -> dict[str, Any]:
    """A vector file's content; refuses an answer that is another one each time."""
    if answer.outcomes != 1:
        raise Failure(
            f"the Go function of {kernel} gives other bytes each time", "only a pure function can be a kernel"
        )
    recorded: dict[str, Any] = {"kernel": kernel, "request": _message(kernels.request(kernel, content))}
    if answer.outcome.status:
        names = {"status": Status(answer.outcome.status).name, "reason": Reason(answer.outcome.reason).name}
        return {**recorded, "error": names}
    return {**recorded, "response": _message(kernels.response_type(kernel).FromString(answer.outcome.response))}


def _request(kernel: str, piece: Piece) -> bytes:
    return kernels.request(kernel, piece.content).SerializeToString()


def _message(message: Any) -> dict[str, str]:
    return {"message": message.DESCRIPTOR.full_name, "protobuf": message.SerializeToString(deterministic=True).hex()}
