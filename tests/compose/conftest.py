"""One compose project for the folder, up from the first test that wants it to the end of the session.

`gateway_stack` is the plugin's fixture, always composed here. Without an engine the folder is skipped, or fails where
SIDECAR_REQUIRE_ENGINE says that there must be one.
"""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import config
from gateway.errors import Refusal
from gateway.target import engine as engines
from gateway.target.compose import Composed
from gateway.testing import GatewayStack, containers, plugin
from tests.compose import stacks
from tests.compose.events import Events

REQUIRED = "SIDECAR_REQUIRE_ENGINE"
IMAGES = ("worker", "service", "gateway")
IMAGES_S = 900
WHY_NOT_RUN = pytest.StashKey[str]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """One line in place of a reason for each skipped test, which a quiet pytest would not show."""
    if WHY_NOT_RUN in config.stash:
        terminalreporter.write_line(f"tests/compose not run: {config.stash[WHY_NOT_RUN]}")


@pytest.fixture(scope="package")
def engine(pytestconfig: pytest.Config) -> None:
    """An engine that answers, and our images in it: built once where they are missing."""
    try:
        engines.version()
    except Refusal as refusal:
        if os.environ.get(REQUIRED, "0") != "0":
            raise pytest.fail.Exception(str(refusal), pytrace=False) from None
        pytestconfig.stash[WHY_NOT_RUN] = str(refusal)
        pytest.skip(str(refusal))
    tag = os.environ.get("SIDECAR_TAG", "dev")
    if engines.missing_images([f"sidecar-ipc/{name}:{tag}" for name in IMAGES]):
        built = subprocess.run(
            ["make", "images"], cwd=config.ROOT, capture_output=True, text=True, timeout=IMAGES_S, check=False
        )
        assert built.returncode == 0, f"make images failed:\n{built.stderr[-2000:]}"


@pytest.fixture
def folder(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the worker of a test's own project keeps its file."""
    return stacks.folder_of_any_user(tmp_path_factory)


@pytest.fixture(scope="package")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the worker of the shared project keeps its file."""
    return stacks.folder_of_any_user(tmp_path_factory)


@pytest.fixture(scope="package")
def shared_project(engine: None, shared_folder: Path) -> Composed:
    """The project of all tests that need none of their own, not yet up."""
    return stacks.project(shared_folder)


@pytest.fixture(scope="package")
def events_from_the_start(shared_project: Composed) -> Iterator[Events]:
    """What happens to its containers, from before the first one on."""
    with Events(shared_project.project) as events:
        yield events


@pytest.fixture(scope="package")
def gateway_stack(shared_project: Composed, events_from_the_start: Events) -> Iterator[GatewayStack]:
    """The shared project, up; in the place of the plugin's own fixture."""
    with plugin.told(), containers.started(shared_project, config.Common()) as stack:
        yield stack


@pytest.fixture
def appended(shared_folder: Path, gateway_stack: GatewayStack) -> Path:
    """The file of the kernel `append` of the shared project, one line a call."""
    return shared_folder / stacks.APPENDED


@pytest.fixture
def load_routes(gateway_stack: GatewayStack) -> list[str]:
    """A route to the worker by each way that can be reached from here: the volume, a published port, the proxy."""
    near = ["uds/msgpack"] if "uds" in gateway_stack.addresses else []
    return [*near, "grpc-tcp/protobuf", "gateway/msgpack"]
