"""`gateway merge` on run folders and on logs: what it writes, and what it refuses in one line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gateway import exit_codes
from gateway.cli import run
from gateway.export.packed import BEGIN, END
from tests.merge.machines import NAMES, fleet, written

if TYPE_CHECKING:
    from pathlib import Path

SPEED_UPS = (3.5, 3.6, 3.4, 0.8, 3.7)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A run of each of five machines, of which one says another thing."""
    folder = tmp_path_factory.mktemp("runs")
    named = zip(fleet(*SPEED_UPS), NAMES, strict=True)
    return [str(written(truth, folder / name, name=name, boot=name)) for truth, name in named]


@pytest.fixture(scope="module")
def log(runs: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs as one file, with other lines between them, as several pods' logs are."""
    folder = tmp_path_factory.mktemp("log")
    for number, one in enumerate(runs):
        assert run(["export", one, "--format", "packed", "--out", str(folder / str(number))]) == exit_codes.OK
    texts = [(folder / str(number)).read_text(encoding="ascii") for number in range(len(runs))]
    (folder / "nodes.log").write_text("a line of another program\n".join(texts), encoding="ascii")
    return folder / "nodes.log"


def test_folders_become_one_report_that_says_where_machines_disagree(
    runs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["merge", *runs, "--out", str(tmp_path / "merged")]) == exit_codes.OK
    told = capsys.readouterr().out
    assert "5 machines" in told
    assert "machines disagree on redact 4 KiB: keep-go on delta; inproc on alpha, beta, gamma and 1 more" in told
    summary = json.loads((tmp_path / "merged" / "summary.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in summary["machines"]] == [*NAMES]
    page = (tmp_path / "merged" / "report.html").read_text(encoding="utf-8")
    assert "machines disagree on redact 4 KiB" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_a_log_that_holds_several_runs_gives_the_same_figures_as_their_folders(
    runs: list[str], log: Path, tmp_path: Path
) -> None:
    for name, arguments in (("folders", runs), ("log", [str(log)])):
        assert run(["merge", *arguments, "--out", str(tmp_path / name)]) == exit_codes.OK
    one, other = (
        json.loads((tmp_path / name / "summary.json").read_text(encoding="utf-8")) for name in ("folders", "log")
    )
    assert one["scenarios"] == other["scenarios"]


def refusal(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The line of a merge that is refused and leaves nothing behind."""
    capsys.readouterr()
    assert run(["merge", *arguments, "--out", str(tmp_path / "merged")]) == exit_codes.REFUSED
    assert not (tmp_path / "merged").exists()
    told = capsys.readouterr().err.strip()
    assert "\n" not in told
    return told


def test_one_run_alone_and_a_run_named_twice_are_refused(
    runs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "nothing to merge" in refusal(runs[:1], tmp_path, capsys)
    assert "are the same run" in refusal([runs[0], runs[1], runs[0]], tmp_path, capsys)


def test_runs_of_different_plans_are_refused_by_name(
    runs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from dataclasses import replace

    from tests.merge.machines import TRUTH

    other = written(replace(TRUTH, policy={"minimum_gain": 0.5}), tmp_path / "other", name="other")
    told = refusal([runs[0], str(other)], tmp_path, capsys)
    assert "alpha and other are runs of different plans: the verdicts follow other policies" in told


def test_a_folder_that_exists_is_not_overwritten(
    runs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "there").mkdir()
    assert run(["merge", *runs, "--out", str(tmp_path / "there")]) == exit_codes.REFUSED
    assert "exists" in capsys.readouterr().err
    assert not [*(tmp_path / "there").iterdir()]


def cut(text: str) -> str:
    return text[: len(text) // 3]


def flipped(text: str) -> str:
    place = text.index("\n") + 3_000
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]


def shortened(text: str) -> str:
    """A whole pair of lines around half of what was between them."""
    begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    return text[: begin + (end - begin) // 8 * 4 + 1] + "\n" + text[end:]


@pytest.mark.parametrize("damage", [cut, flipped, shortened, lambda _: "", lambda _: f"{BEGIN}\nnot base64 !\n{END}\n"])
def test_a_damaged_log_is_refused_in_one_line(
    damage: object, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = tmp_path / "damaged.log"
    damaged.write_text(damage(log.read_text(encoding="ascii")), encoding="ascii")  # type: ignore[operator]
    assert "damaged.log" in refusal([str(damaged)], tmp_path, capsys)


def test_without_one_machine_that_can_be_trusted_there_is_no_answer(tmp_path: Path) -> None:
    from dataclasses import replace

    truths = [replace(one, rounds=5) for one in fleet(3.5, 3.6)]
    named = [str(written(one, tmp_path / name, name=name)) for one, name in zip(truths, NAMES, strict=False)]
    assert run(["merge", *named, "--out", str(tmp_path / "merged")]) == exit_codes.CANNOT_TELL
    assert "run can be trusted" in (tmp_path / "merged" / "report.html").read_text(encoding="utf-8")


def test_a_machines_name_is_text_on_the_page(runs: list[str], tmp_path: Path) -> None:
    other = written(fleet(3.5)[0], tmp_path / "other", name="<script>alert(1)</script>", boot="x")
    assert run(["merge", runs[1], str(other), "--out", str(tmp_path / "merged")]) == exit_codes.OK
    assert "<script>alert" not in (tmp_path / "merged" / "report.html").read_text(encoding="utf-8")
