"""The wheel's platform tag: true for every program in it, and refused by pip elsewhere."""

from __future__ import annotations

import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest
from packaging.tags import sys_tags
from packaging.utils import parse_wheel_filename

from gateway.build import binary, wheel_tag
from gateway.build.binary import Needs
from gateway.build.recipe import OUTPUTS
from gateway.config import ROOT
from gateway.errors import Refusal
from tests.wheel.environment import pip

if TYPE_CHECKING:
    from pathlib import Path

    from tests.wheel.environment import Environment

GLIBC = ("libc.so.6", "libgcc_s.so.1", "libm.so.6")
X86 = "x86_64"


@pytest.mark.parametrize(
    ("programs", "tag"),
    [
        ({"a": Needs(1, GLIBC, (2, 34), X86)}, "manylinux_2_34_x86_64"),
        ({"a": Needs(1, GLIBC, (2, 9), X86), "b": Needs(1, GLIBC, (2, 28), X86)}, "manylinux_2_28_x86_64"),
        ({"a": Needs(1, GLIBC, (2, 2, 5), "aarch64")}, "manylinux_2_17_aarch64"),
        ({"static": Needs(1, (), (), X86)}, "manylinux_2_17_x86_64"),
    ],
)
def test_a_tag_names_the_newest_glibc_that_a_program_needs(programs: dict[str, Needs], tag: str):
    assert wheel_tag.platform_tag(programs) == tag


@pytest.mark.parametrize(
    ("programs", "said"),
    [
        (
            {"worker": Needs(1, (*GLIBC, "libssl.so.3"), (2, 34), X86)},
            "worker needs libssl.so.3, which not every Linux",
        ),
        ({"worker": Needs(1, ("libc.musl-x86_64.so.1",), (), X86)}, "worker needs libc.musl-x86_64.so.1"),
        (
            {"a": Needs(1, GLIBC, (2, 34), X86), "b": Needs(1, GLIBC, (2, 34), "aarch64")},
            "programs for aarch64, x86_64 in one wheel",
        ),
    ],
)
def test_what_no_tag_is_true_of_is_refused(programs: dict[str, Needs], said: str):
    with pytest.raises(Refusal, match=said):
        wheel_tag.platform_tag(programs)


def test_the_wheels_tag_is_what_its_files_need_and_fits_this_machine(wheel: Path, tmp_path: Path):
    *_, tags = parse_wheel_filename(wheel.name)
    (tag,) = tags
    with zipfile.ZipFile(wheel) as archive:
        inside = [name for name in archive.namelist() if name.startswith("gateway/_programs/")]
        archive.extractall(tmp_path, inside)
    with_names = {name.rpartition("/")[2]: tmp_path / name for name in inside}
    programs = {name: binary.read(with_names[name]) for name in OUTPUTS if not name.endswith(".a")}
    assert tag.platform == wheel_tag.platform_tag(programs)
    assert max(needs.glibc for needs in programs.values()) == tuple(map(int, tag.platform.split("_")[1:3]))
    assert tag in set(sys_tags())
    assert wheel.name in (ROOT / "docs" / "install.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "platform", ["manylinux_2_34_riscv64", "musllinux_1_2_x86_64", "macosx_11_0_arm64", "win_amd64"]
)
def test_pip_refuses_the_wheel_of_another_platform(wheel: Path, installed: Environment, tmp_path: Path, platform: str):
    stem = wheel.name.rpartition("-")[0]
    foreign = tmp_path / f"{stem}-{platform}.whl"
    shutil.copyfile(wheel, foreign)
    done = pip(installed, "install", "--no-deps", "--dry-run", "--force-reinstall", str(foreign))
    assert done.returncode == 1
    assert f"{foreign.name} is not a supported wheel on this platform" in done.stderr
