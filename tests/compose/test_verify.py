"""`gateway verify --target compose`: every route into the containers gives the same bytes."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from gateway.target.session import PROCESS_ROUTES
from gateway.testing import GatewayStack
from gateway.wire.lists_generated import KERNELS
from tests.running import built

WITHIN_S = 60


def test_every_kernel_gives_the_same_bytes_by_every_route_into_the_containers(
    gateway_stack: GatewayStack, tmp_path: Path
):
    assert gateway_stack.composed
    if "uds" not in gateway_stack.addresses:
        pytest.skip("this user cannot reach the volume of the sockets")
    environment = {**os.environ, "COMPOSE_PROJECT_NAME": gateway_stack.composed.project}
    command = [sys.executable, "-m", "gateway", "--bin", str(built()), "verify", "--target", "compose"]
    options = ["--junit", str(tmp_path / "verify.xml")]
    ended = subprocess.run(
        [*command, *options], env=environment, capture_output=True, text=True, timeout=WITHIN_S, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    suites = ET.parse(tmp_path / "verify.xml").getroot()  # noqa: S314 - our own
    assert {one.get("failures") for one in suites} == {"0"}
    assert not suites.findall(".//skipped")
    asked = {f"{kernel.name} {route}" for kernel in KERNELS if not kernel.misbehaves for route in PROCESS_ROUTES}
    assert asked == {one.get("name") for one in suites}
    assert gateway_stack.composed.running(), "the stack was not left running"
