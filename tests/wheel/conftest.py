"""The wheel of this checkout's built programs, made once, and an environment that has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests import running
from tests.wheel import environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.wheel.environment import Environment


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    running.built()
    return environment.built("wheel", tmp_path_factory.mktemp("wheel"), SIDECAR_WHEEL="platform")


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return environment.installed(wheel, tmp_path_factory.mktemp("installed"))
