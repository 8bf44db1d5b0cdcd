"""Run the build: lock, tool chains, commands, files in place, fingerprint."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Protocol

from gateway.build import recipe, sources, toolchain
from gateway.errors import Failure, Refusal
from gateway.progress import Steps, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from gateway.build.layout import Layout

LOG_LINES_SHOWN = 25
DETAIL_CHARS = 48


class Places(Protocol):
    """Where a build writes: the folder of what is built, all that the tools say, and the lock that it holds."""

    @property
    def bin(self) -> "Path": ...  # noqa: D102

    @property
    def log(self) -> "Path": ...  # noqa: D102

    @property
    def lock(self) -> "Path": ...  # noqa: D102


def build(layout: "Layout", *, force: bool = False) -> None:
    """Build everything into `layout.bin`, unless that is up to date and not forced.

    Raises Refusal for a missing tool, Failure with the log's end for a failed step.
    """
    _check_sources(layout)
    with locked(layout):
        if force or sources.changed(layout):
            _build(layout)


def _build(layout: "Layout") -> None:
    before = sources.fingerprint(layout)
    todo = recipe.steps(layout)
    progress = Steps(len(todo) + 1)
    with layout.log.open("wb") as log:
        with progress.step("tool chains"):
            _check_tools(layout)
        for step in todo:
            with progress.step(step.name, step.note) as say:
                run_step(step, layout, log, say)
                put_in_place(step, layout)
    layout.stamp.write_text(before, encoding="ascii")


def _check_sources(layout: "Layout") -> None:
    if not layout.has_sources():
        raise Refusal(f"no sources in {layout.root}", "build in a checkout, or name built programs with --bin")


def _check_tools(layout: "Layout") -> None:
    for tool in toolchain.tools(layout):
        tool.check()


@contextmanager
def locked(layout: "Places") -> "Generator[None]":
    """One build at a time; a second one waits and then finds all done."""
    layout.bin.mkdir(parents=True, exist_ok=True)
    layout.lock.parent.mkdir(parents=True, exist_ok=True)
    with layout.lock.open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with shown("another build runs, waiting for its end", sys.stderr):
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run_step(step: recipe.Step, layout: "Places", log: BinaryIO, say: "Callable[[str], None]") -> None:
    """Run one command; its output goes to the log, each line also to `say`.

    Raises Failure when the command fails, Refusal when there is none of that name.
    """
    log.write(f"\n$ {' '.join(step.command)}\n".encode())
    begin = log.tell()
    with _started(step) as process:
        assert process.stdout is not None  # noqa: S101 - opened by _started
        for line in process.stdout:
            log.write(line)
            say(_detail(line))
    if process.returncode:
        log.flush()
        raise _failure(step, layout, begin)


def _detail(line: bytes) -> str:
    """The first words of what a tool says, such as `Compiling tokio`."""
    return " ".join(line.decode("utf-8", "replace").split()[:2])[:DETAIL_CHARS]


@contextmanager
def _started(step: recipe.Step) -> "Generator[subprocess.Popen[bytes]]":
    """The command in a process group of its own, which ends with the block: compilers start more processes."""
    with _spawned(step) as process:
        try:
            yield process
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            raise


def _spawned(step: recipe.Step) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(
            step.command,
            cwd=step.folder,
            env={**os.environ, **step.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    except FileNotFoundError as error:
        raise Refusal(f"{step.command[0]} is missing", "install it, or mend [build] in gateway.toml") from error


def _failure(step: recipe.Step, layout: "Places", begin: int) -> Failure:
    with layout.log.open("rb") as log:
        log.seek(begin)
        lines = log.read().decode("utf-8", "replace").splitlines()
    remedy = f"mend what the lines above say and run it again; all of it is in {layout.log}"
    return Failure(f"building the {step.name} failed", remedy, "\n".join(lines[-LOG_LINES_SHOWN:]))


def put_in_place(step: recipe.Step, layout: "Layout") -> None:
    """By rename, so that a running program keeps its file and nobody sees half of one."""
    for name, source in step.outputs.items():
        new = layout.bin / f".{name}.new"
        if source != new:
            shutil.copy2(source, new)
        new.replace(layout.bin / name)
