"""A run as text: the same bytes come back, and nothing that a text says is written anywhere else."""

from __future__ import annotations

import base64
import gzip
import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from gateway.bench import folder
from gateway.errors import Refusal
from gateway.export import packed
from tests.merge.machines import TRUTH, written

if TYPE_CHECKING:
    from pathlib import Path


def test_a_run_comes_back_byte_for_byte(tmp_path: Path) -> None:
    there = written(TRUTH, tmp_path / "run", name="alpha")
    (back,) = packed.unpack(packed.text(folder.read(there)), "the log", tmp_path / "back")
    assert {path.name: path.read_bytes() for path in back.iterdir()} == {
        path.name: path.read_bytes() for path in there.iterdir()
    }
    assert folder.read(back).manifest.machine["name"] == "alpha"


def test_the_same_run_is_the_same_text(tmp_path: Path) -> None:
    run = folder.read(written(TRUTH, tmp_path / "run"))
    assert packed.text(run) == packed.text(run)


def test_a_run_that_no_log_would_keep_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = folder.read(written(TRUTH, tmp_path / "run"))
    monkeypatch.setattr(packed, "MOST_CHARACTERS", 1_000)
    with pytest.raises(Refusal, match="more than a log keeps"):
        packed.text(run)


def forged(*members: tarfile.TarInfo, content: bytes = b"") -> str:
    """A text as a log may hold it, whoever wrote it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for member in members:
            member.size = len(content) if member.isreg() else 0
            archive.addfile(member, io.BytesIO(content))
    return f"{packed.BEGIN}\n{base64.b64encode(gzip.compress(buffer.getvalue())).decode()}\n{packed.END}\n"


def link(name: str, target: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member


@pytest.mark.parametrize(
    "members",
    [
        [tarfile.TarInfo("../outside")],
        [tarfile.TarInfo("/outside-by-a-text")],
        [tarfile.TarInfo("folder/run.json")],
        [tarfile.TarInfo(".hidden")],
        [link("run.json", "/etc/passwd")],
        [link("blocks", ".."), tarfile.TarInfo("blocks/outside")],
    ],
    ids=lambda members: members[-1].name,
)
def test_no_text_writes_outside_of_its_folder(members: list[tarfile.TarInfo], tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="the log holds something that is no part of a run"):
        packed.unpack(forged(*members, content=b"x"), "the log", tmp_path / "runs")
    assert {path.name for path in tmp_path.iterdir()} <= {"runs"}


def test_a_text_that_becomes_too_much_is_refused_before_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MOST_BYTES", 100_000)
    with pytest.raises(Refusal, match="more than a run can"):
        packed.unpack(forged(tarfile.TarInfo("run.json"), content=bytes(1_000_000)), "the log", tmp_path / "runs")
