"""What compilers make in one folder is what they make in another."""

import os
import subprocess
from pathlib import Path

import pytest

from release import environment
from release.errors import ReleaseError

RUST = 'pub fn fail() { panic!("{}", file!()) }\n#[no_mangle]\npub extern "C" fn answer() -> u32 { 42 }\n'
CARGO = '[package]\nname = "answer"\n[lib]\ncrate-type = ["staticlib"]\n[profile.release]\ndebug = 1\n'
GO_MOD = "module example.test/answer\n\ngo 1.26.0\n"
GO = 'package main\n\n// int answer(void) { return 42; }\nimport "C"\n\nfunc main() { println(C.answer()) }\n'


def folders(tree: Path) -> environment.Folders:
    """Those of this machine, for a tree that is not ours."""
    return environment.folders(tree)


def built(folder: Path, command: list[str], files: dict[str, str], output: str) -> bytes:
    """Build in the folder as a release does; gives the bytes."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    wrapper = folder.parent / f"{folder.name}-rustc"
    environment.write(folders(folder), wrapper)
    variables = {**os.environ, **environment.variables(folder, 1, wrapper), "CARGO_TARGET_DIR": str(folder / "target")}
    subprocess.run(command, cwd=folder, env=variables, check=True, capture_output=True)
    return (folder / output).read_bytes()


CASES = {
    "a Rust static library with debug information": (
        ["cargo", "build", "--release", "--offline", "--quiet"],
        {"Cargo.toml": CARGO, "src/lib.rs": RUST},
        "target/release/libanswer.a",
    ),
    "a Go program with C in it": (
        ["go", "build", "-trimpath", "-buildvcs=false", "-o", "answer", "."],
        {"go.mod": GO_MOD, "main.go": GO},
        "answer",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_two_folders_give_the_same_bytes_and_neither_is_named_in_them(tmp_path: Path, case: str):
    made = [built(tmp_path / name, *CASES[case]) for name in ("one", "another-and-longer")]
    assert made[0] == made[1]
    assert str(tmp_path).encode() not in made[0]


def test_the_wrapper_keeps_its_time_while_it_says_the_same(tmp_path: Path):
    wrapper = tmp_path / "rustc"
    environment.write(folders(tmp_path), wrapper)
    os.utime(wrapper, (1, 1))
    environment.write(folders(tmp_path), wrapper)
    assert wrapper.stat().st_mtime == 1


def test_a_machine_without_crates_is_told_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "cargo"))
    with pytest.raises(ReleaseError, match="make vendor"):
        environment.folders(tmp_path)


def test_crates_have_one_name_wherever_cargos_home_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    registry = tmp_path / "cargo" / "registry" / "src" / "index"
    registry.mkdir(parents=True)
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "cargo"))
    assert (str(registry), environment.CRATES) in environment.folders(tmp_path).prefixes()
