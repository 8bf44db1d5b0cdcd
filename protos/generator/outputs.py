"""Every generated file of the repository as text, and how a tree is compared with them."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from protos.generator import HEADER, copies, descriptors, lists, protoc, rust
from protos.generator.golang import codecs as go_codecs
from protos.generator.golang import lists as go_lists
from protos.generator.python import codecs as python_codecs
from protos.generator.python import lists as python_lists
from protos.generator.python import stubs as python_stubs
from protos.generator.rust import lists as rust_lists
from protos.generator.rust import messages as rust_messages

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

CONTRACT_PACKAGES = ("kernels.v1", "faults.v1", "wire.v1")
TEST_PACKAGE = "test.v1"
REFLECTED = ("kernels/", "faults/", "wire/v1/frames.proto")
# Folders that hold generated files only: what is there and not generated is stale.
WHOLE_FOLDERS = ("gateway/gen", "go_service/gen", "rust_worker/wire/src/generated", "rust_worker/wire/tests/generated")
RUST_FOLDER = "rust_worker/wire/src/generated"
RUST_TEST_FILE = "rust_worker/wire/tests/generated/test_v1.rs"

Files = dict[str, bytes]


def generate(root: Path) -> Files:
    """Path below the root → content of every generated file."""
    files = protoc.proto_files(root)
    closed = lists.load(root / "protos" / "lists.toml")
    with tempfile.TemporaryDirectory() as folder:
        described = protoc.descriptor_set(root, files, Path(folder), source_info=True)
        packages = {name: descriptors.messages_of(described, name) for name in (*CONTRACT_PACKAGES, TEST_PACKAGE)}
        return {
            **_python(root, files, packages, closed),
            **_go(root, files, packages, closed),
            **_rust(root, files, packages, closed),
            **copies.files(root),
        }


def differences(root: Path, files: Files) -> list[str]:
    """Paths that are missing, stale or of another content in the tree, sorted."""
    there = {path.relative_to(root).as_posix() for folder in WHOLE_FOLDERS for path in _files_below(root / folder)}
    changed = {path for path, content in files.items() if not _same(root / path, content)}
    return sorted(changed | (there - files.keys()))


def write(root: Path, files: Files) -> list[str]:
    """Writes what differs, removes what is stale, and returns those paths."""
    different = differences(root, files)
    for path in different:
        target = root / path
        if path not in files:
            target.unlink()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(files[path])
    return different


def _files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def _same(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


Packages = dict[str, tuple[descriptors.Message, ...]]


def _python(root: Path, files: list[str], packages: Packages, closed: lists.Lists) -> Files:
    with tempfile.TemporaryDirectory() as folder:
        protoc.python_stubs(root, files, Path(folder))
        stubs = {
            f"gateway/gen/{path.relative_to(folder).as_posix()}": python_stubs.rewritten(path.read_text("utf-8"))
            for path in _files_below(Path(folder))
        }
    inits = {f"{parent}/__init__.py": f"# {HEADER}\n" for parent in _packages_above(stubs)}
    messages = [message for package in packages.values() for message in package]
    codecs = _ruff(root, python_codecs.codec_file(messages))
    names = _ruff(root, python_lists.lists_file(closed))
    return _encoded({
        **stubs,
        **inits,
        "gateway/wire/codec_generated.py": codecs,
        "gateway/wire/lists_generated.py": names,
    })  # fmt: skip


def _packages_above(stubs: dict[str, str]) -> list[str]:
    parents = {parent.as_posix() for path in stubs for parent in Path(path).parents}
    return sorted(parent for parent in parents if parent.startswith("gateway/gen"))


def _go(root: Path, files: list[str], packages: Packages, closed: lists.Lists) -> Files:
    with tempfile.TemporaryDirectory() as folder:
        protoc.go_stubs(root, files, Path(folder))
        stubs = {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in _files_below(Path(folder))}
    for package in packages.values():
        stubs |= {path: _gofmt(root, text) for path, text in go_codecs.codecs(package).items()}
    stubs["wire/lists_generated.go"] = _gofmt(root, go_lists.lists_file(closed))
    return _encoded({f"go_service/{path}": text for path, text in stubs.items()})


def _rust(root: Path, files: list[str], packages: Packages, closed: lists.Lists) -> Files:
    texts = {
        f"{RUST_FOLDER}/{name.replace('.', '_')}.rs": rust_messages.messages_file(packages[name])
        for name in CONTRACT_PACKAGES
    }
    texts[RUST_TEST_FILE] = rust_messages.messages_file(packages[TEST_PACKAGE], crate="sidecar_wire")
    texts[f"{RUST_FOLDER}/lists.rs"] = rust_lists.lists_file(closed)
    texts[f"{RUST_FOLDER}/mod.rs"] = rust.module_file(CONTRACT_PACKAGES)
    formatted = {path: _rustfmt(root, text) for path, text in texts.items()}
    return {**_encoded(formatted), f"{RUST_FOLDER}/descriptor_set.bin": _reflected(root, files)}


def _reflected(root: Path, files: list[str]) -> bytes:
    chosen = [file for file in files if file.startswith(REFLECTED)]
    with tempfile.TemporaryDirectory() as folder:
        described: FileDescriptorSet = protoc.descriptor_set(root, chosen, Path(folder), source_info=False)
    return described.SerializeToString(deterministic=True)


def _encoded(texts: dict[str, str]) -> Files:
    return {path: text.encode() for path, text in texts.items()}


def _gofmt(root: Path, text: str) -> str:
    return protoc.run(["gofmt"], cwd=root, stdin=text.encode()).decode()


def _rustfmt(root: Path, text: str) -> str:
    arguments = ["rustfmt", "--edition", "2024", "--emit", "stdout"]
    return protoc.run(arguments, cwd=root / "rust_worker", stdin=text.encode()).decode()


def _ruff(root: Path, text: str) -> str:
    arguments = ["--isolated", "--line-length", "120", "--target-version", "py311"]
    command = [sys.executable, "-m", "ruff", "format", *arguments, "-"]
    return protoc.run(command, cwd=root, stdin=text.encode()).decode()
