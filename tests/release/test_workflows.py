"""The workflows of .github: the same steps as .ci/run, pinned, with no more rights than they need."""

import re
import subprocess

import pytest

from gateway.build import toolchain
from gateway.build.layout import Layout
from release.source import ROOT

WORKFLOWS = {path.name: path.read_text() for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))}
MAKE = re.compile(r"(?:^|[;&|] *|run: |[A-Z_]+=\S+ )make (?:-\S+ )*([a-z][a-z-]*)", re.MULTILINE)


def job(workflow: str, name: str) -> str:
    """The text of one job."""
    return re.split(r"^  (?=\w)", workflow.partition(f"\n  {name}:\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def called(text: str) -> list[str]:
    """The Make targets that a script or a workflow calls, in order; a comment calls none."""
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return MAKE.findall(code)


def test_every_target_that_a_workflow_calls_is_in_the_makefile():
    targets = set(re.findall(r"^([a-z][a-z-]*):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE))
    wanted = {target for text in WORKFLOWS.values() for target in called(text)}
    assert {"release", "compare", "reproducible"} <= wanted
    assert wanted <= targets


def test_ci_takes_the_steps_of_the_local_run_in_its_order():
    local = called((ROOT / ".ci" / "run").read_text())
    assert "test" in local
    assert called(job(WORKFLOWS["ci.yml"], "test")) == local


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_action_is_pinned_to_a_commit_and_tells_its_version(name: str):
    used = re.findall(r"uses: (.*)", WORKFLOWS[name])
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in used)


def test_an_action_has_one_version_everywhere():
    used = {tuple(one.split("@")) for text in WORKFLOWS.values() for one in re.findall(r"uses: (.*)", text)}
    assert len({action for action, _ in used}) == len(used)


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_may_write_nothing_unless_a_job_says_so(name: str):
    top = re.search(r"^permissions:(.*(?:\n  .*)*)", WORKFLOWS[name], re.MULTILINE)
    assert top
    assert "write" not in top[1]


def test_what_runs_a_pull_requests_code_has_no_rights_and_what_has_them_runs_none():
    assert "write" not in WORKFLOWS["benchmark.yml"].partition("permissions:")[2]
    assert "pull_request_target" not in "".join(WORKFLOWS.values())
    comment = WORKFLOWS["benchmark-comment.yml"]
    assert "actions/checkout" not in comment
    assert not called(comment)


def test_tool_chains_are_the_same_everywhere_and_new_enough():
    layout = Layout(ROOT)
    needs = {"GO_VERSION": toolchain.go_needed(layout), "RUST_VERSION": toolchain.rust_needed(layout)}
    for variable, needed in needs.items():
        stated = {version for text in WORKFLOWS.values() for version in re.findall(rf'{variable}: "(.*)"', text)}
        assert len(stated) == 1
        found = toolchain.version_in(stated.pop())
        assert found
        assert found >= needed


@pytest.mark.parametrize(("given", "said"), [([], "no commit given"), (["no-such-ref"], "no commit no-such-ref")])
def test_a_comparison_with_no_such_commit_is_refused_in_one_line(given: list[str], said: str):
    done = subprocess.run([ROOT / ".ci" / "compare", *given], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, f"{said}: make compare BASE=origin/main\n")
