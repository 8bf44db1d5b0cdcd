"""What is built with which command. Data only."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.build.layout import Layout

RUST_OUTPUTS = ("sidecar-worker", "libsidecar_inproc.so", "libsidecar_inproc.a")
REFERENCES = "sidecar-references"
GO_OUTPUTS = ("sidecar-service", "sidecar-driver")
OUTPUTS = (*RUST_OUTPUTS, REFERENCES, *GO_OUTPUTS)
RUST_PACKAGES = ("sidecar-worker", "sidecar-inproc")


@dataclass(frozen=True)
class Step:
    """One command and the files that it puts into `bin`: output name → file."""

    name: str
    command: tuple[str, ...]
    folder: "Path"
    note: str = ""
    environment: dict[str, str] = field(default_factory=dict[str, str])
    outputs: "dict[str, Path]" = field(default_factory=dict[str, "Path"])


def steps(layout: "Layout") -> list[Step]:
    """All commands in their order."""
    programs = (go(layout, name) for name in GO_OUTPUTS)
    return [rust_packages(layout), rust(layout), references(layout), go_packages(layout), *programs]


def rust_packages(layout: "Layout") -> Step:
    """Download, apart from compiling, so that a machine without a network hears it from here."""
    return Step("Rust packages", ("cargo", "fetch", "--locked"), layout.rust, "first time only")


def rust(layout: "Layout") -> Step:
    """Worker and library in one command, so that what they share is compiled once."""
    packages = tuple(part for name in RUST_PACKAGES for part in ("-p", name))
    features = ("--features", ",".join(f"{name}/plant" for name in RUST_PACKAGES)) if layout.plant else ()
    outputs = {name: layout.rust_output / name for name in RUST_OUTPUTS}
    command = ("cargo", "build", "--release", "--locked", *packages, *features)
    return Step("Rust worker and library", command, layout.rust, "minutes the first time only", outputs=outputs)


def references(layout: "Layout") -> Step:
    """Apart from the worker: cargo would give it the features of the libraries that only the references need."""
    command = ("cargo", "build", "--release", "--locked", "-p", REFERENCES)
    outputs = {REFERENCES: layout.rust_output / REFERENCES}
    return Step("Rust references", command, layout.rust, "a minute the first time only", outputs=outputs)


def go_packages(layout: "Layout") -> Step:
    """Listing the dependencies downloads those that are needed, and no others."""
    command = ("go", "list", "-deps", *_tags(layout), "-f", "{{.ImportPath}}", "./cmd/...")
    return Step("Go packages", command, layout.go, "first time only", _cgo(layout))


def go(layout: "Layout", name: str) -> Step:
    """One Go program with the in-process library linked in."""
    built = layout.bin / f".{name}.new"
    source = f"./cmd/{name}"
    command = ("go", "build", *_tags(layout), "-trimpath", "-buildvcs=false", "-o", str(built), source)
    return Step(f"Go {name.removeprefix('sidecar-')}", command, layout.go, "", _cgo(layout), {name: built})


def _tags(layout: "Layout") -> tuple[str, str]:
    return ("-tags", "sidecar_cgo,plant" if layout.plant else "sidecar_cgo")


def _cgo(layout: "Layout") -> dict[str, str]:
    return {"CGO_ENABLED": "1", "CGO_LDFLAGS": f"-L{layout.bin}"}
