"""The program that times a user's function: in their package, without a file of theirs touched."""

from pathlib import Path

import pytest

from gateway.errors import Failure, Refusal
from gateway.estimate import harness, subject
from tests.estimate import user_module

PIECES = [b"one line of text", b"and another, longer one"]
BLOCK_NS = 5_000_000


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return user_module.write(tmp_path_factory.mktemp("module"))


def everything_in(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("name", "replies"),
    [
        ("Bytes", [16, 23]),
        ("BytesFails", [16, 23]),
        ("Text", [16, 23]),
        ("TextFails", [16, 23]),
        ("ToText", [16, 23]),
        ("ToBytes", [16, 23]),
        ("hidden", [8, 11]),
    ],
)
def test_it_calls_each_kind_of_function_and_leaves_the_module_as_it_was(module: Path, name: str, replies: list[int]):
    before = everything_in(module)
    with harness.started(subject.find(f"./internal/words.{name}", module)) as program:
        tried = program.load(PIECES)
        block = program.measure(0, 100, BLOCK_NS)
    assert [one.reply_bytes for one in tried] == replies
    assert all(one.answered for one in tried)
    assert block.calls % 100 == 0
    assert 0 < block.median_ns < BLOCK_NS
    assert everything_in(module) == before


def test_objects_and_bytes_are_those_of_a_call(module: Path):
    with harness.started(subject.find("./internal/words.Bytes", module)) as program:
        program.load([b"x" * 1024])
        block = program.measure(0, 100, BLOCK_NS)
    assert block.objects == pytest.approx(1, abs=0.05)
    assert block.allocated_bytes == pytest.approx(1024, rel=0.1)


def test_a_function_that_writes_into_its_input_gets_it_fresh_each_time(module: Path):
    with harness.started(subject.find("./internal/words.Mutates", module)) as program:
        assert all(one.changed for one in program.load(PIECES))
        assert program.measure(0, 10, BLOCK_NS).objects < 0.1


def test_errors_and_panics_are_told_by_piece_and_without_a_word_of_the_input(module: Path):
    with harness.started(subject.find("./internal/words.Refuses", module)) as program:
        assert all(one.failed for one in program.load(PIECES))
    with harness.started(subject.find("./internal/words.Panics", module)) as program:
        assert {one.panicked for one in program.load(PIECES)} == {"runtime.boundsError"}


def test_a_function_that_ends_its_process_is_a_failure_with_its_exit_code(module: Path):
    with (
        harness.started(subject.find("./internal/words.Dies", module)) as program,
        pytest.raises(Failure, match=r"ended its process \(exit code 2\)") as failed,
    ):
        program.load(PIECES)
    assert "secret" not in str(failed.value)


def test_a_package_that_does_not_build_is_refused_with_the_compilers_line(module: Path):
    with (
        pytest.raises(Refusal, match=r"example.com/shop/broken does not build: ./broken.go:3:35: undefined: missing"),
        harness.started(subject.find("./broken.F", module)),
    ):
        pass


def test_a_function_of_a_program_is_timed_too(module: Path):
    with harness.started(subject.find("./cmd/shop.F", module)) as program:
        assert [one.reply_bytes for one in program.load(PIECES)] == [16, 23]


@pytest.mark.parametrize("language", ["1.17", "1.21"])
def test_a_module_of_an_older_language_is_timed_too(tmp_path: Path, language: str):
    (tmp_path / "go.mod").write_text(f"module example.com/old\n\ngo {language}\n")
    (tmp_path / "old.go").write_text("package old\n\nfunc f(in string) string { return in }\n")
    with harness.started(subject.find("./.f", tmp_path)) as program:
        assert [one.reply_bytes for one in program.load(PIECES)] == [16, 23]


def test_a_module_behind_a_link_is_timed_too(module: Path, tmp_path: Path):
    link = tmp_path / "link"
    link.symlink_to(module)
    with harness.started(subject.find("./internal/words.Bytes", link)) as program:
        assert program.load(PIECES)
