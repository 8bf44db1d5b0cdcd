"""Compose projects of tests: the stack of this repository whose worker hosts `append`, with its file on a volume."""

import json
import shlex
from pathlib import Path

import pytest

from gateway import config
from gateway.client import Client, connect
from gateway.target.compose import FILE, Composed
from gateway.testing import containers

LAID_OVER = Path(__file__).with_name("faults.yml")
APPENDED = "calls"
FAULTS = ("--faults", "--append-file", f"/run/appended/{APPENDED}")


def folder_of_any_user(factory: pytest.TempPathFactory) -> Path:
    """A folder in which the containers' user, who is no user of this machine, can write."""
    folder = factory.mktemp("appended")
    folder.chmod(0o777)
    return folder


def project(folder: Path, **environment: str) -> Composed:
    """A project of its own name and ports, whose worker appends to a file in `folder`."""
    ours = {"SIDECAR_TEST_FOLDER": str(folder), "SIDECAR_TEST_WORKER": shlex.join([*worker_command(), *FAULTS])}
    return containers.project(environment={**ours, **environment}, also=(LAID_OVER,))


def worker_command() -> list[str]:
    """The arguments of the worker in this repository's compose file."""
    told = Composed(config.ROOT / FILE).run("config", "--format", "json")
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)["services"]["worker"]["command"]


def worker_client(project: Composed) -> Client:
    """A client of the worker by its socket where the volume can be reached, else by its port."""
    sockets = project.socket_folder()
    port = containers.WORKER_PORT
    address = f"uds:{sockets}/worker.sock" if sockets else f"grpc-tcp:{project.address('worker', port)}"
    return connect(address, timeout_s=30)
