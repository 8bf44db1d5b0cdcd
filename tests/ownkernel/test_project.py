"""gateway.toml of a project: what it may say, and how a mistake in it is told."""

from pathlib import Path
from typing import Any

import pytest

from gateway import project
from gateway.bench import own_plan, plan, requests
from gateway.errors import Refusal
from gateway.inputs import logs

FILE = Path("/somewhere/gateway.toml")
KERNELS: dict[str, Any] = {"csv-sum": {"input": "a.csv", "comparer": "approx", "tolerance": 1e-6}}


def test_a_file_without_kernels_is_no_project():
    assert project.parse(FILE, {"bench": {"seed": 7}, "worker": "w"}) is None


def test_paths_are_relative_to_the_file_and_commands_are_split():
    made = project.parse(FILE, {"kernels": KERNELS, "library": "l.a", "build": {"worker": "cargo build 'a b'"}})
    assert made is not None
    assert made.kernel("csv-sum").input == Path("/somewhere/a.csv")
    assert (made.vectors, made.library) == (Path("/somewhere/vectors"), Path("/somewhere/l.a"))
    assert made.commands == {"worker": ("cargo", "build", "a b")}


def test_a_path_below_target_follows_cargos_target_folder(monkeypatch: pytest.MonkeyPatch):
    made = project.parse(FILE, {"kernels": KERNELS})
    assert made is not None
    monkeypatch.setenv("CARGO_TARGET_DIR", "/shared")
    assert made.built(FILE.parent / "target/release/w") == Path("/shared/release/w")
    assert made.built(FILE.parent / "bin/w") == FILE.parent / "bin/w"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"kernels": {}}, "names no kernel"),
        ({"kernels": "csv"}, "names no kernel"),
        ({"kernels": {"CSV": {}}}, r"\[kernels.CSV\] in .*lower-case"),
        ({"kernels": {"a": {"inputs": "x"}}}, r"unknown key in .*\[kernels.a\] 'inputs': did you mean input"),
        ({"kernels": {"a": {"input": 3}}}, r"input = 3 in .*\[kernels.a\]"),
        ({"kernels": {"a": {"comparer": "fuzzy"}}}, "unknown comparer in .*known: bytes, json, approx"),
        ({"kernels": {"a": {"cut": "words"}}}, "unknown cut in .*known: lines, anywhere, whole"),
        ({"kernels": {"a": {"tolerance": 2}}}, "tolerance = 2 in"),
        ({"kernels": KERNELS, "build": {"driver": ["go"]}}, r"driver = \['go'\] in .*\[build\]"),
        ({"vectors": "v"}, "vectors in .* belongs to a project"),
        ({"build": {"worker": "make"}}, r"\[build\] worker in .* belongs to a project"),
    ],
)
def test_a_mistake_is_named_with_its_place(content: dict[str, Any], told: str):
    with pytest.raises(Refusal, match=told):
        project.parse(FILE, content)


def test_three_sizes_come_from_the_lines_of_an_input():
    text = logs.generate(3, 100_000)
    small, medium, large = own_plan.sizes(text, "lines")
    assert large == own_plan.LARGE_BYTES
    assert small < 1000 < medium < large
    assert own_plan.sizes(text, "whole") == [len(text)]
    assert own_plan.sizes(b"a", "lines") == [1]


def test_requests_of_a_projects_kernel_are_whole_lines():
    text = logs.generate(3, 50_000)
    given = requests.Input(text, None, 1, "lines")
    found = requests.requests(plan.Scenario("csv-sum", 2000), given)
    assert found
    lines = set(text.splitlines(keepends=True))
    for encoded in found:
        payload = encoded[3:]  # tag and a length of two bytes
        assert len(payload) <= 2000
        assert set(payload.splitlines(keepends=True)) <= lines
