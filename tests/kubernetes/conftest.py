"""The emulation needs an engine and images; without one its tests are skipped, as those of tests/compose."""

from __future__ import annotations

import os
import subprocess

import pytest

from gateway.errors import Refusal
from gateway.target import engine as engines
from tests.kubernetes.emulated import TAG
from tests.kubernetes.rendered import ROOT

REQUIRED = "SIDECAR_REQUIRE_ENGINE"
IMAGES = ("worker", "service", "gateway", "bench")
IMAGES_S = 900


@pytest.fixture(scope="session")
def engine() -> None:
    """An engine that answers, and our images in it: built once where they are missing."""
    try:
        missing = engines.missing_images([f"sidecar-ipc/{name}:{TAG}" for name in IMAGES])
    except Refusal as refusal:
        if os.environ.get(REQUIRED, "0") != "0":
            pytest.fail(str(refusal), pytrace=False)
        pytest.skip(str(refusal))
    if missing:
        built = subprocess.run(
            ["make", "images"], cwd=ROOT, capture_output=True, text=True, timeout=IMAGES_S, check=False
        )
        assert built.returncode == 0, f"make images failed:\n{built.stderr[-2000:]}"
