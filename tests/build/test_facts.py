"""What a program needs, which images that fits, and what a failed build is told by."""

import json
from pathlib import Path

import pytest
from elftools.common.exceptions import ELFError

from gateway import exit_codes
from gateway.build import binary, facts, images, trial
from gateway.build.binary import Needs
from gateway.errors import Refusal
from tests.running import built, gateway

GLIBC = ("libc.so.6", "libm.so.6")


@pytest.mark.parametrize(
    ("versions", "newest"),
    [
        (["GLIBC_2.2.5", "GLIBC_2.34", "GLIBC_2.9"], (2, 34)),
        (["GLIBC_2.17", "GCC_3.0", "GLIBC_PRIVATE", "GLIBC_ABI_DT_RELR"], (2, 17)),
        (["GCC_4.2.0"], ()),
        ([], ()),
    ],
)
def test_the_newest_glibc_is_compared_by_its_numbers(versions: list[str], newest: tuple[int, ...]):
    assert binary.newest_glibc(versions) == newest


@pytest.mark.parametrize(
    ("needs", "fitting"),
    [
        (Needs(1, (), ()), {image.name for image in images.IMAGES}),
        (Needs(1, GLIBC, (2, 36)), {"debian:13", "debian:12", "distroless/cc-debian12", "distroless/base-debian12"}),
        (Needs(1, GLIBC, (2, 37)), {"debian:13"}),
        (Needs(1, GLIBC, (2, 42)), set()),
        (Needs(1, (*GLIBC, "libgcc_s.so.1"), (2, 34)), {"debian:13", "debian:12", "distroless/cc-debian12"}),
        (Needs(1, (*GLIBC, "libz.so.1"), (2, 34)), set()),
    ],
)
def test_a_program_fits_where_its_libraries_and_a_new_enough_glibc_are(needs: Needs, fitting: set[str]):
    assert {name for name, told in images.fitting(needs).items() if told == "fits"} == fitting


def test_what_does_not_fit_says_why():
    told = images.fitting(Needs(1, (*GLIBC, "libgcc_s.so.1"), (2, 40)))
    assert told["alpine"] == "it needs glibc 2.40, the image has none"
    assert told["debian:12"] == "it needs glibc 2.40, the image has 2.36"
    assert told["distroless/base-debian12"] == "the image has no libgcc_s.so.1"


def test_the_built_programs_are_read():
    worker = binary.read(built() / "sidecar-worker")
    assert worker.size_bytes == (built() / "sidecar-worker").stat().st_size
    assert "libc.so.6" in worker.libraries
    assert worker.glibc >= (2, 17)
    assert not worker.is_static


def test_what_is_no_program_is_told(tmp_path: Path):
    (tmp_path / "text").write_text("no program")
    with pytest.raises(ELFError):
        binary.read(tmp_path / "text")


def test_a_static_program_has_no_libraries(tmp_path: Path):
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n")
    made = trial.run(("go", "build", "-o", "static", "main.go"), tmp_path, {"CGO_ENABLED": "0", "GOWORK": "off"})
    assert made.error == ""
    assert made.seconds > 0
    assert binary.read(tmp_path / "static").is_static


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("# runtime/cgo\ngcc: error: unrecognized option '-x'\nmore", "gcc: error: unrecognized option '-x'"),
        ("   Compiling a v1\nerror[E0463]: can't find crate for `core`\n", "error[E0463]: can't find crate for `core`"),
        ("# runtime/cgo\nno such thing\n", "no such thing"),
        ("", "it failed without a word"),
    ],
)
def test_a_failed_build_is_told_by_its_first_line_that_speaks_of_an_error(output: str, line: str):
    assert trial.first_error(output) == line


def test_a_tool_that_is_missing_or_fails_is_a_failed_trial(tmp_path: Path):
    assert trial.run(("no-such-tool",), tmp_path, {}).error == "no-such-tool is missing"
    assert trial.run(("sh", "-c", "echo error of mine >&2; exit 3"), tmp_path, {}).error == "error of mine"
    assert trial.run(("sh", "-c", "test $MINE = 7"), tmp_path, {"MINE": "7"}).error == ""


def test_facts_are_read_as_long_as_they_are_of_what_is_built(tmp_path: Path):
    assert facts.read(tmp_path) == {}
    (tmp_path / ".sources").write_text("abc")
    (tmp_path / facts.FILE).write_text(json.dumps({"sources": "abc", "facts": {"worker": {"bytes": 1}}}))
    assert facts.read(tmp_path) == {"worker": {"bytes": 1}}
    (tmp_path / ".sources").write_text("def")
    assert facts.read(tmp_path) == {}


@pytest.mark.parametrize("content", ["{", "[]", '{"sources": "abc"}', '{"sources": "abc", "facts": 3}', "\xff"])
def test_damaged_facts_are_refused_with_the_remedy(tmp_path: Path, content: str):
    (tmp_path / ".sources").write_text("abc")
    (tmp_path / facts.FILE).write_text(content, encoding="latin-1")
    with pytest.raises(Refusal, match="gateway build --facts"):
        facts.read(tmp_path)


def test_an_empty_cache_without_facts_is_refused():
    told = gateway("build", "--cold")
    assert told.returncode == exit_codes.REFUSED
    assert "give both" in told.stderr
