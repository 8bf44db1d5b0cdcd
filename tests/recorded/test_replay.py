"""Recorded runs go through the whole analysis, and the gate's four answers are given of them."""

import json
import math
import shutil
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from gateway import exit_codes
from gateway.bench import findings, folder, manifest
from gateway.bench.record import RUN, SUMMARY, write_json
from tests.recorded import AGAIN, BASE, FEW, OTHER, RECORDINGS, RUNS, SLOWER, Recording
from tests.running import gateway

GATE = "30%"


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda one: one.name)
def test_a_recorded_run_says_today_what_it_said_when_it_was_recorded(recording: Recording) -> None:
    run = folder.read(RUNS / recording.name)
    said = json.loads((run.folder / SUMMARY).read_text(encoding="utf-8"))
    differences = _differences(said, json.loads(json.dumps(findings.to_json(findings.conclude(run)))))
    assert not differences, "record anew (python -m tests.recorded) when a change of the analysis is meant"


@pytest.mark.parametrize(
    ("after", "code"),
    [
        (AGAIN, exit_codes.OK),
        (SLOWER, exit_codes.FAILED),
        (FEW, exit_codes.CANNOT_TELL),
        (OTHER, exit_codes.REFUSED),
    ],
    ids=lambda one: getattr(one, "name", ""),
)
def test_the_gate_gives_each_of_its_four_answers(after: Recording, code: int) -> None:
    assert _compare(RUNS / after.name).returncode == code


def test_a_run_of_another_machine_is_compared_by_ratios_only_when_asked(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(RUNS / AGAIN.name, elsewhere)
    head = manifest.from_json(json.loads((elsewhere / RUN).read_text(encoding="utf-8")))
    head.machine["cpu_model"] = "another"
    write_json(elsewhere / RUN, head.to_json())
    assert _compare(elsewhere).returncode == exit_codes.REFUSED
    assert _compare(elsewhere, "--ratios").returncode == exit_codes.OK


def test_the_slower_run_is_slower_where_the_delay_was_planted() -> None:
    told = _compare(RUNS / SLOWER.name).stdout
    slower = [line for line in told.splitlines() if "slower" in line and "by uds/msgpack" in line.replace("  ", " ")]
    assert slower, told


def _compare(after: Path, *arguments: str) -> CompletedProcess[str]:
    return gateway("compare", str(RUNS / BASE.name), str(after), "--gate", GATE, *arguments)


def _differences(one: object, other: object, at: str = "") -> list[str]:
    """Return where two JSON documents differ by more than rounding."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = dict.fromkeys((*one, *other))
        return [text for key in keys for text in _differences(one.get(key), other.get(key), f"{at}/{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = zip(one, other, strict=True)
        return [text for index, pair in enumerate(pairs) for text in _differences(*pair, f"{at}/{index}")]
    if isinstance(one, float | int) and isinstance(other, float | int):
        return [] if math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12) else [at]
    return [] if one == other else [at]
