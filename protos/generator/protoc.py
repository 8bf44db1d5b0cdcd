"""Runs the protoc inside grpcio-tools and the two Go plugins; the only module here that starts programs."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from protos.generator import GO_MODULE

if TYPE_CHECKING:
    from pathlib import Path

GO_PLUGINS = {
    "protoc-gen-go": "google.golang.org/protobuf/cmd/protoc-gen-go",
    "protoc-gen-go-grpc": "google.golang.org/grpc/cmd/protoc-gen-go-grpc",
}


class ToolError(RuntimeError):
    """A program of the tool chain failed; the text has its name and the end of its stderr."""


def run(arguments: list[str], *, cwd: Path, stdin: bytes = b"", env: dict[str, str] | None = None) -> bytes:
    """Standard output of a program, or ToolError."""
    try:
        done = subprocess.run(arguments, cwd=cwd, input=stdin, capture_output=True, check=False, env=env)
    except FileNotFoundError as error:
        raise ToolError(f"{arguments[0]} is not on the PATH; install it, then run `make generate` again") from error
    if done.returncode != 0:
        tail = done.stderr.decode(errors="replace")[-2000:]
        raise ToolError(f"{' '.join(arguments[:4])} failed with exit code {done.returncode}:\n{tail}")
    return done.stdout


def proto_files(root: Path) -> list[str]:
    """Paths of all protos below `protos/`, sorted, relative to it."""
    base = root / "protos"
    return sorted(path.relative_to(base).as_posix() for path in base.glob("*/v*/*.proto"))


def protoc(root: Path, arguments: list[str], files: list[str], *, env: dict[str, str] | None = None) -> None:
    """Runs protoc over the files."""
    run([sys.executable, "-m", "grpc_tools.protoc", "-Iprotos", *arguments, *files], cwd=root, env=env)


def descriptor_set(root: Path, files: list[str], folder: Path, *, source_info: bool) -> FileDescriptorSet:
    """The files' descriptors, with comments when `source_info` is true."""
    out = folder / "descriptors.bin"
    flags = ["--include_source_info"] if source_info else []
    protoc(root, [f"--descriptor_set_out={out}", *flags], files)
    return FileDescriptorSet.FromString(out.read_bytes())


def python_stubs(root: Path, files: list[str], folder: Path) -> None:
    """Writes pb2, pyi and, for the files with a service, pb2_grpc modules into the folder."""
    protoc(root, [f"--python_out={folder}", f"--pyi_out={folder}"], files)
    services = [file for file in files if "\nservice " in (root / "protos" / file).read_text(encoding="utf-8")]
    protoc(root, [f"--grpc_python_out={folder}"], services)


def go_stubs(root: Path, files: list[str], folder: Path) -> None:
    """Writes the pb structs and the gRPC stubs below the folder, as paths of the Go module."""
    path = os.pathsep.join([str(_go_plugins(root)), os.environ["PATH"]])
    outputs = [
        f"--{plugin}_{flag}" for plugin in ("go", "go-grpc") for flag in (f"out={folder}", f"opt=module={GO_MODULE}")
    ]
    protoc(root, outputs, files, env={**os.environ, "PATH": path})


def _go_plugins(root: Path) -> Path:
    folder = root / "build" / "protoc-plugins"
    folder.mkdir(parents=True, exist_ok=True)
    for name, package in GO_PLUGINS.items():
        run(["go", "build", "-o", str(folder / name), package], cwd=root / "go_service" / "tools")
    return folder
