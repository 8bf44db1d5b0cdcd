"""Skips what needs compose where there is none, and what needs an engine where none answers; CI has both."""

import os

import pytest

from gateway.errors import GatewayError
from gateway.target import engine as engines

REQUIRED = os.environ.get("SIDECAR_REQUIRE_ENGINE", "0") != "0"


@pytest.fixture(scope="session")
def compose() -> None:
    """The program `docker compose`."""
    try:
        engines.asked("compose", "version", "--short")
    except GatewayError as error:
        not_here(error)


@pytest.fixture(scope="session")
def engine() -> None:
    """An engine with our images."""
    try:
        engines.version()
    except GatewayError as error:
        not_here(error)
    missing = engines.missing_images([f"sidecar-ipc/{name}:{tag()}" for name in ("worker", "service", "gateway")])
    assert not missing, f"no image {', '.join(missing)}: run `make images`"


def tag() -> str:
    """Of our images."""
    return os.environ.get("SIDECAR_TAG", "dev")


def not_here(error: GatewayError) -> None:
    if REQUIRED:
        pytest.fail(str(error), pytrace=False)
    pytest.skip(str(error))
