"""Projects outside of this repository: the example copied out, and one that `gateway new` makes of another module.

Each is built as a user builds it, but in this checkout's cargo folder, so that only what is theirs is compiled anew.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.config import ROOT

EXAMPLE = ROOT / "examples" / "own-kernel"
PLAN = """
name = "a moment"
rounds = 42
block_ms = 2
warmup_ms = 0
min_calls = 1
stamps_every = 5
reservoir = 20
timeout_ms = 0
budget_s = 10
minimum_gain = 0.2
control = "uds/msgpack"

[[scenarios]]
kernel = "KERNEL"
sizes = ["200 B", "2 KiB"]
routes = ["native", "cgo/raw", "uds/msgpack"]
"""
LINES = b"".join(b"%d: The quick brown fox\n" % number for number in range(400))
GO = """// Package loud shouts.
package loud

import "strings"

// Shout gives the text in capitals.
func Shout(text string) string { return strings.ToUpper(text) }
"""


@dataclass(frozen=True)
class Project:
    """A folder in which the command is run."""

    folder: Path

    def gateway(self, *arguments: str, exit_code: int = 0) -> str:
        """Run the command in the folder; gives what it wrote to stdout and stderr."""
        variables = {**os.environ, "CARGO_TARGET_DIR": str(ROOT / "rust_worker" / "target"), "PYTHONPATH": str(ROOT)}
        ended = subprocess.run(
            [sys.executable, "-m", "gateway", *arguments],
            cwd=self.folder,
            env=variables,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert ended.returncode == exit_code, ended.stdout + ended.stderr
        return ended.stdout + ended.stderr

    def bench(self, kernel: str) -> tuple[dict[str, object], str]:
        """Measure for a moment: run.json and the report; too noisy a moment gives no verdicts, and is no failure."""
        (self.folder / "moment.toml").write_text(PLAN.replace("KERNEL", kernel))
        self.gateway("bench", "--plan", "moment.toml", "--out", "run")
        run = self.folder / "run"
        return json.loads((run / "run.json").read_text()), (run / "report.html").read_text()


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The example as it is committed, somewhere else."""
    folder = tmp_path_factory.mktemp("own") / "own-kernel"
    tracked = subprocess.run(["git", "ls-files", "-z", "."], cwd=EXAMPLE, capture_output=True, check=True).stdout
    for name in filter(None, tracked.decode().split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(EXAMPLE / name, folder / name, follow_symlinks=False)
    return Project(folder)


@pytest.fixture(scope="module")
def shouting(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that `gateway new` made of a function in a module of its own."""
    module = tmp_path_factory.mktemp("module")
    (module / "go.mod").write_text("module example.com/voices\n\ngo 1.24\n")
    (module / "internal" / "loud").mkdir(parents=True)
    (module / "internal" / "loud" / "loud.go").write_text(GO)
    (module / "talk.txt").write_bytes(LINES)
    said = Project(module).gateway("new", "shout", "--go", "./internal/loud.Shout", "--input", "talk.txt")
    assert "6 vectors recorded" in said
    return Project(module / "shout")


def test_the_example_has_three_source_files():
    sources = [path for path in EXAMPLE.rglob("*") if path.suffix in {".go", ".rs"} and not path.is_symlink()]
    assert sorted(path.name for path in sources) == ["fingerprint.go", "main.go", "main.rs"]


def test_the_example_verifies_outside_of_the_repository(example: Project):
    said = example.gateway("verify")
    assert ", 0 failed" in said
    assert "not run" not in said  # the routes in process are linked too


def test_the_example_is_called_and_draws_its_waterfall(example: Project):
    said = example.gateway("call", "fingerprint", "--route", "uds/msgpack", "--route", "cgo/raw")
    assert said.count("compute ") == 2
    assert said.count("total ") == 2


def test_the_example_is_measured_and_its_report_draws_waterfalls(example: Project):
    manifest, report = example.bench("fingerprint")
    assert manifest["agreement"] == ["identical"] * 7
    assert "Every route, stage by stage</h3>" in report


def test_a_new_project_differs_until_its_twin_is_written(shouting: Project):
    said = shouting.gateway("verify", "--route", "native", "--route", "uds", exit_code=1)
    assert "FAILED shout uds/msgpack piece-1: the answer differs at byte" in said
    assert "FAILED shout native" not in said


def test_a_kernel_that_differs_is_measured_labelled_and_gets_no_verdict(shouting: Project):
    manifest, report = shouting.bench("shout")
    assert manifest["agreement"] == ["identical", "differs", "differs"] * 2 + ["differs"]
    summary = json.loads((shouting.folder / "run" / "summary.json").read_text())
    assert all(case["calls"] > 0 for case in summary["cases"])
    assert {verdict["fastest"] for verdict in summary["verdicts"]} == {"inconclusive"}
    assert "differs" in report


def test_a_comparer_that_does_not_fit_is_named(shouting: Project):
    settings = shouting.folder / "gateway.toml"
    before = settings.read_text()
    settings.write_text(before.replace('comparer = "bytes"', 'comparer = "json"'))
    said = shouting.gateway("verify", "--route", "uds/msgpack", exit_code=2)
    settings.write_text(before)
    assert "the comparer json does not fit shout: its answer to piece-1 is not JSON" in said.splitlines()[-1]


def test_an_unknown_kernel_is_named_with_those_there_are(example: Project):
    said = example.gateway("verify", "--kernel", "fingerprin", exit_code=2)
    assert "unknown kernel 'fingerprin': did you mean fingerprint?" in said.splitlines()[-1]


def test_a_build_that_fails_shows_the_tools_words_and_one_line_what_to_do(example: Project):
    source = example.folder / "main.go"
    before = source.read_text()
    source.write_text(before.replace("fingerprint.Lines)", "fingerprint.Line)"))
    said = example.gateway("build", exit_code=1)
    source.write_text(before)
    assert "undefined: fingerprint.Line" in said
    assert said.splitlines()[-1].startswith("gateway: building the driver failed: mend what the lines above say")


def test_a_kernel_that_the_driver_does_not_register_is_refused(shouting: Project):
    settings = shouting.folder / "gateway.toml"
    before = settings.read_text()
    settings.write_text(before + '\n[kernels.whisper]\ninput = "talk.txt"\n')
    for command in (("verify",), ("bench", "--quick")):
        said = shouting.gateway(*command, exit_code=2)
        assert "unknown kernel of the driver 'whisper'" in said.splitlines()[-1]
    settings.write_text(before)


def test_a_folder_that_exists_is_not_written_into(shouting: Project):
    arguments = ("new", "shout", "--go", "./internal/loud.Shout", "--input", "talk.txt")
    said = Project(shouting.folder.parent).gateway(*arguments, exit_code=2)
    assert "shout exists: name another folder with --dir" in said
