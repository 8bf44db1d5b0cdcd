"""The pytest plugin with `--gateway-target compose`, as a project outside of this checkout uses it."""

from pathlib import Path

from gateway.target import engine as engines
from tests.testing.documented import code
from tests.testing.projects import run_tests

TELLS_ITS_PROJECT = """

def test_the_project_is_told(gateway_stack: GatewayStack):
    with open("project", "w") as file:
        file.write(gateway_stack.composed.project)
"""


def left_of(project: str) -> list[str]:
    """Containers, networks and volumes that the engine still has of a compose project."""
    label = ("--filter", f"label=com.docker.compose.project={project}")
    listings = (("ps", "--all"), ("network", "ls"), ("volume", "ls"))
    return [name for listing in listings for name in engines.asked(*listing, "--quiet", *label).split()]


def test_the_documented_test_file_passes_against_containers_and_nothing_is_left(engine: None, tmp_path: Path):
    tested = run_tests(tmp_path, code("python") + TELLS_ITS_PROJECT, "--gateway-target", "compose")
    assert (tested.code, dict(tested.outcomes)) == (0, {"passed": 8}), tested.printed
    assert left_of((tmp_path / "project").read_text()) == []
