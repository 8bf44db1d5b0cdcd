"""An editable install, which `make setup` makes: everything from the checkout, whatever was built."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

from gateway import installed
from gateway.config import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_it_carries_neither_programs_nor_data(tmp_path: Path):
    hook = f"from hatchling.build import build_editable; print(build_editable({str(tmp_path)!r}))"
    made = subprocess.run([sys.executable, "-c", hook], cwd=ROOT, capture_output=True, text=True, check=True)
    name = made.stdout.splitlines()[-1]
    assert name.endswith("-py3-none-any.whl")
    with zipfile.ZipFile(tmp_path / name) as wheel:
        assert not [one for one in wheel.namelist() if one.startswith("gateway/")]


def test_in_a_checkout_everything_lies_in_its_folders():
    assert installed.is_checkout()
    assert installed.root() == ROOT
    assert installed.programs() == ROOT / "bin"
    assert all((ROOT / name).is_dir() for name in installed.CARRIED)
    assert {installed.plans(), installed.vectors()} == {ROOT / name for name in installed.CARRIED}
    assert installed.built_from() == {}
