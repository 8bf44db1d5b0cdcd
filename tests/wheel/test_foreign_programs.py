"""Programs that were built for another system, as a wheel that was forced onto it would bring them: one clear line."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

from gateway import exit_codes
from tests.wheel import environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.wheel.environment import Environment

MACHINE_OFFSET, EM_AARCH64 = 18, 183
NEWER = b"GLIBC_9.99"
REMEDY = ": install the wheel for this platform (docs/install.md), or name a checkout's programs with --bin"


def for_another_processor(program: Path) -> None:
    content = bytearray(program.read_bytes())
    content[MACHINE_OFFSET : MACHINE_OFFSET + 2] = EM_AARCH64.to_bytes(2, "little")
    program.write_bytes(content)


def with_a_linker_that_is_not_here(program: Path) -> None:
    with program.open("rb") as file:
        segment = next(one for one in ELFFile(file).iter_segments() if one["p_type"] == "PT_INTERP")
        at, length = segment["p_offset"], segment["p_filesz"]
    content = bytearray(program.read_bytes())
    content[at : at + length] = b"/lib/ld-none.so.1".ljust(length, b"\0")
    program.write_bytes(content)


def for_a_newer_glibc(program: Path) -> None:
    """Ask for NEWER in place of each version that libc is asked for (LSB 5, 10.7.2.3: a hash and a name)."""
    content = bytearray(program.read_bytes())
    with program.open("rb") as file:
        elf = ELFFile(file)
        section = next(one for one in elf.iter_sections() if isinstance(one, GNUVerNeedSection))
        names = elf.get_section(section["sh_link"])["sh_offset"]
        versions = [one for needed, all_of in section.iter_versions() for one in all_of if needed.name == "libc.so.6"]
    asked = next(one for one in versions if one.name == "GLIBC_2.34")
    at = names + asked["vna_name"]
    assert content[at : at + len(NEWER)] == b"GLIBC_2.34"
    content[at : at + len(NEWER)] = NEWER
    old, new = _hash(b"GLIBC_2.34"), _hash(NEWER)
    start = section["sh_offset"]
    table = bytes(content[start : start + section["sh_size"]]).replace(old, new)
    content[start : start + section["sh_size"]] = table
    program.write_bytes(content)


def _hash(name: bytes) -> bytes:
    """The hash of System V's ABI, little endian."""
    value = 0
    for byte in name:
        value = (value << 4) + byte
        high = value & 0xF0000000
        value = (value ^ (high >> 24)) & ~high
    return value.to_bytes(4, "little")


@pytest.mark.parametrize(
    ("spoil", "code", "said"),
    [
        (for_another_processor, exit_codes.REFUSED, "does not run here (it is built for another processor or system)"),
        (
            with_a_linker_that_is_not_here,
            exit_codes.REFUSED,
            "does not run here (it is built for a system with glibc, which this one has not)",
        ),
        (for_a_newer_glibc, exit_codes.FAILED, "worker needs GLIBC_9.99, which this system is older than"),
    ],
)
def test_a_program_for_another_system_is_one_line(
    installed: Environment, tmp_path: Path, spoil: Callable[[Path], None], code: int, said: str
):
    worker = tmp_path / "sidecar-worker"
    shutil.copy2(installed.package / "_programs" / worker.name, worker)
    spoil(worker)
    ended = installed.gateway("--worker", str(worker), "call", "echo", "--route", "uds/msgpack")
    assert ended.returncode == code, ended.stdout + ended.stderr
    assert ended.stderr.endswith(f"{said}{REMEDY}\n")
    assert ended.stderr.count("\n") == 1


def test_an_installation_from_sources_has_no_programs_and_says_so(tmp_path: Path):
    wheel = environment.wheel_of(environment.built("sdist", tmp_path / "sdist"), tmp_path / "wheel")
    assert wheel.name.endswith("-py3-none-any.whl")
    bare = environment.installed(wheel, tmp_path)
    assert (bare.package / "_data" / "plans" / "quick.toml").is_file()
    ended = bare.gateway("verify")
    assert ended.returncode == exit_codes.REFUSED
    assert ended.stderr.endswith(f"sidecar-worker does not exist{REMEDY}\n")
    assert ended.stderr.count("\n") == 1
    assert bare.gateway("doctor").returncode == exit_codes.FAILED
