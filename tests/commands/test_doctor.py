"""`gateway doctor`: what this machine can run."""

import json

from gateway.wire.routes import ROUTES
from tests.running import gateway


def test_every_route_and_tool_is_told():
    ended = gateway("doctor", "--json")
    findings = json.loads(ended.stdout)
    assert [one["name"] for one in findings if one["section"] == "routes"] == list(ROUTES)
    assert {"Go", "Rust (cargo)"} <= {one["name"] for one in findings if one["section"] == "tool chains"}
    assert ended.returncode == (1 if any(one["ok"] is False for one in findings) else 0)


def test_every_route_of_a_whole_build_is_available():
    findings = json.loads(gateway("doctor", "--json").stdout)
    assert [one for one in findings if one["section"] == "routes" and not one["ok"]] == []


def test_the_text_marks_each_line():
    lines = gateway("doctor").stdout.splitlines()
    assert any(line.startswith("  ok  native ") for line in lines)
    assert "machine" in lines


def test_a_missing_tool_chain_is_told_with_its_version_and_source():
    ended = gateway("doctor", PATH="/usr/bin:/bin")
    assert ended.returncode == 1
    assert "Rust (cargo)" in ended.stdout
    assert "missing, 1.95 needed → get it from https://rustup.rs" in ended.stdout


def test_an_engine_that_does_not_run_is_told_and_is_no_fault():
    findings = json.loads(gateway("doctor", "--json", DOCKER_HOST="unix:///nonexistent.sock").stdout)
    told = {one["name"]: one for one in findings if one["section"] == "containers"}
    assert list(told) == ["engine", "compose"]
    assert told["engine"]["ok"] is None
    assert told["engine"]["remedy"]
