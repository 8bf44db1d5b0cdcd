"""A Go program that times the subject: the package's test binary with a file of ours laid over it. Builds and runs it.

`go build -overlay` lets the go command see a file that is not there, so the user's folder stays as it is, and the file
may call what only its own package sees. The package's own tests are overlaid away: none of them has to build or runs.
"""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from gateway.errors import Failure, Refusal
from gateway.go.command import attempt, first_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.estimate.subject import Subject

_TEMPLATE = "harness_test.go.tmpl"
_LAID = "sidecar_gateway_estimate_test.go"
_LINK = "SIDECAR_ESTIMATE_LINK"
_BUILD_WITHIN_S = 600.0
_ANSWER_WITHIN_S = 60.0
_END_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Tried:
    """What the first call with one piece gave; `panicked` is the Go type of what it panicked with."""

    reply_bytes: int
    took_ns: int
    failed: bool
    panicked: str
    changed: bool

    @property
    def answered(self) -> bool:
        """Whether the function gave a result."""
        return not self.failed and not self.panicked


@dataclass(frozen=True, slots=True)
class Block:
    """One block of calls: `median_ns` over groups of calls between two clock reads; the rest a call."""

    calls: int
    median_ns: float
    mean_ns: float
    objects: float
    allocated_bytes: float
    collector_ns: float


class Harness:
    """The running program. Sets of pieces are numbered in the order in which they are loaded."""

    def __init__(self, link: socket.socket, process: subprocess.Popen[bytes]) -> None:
        self._link = link
        self._lines = link.makefile("rb")
        self._process = process

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def load(self, pieces: Sequence[bytes]) -> list[Tried]:
        """Call the function once with each piece; those that it answers become a set."""
        told = self._ask({"Pieces": [base64.b64encode(piece).decode() for piece in pieces]})
        return [Tried(one["ReplyBytes"], one["TookNs"], one["Failed"], one["Panicked"], one["Changed"]) for one in told]

    def measure(self, index: int, batch: int, duration_ns: int) -> Block:
        """Call the function over a set for so long, at least one batch."""
        told = self._ask({"Set": index, "Batch": batch, "DurationNs": duration_ns})
        calls = told["Calls"]
        return Block(
            calls=calls,
            median_ns=told["MedianNs"],
            mean_ns=told["MeanNs"],
            objects=told["Objects"] / calls,
            allocated_bytes=told["Bytes"] / calls,
            collector_ns=told["GCCPUNs"] / calls,
        )

    def _ask(self, question: dict[str, Any]) -> Any:
        try:
            self._link.sendall(json.dumps(question).encode() + b"\n")
            line = self._lines.readline()
        except TimeoutError as error:
            raise Failure(
                f"the function did not end within {_ANSWER_WITHIN_S:.0f} s", "give smaller pieces by --size"
            ) from error
        except OSError:
            line = b""
        if not line:
            raise Failure(
                f"the function ended its process (exit code {self._process.wait(_END_WITHIN_S)})",
                "call it with this input in a test of your own: a panic in a goroutine or os.Exit does that",
            )
        return json.loads(line)


@contextmanager
def started(subject: Subject) -> Iterator[Harness]:
    """Build the program and run it in the package's folder, as go test does; end it."""
    with tempfile.TemporaryDirectory(prefix="ge") as name:
        program = _build(subject, Path(name))
        ours, theirs = socket.socketpair()
        ours.settimeout(_ANSWER_WITHIN_S)
        with ours, _running(program, subject.package.folder, theirs) as process:
            yield Harness(ours, process)


def _build(subject: Subject, folder: Path) -> Path:
    """Compile the package's test binary from outside of its folder; refuses a package that does not build."""
    program = folder / "estimate.test"
    laid = folder / _LAID
    laid.write_text(source(subject), encoding="utf-8")
    overlay = folder / "overlay.json"
    overlay.write_text(json.dumps({"Replace": replaced(subject, laid)}), encoding="utf-8")
    command = ["test", "-c", "-vet=off", f"-overlay={overlay}", "-o", str(program), subject.package.path]
    done = attempt(command, subject.package.folder, _BUILD_WITHIN_S)
    if done.returncode or not program.exists():
        path = subject.package.path
        raise Refusal(f"{path} does not build: {first_error(done.stderr)}", f"go build {path} says more")
    return program


def replaced(subject: Subject, laid: Path) -> dict[str, str]:
    """The overlay: our file in the package's folder, its own tests away."""
    folder = subject.package.folder
    return {str(folder / _LAID): str(laid), **{str(folder / name): "" for name in subject.package.tests}}


def source(subject: Subject) -> str:
    """The program's file."""
    text = resources.files("gateway.estimate").joinpath("templates", _TEMPLATE).read_text(encoding="utf-8")
    call = f"{subject.name}(input)"
    return Template(text).substitute(
        package=subject.package.name,
        taken=subject.taken,
        given=subject.given,
        body=f"return {call}" if subject.fails else f"return {call}, nil",
        variable=_LINK,
    )


@contextmanager
def _running(program: Path, folder: Path, link: socket.socket) -> Iterator[subprocess.Popen[bytes]]:
    import os

    process = subprocess.Popen(
        [str(program)],
        cwd=folder,
        env={**os.environ, _LINK: str(link.fileno())},
        pass_fds=(link.fileno(),),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # what a function prints may be its input
    )
    link.close()
    try:
        yield process
    finally:
        process.kill()
        process.wait()
