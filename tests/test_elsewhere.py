"""On other systems: what the doctor says of them, and that what is Linux's stays in modules named for it."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway import elsewhere
from gateway.errors import Refusal
from gateway.system import linux, other

PACKAGE = Path(elsewhere.__file__).parent
LINUX_ONLY = {"sched_getaffinity", "sched_setaffinity", "pidfd_open", "memfd_create", "eventfd", "sched_getscheduler"}


def test_the_tested_system_lacks_nothing():
    assert elsewhere.lacks("Linux", "x86_64") == []


@pytest.mark.parametrize(
    ("system", "architecture", "named"),
    [
        ("Linux", "aarch64", ["processor"]),
        ("Darwin", "arm64", ["measuring", "programs", "who calls over a socket", "clock of one boot", "processor"]),
        ("Windows", "AMD64", ["measuring", "programs", "sockets"]),
        ("FreeBSD", "amd64", ["measuring", "programs", "processor"]),
        ("", "", ["measuring", "programs", "processor"]),
    ],
)
def test_what_is_missing_elsewhere_is_said_with_what_to_do_there(system: str, architecture: str, named: list[str]):
    found = elsewhere.lacks(system, architecture)
    assert [lack.name for lack in found] == named
    assert any("docker" in lack.remedy or "build from sources" in lack.remedy for lack in found)
    assert all("\n" not in lack.text + lack.remedy for lack in found)


def test_nothing_is_measured_where_processes_cannot_be_set_apart():
    elsewhere.refuse_measuring("Linux")
    with pytest.raises(Refusal, match=r"nothing is measured on Darwin: it needs Linux; docker run"):
        elsewhere.refuse_measuring("Darwin")


def test_both_systems_modules_have_the_same_functions():
    public = [{name: vars(one)[name] for name in vars(one) if name[0] != "_"} for one in (linux, other)]
    names = [{name for name, one in found.items() if callable(one) and not isinstance(one, type)} for found in public]
    assert names[0] == names[1] == {"pin", "stay_on", "usable_cpus"}


def test_where_there_are_no_cpu_sets_all_cpus_are_usable_and_nothing_is_pinned():
    before = os.sched_getaffinity(0)
    assert other.usable_cpus() == frozenset(range(os.cpu_count() or 1))
    other.pin(os.getpid(), {0})
    other.stay_on({0})
    assert os.sched_getaffinity(0) == before
    assert linux.usable_cpus() == before


def test_calls_that_only_linux_has_are_in_modules_named_for_it():
    found = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in PACKAGE.rglob("*.py")
        if path.stem != "linux" and not path.stem.endswith("_linux")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in LINUX_ONLY
    ]
    assert found == []


def test_the_doctor_works_where_neither_proc_nor_cpu_sets_are():
    """A Python that says it is another system and that lacks Linux's calls, as its own process."""
    script = """
import os, pathlib, sys
sys.platform = "darwin"
for name in ("sched_getaffinity", "sched_setaffinity"):
    delattr(os, name)
kept = pathlib.Path.read_text
def read_text(self, *given, **named):
    if str(self).startswith(("/proc", "/sys")):
        raise FileNotFoundError(str(self))
    return kept(self, *given, **named)
pathlib.Path.read_text = read_text
import platform
platform.system, platform.machine = (lambda: "Darwin"), (lambda: "arm64")
from gateway import doctor
from gateway.config import Common
found = doctor.examine(Common(bin_dir=pathlib.Path("/no/programs")))
print("\\n".join(f"{one.name}: {one.text}" for one in found))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Darwin has no CPU sets and no /proc" in done.stdout
