"""Archives: their bytes follow from names, contents and execute bits alone."""

import os
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

from release import archives, contents

WRITERS = {"tar": lambda path, members: archives.tar_gz(path, members, 1_700_000_000), "zip": archives.zipped}


@pytest.fixture(params=sorted(WRITERS))
def kind(request: pytest.FixtureRequest) -> str:
    """Both formats in turn."""
    return str(request.param)


def tree(folder: Path, *, modes: int, day_s: int) -> dict[str, Path]:
    """Three files, one of them a program, as somebody's umask and clock leave them."""
    folder.mkdir()
    for name, text, executable in (("b", "two", True), ("a", "one", False), ("c/d", "three", False)):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(modes | 0o100 if executable else modes)
        os.utime(path, (day_s, day_s))
    return {"x/b": folder / "b", "x/a": folder / "a", "x/c/d": folder / "c/d"}


def test_neither_umask_nor_clock_nor_order_reaches_an_archive(tmp_path: Path, kind: str):
    one = tree(tmp_path / "one", modes=0o644, day_s=1)
    two = tree(tmp_path / "another folder", modes=0o600, day_s=10**9)
    WRITERS[kind](tmp_path / "first", one)
    WRITERS[kind](tmp_path / "second", dict(reversed(two.items())))
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_what_is_executable_stays_so(tmp_path: Path, kind: str):
    WRITERS[kind](tmp_path / "archive", tree(tmp_path / "one", modes=0o600, day_s=1))
    modes = {name: mode & 0o777 for name, (_, mode, _) in contents.members(tmp_path / "archive").items()}
    assert modes == {"x/a": 0o644, "x/b": 0o755, "x/c/d": 0o644}


def test_a_link_in_a_tar_stays_a_link(tmp_path: Path):
    (tmp_path / "link").symlink_to("somewhere/else")
    archives.tar_gz(tmp_path / "tar", {"x/link": tmp_path / "link"}, 1)
    with tarfile.open(tmp_path / "tar") as packed:
        entry = packed.getmember("x/link")
    assert (entry.issym(), entry.linkname, entry.mode) == (True, "somewhere/else", 0o777)


def test_ordinary_tools_read_them(tmp_path: Path):
    members = tree(tmp_path / "one", modes=0o644, day_s=1)
    for kind, write in WRITERS.items():
        write(tmp_path / kind, members)
    with tarfile.open(tmp_path / "tar") as packed, zipfile.ZipFile(tmp_path / "zip") as zipped:
        assert packed.getnames() == zipped.namelist() == sorted(members)
        assert zipped.read("x/c/d") == b"three"


def test_a_difference_is_told_by_the_member_that_has_it(tmp_path: Path, kind: str):
    members = tree(tmp_path / "one", modes=0o644, day_s=1)
    for folder in ("before", "after"):
        (tmp_path / folder).mkdir()
    WRITERS[kind](tmp_path / "before" / "archive", members)
    shutil.copy(tmp_path / "one" / "a", tmp_path / "one" / "b")
    WRITERS[kind](tmp_path / "after" / "archive", members)
    told = contents.differences(tmp_path / "before" / "archive", tmp_path / "after" / "archive")
    assert len(told) == 1
    assert "x/b" in told[0]
