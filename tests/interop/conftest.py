"""A worker, and a proxy before it, as ordinary clients find them."""

from collections.abc import Iterator

import pytest

from tests.interop.clients import Target
from tests.plain_worker import PlainProcess, plain_proxy, plain_worker

ADDRESSES = ["worker grpc-tcp", "worker grpc-uds", "gateway gateway-tcp", "gateway gateway-unary"]
"""Each process and the name of its address in the handshake."""


@pytest.fixture(scope="module")
def worker() -> Iterator[PlainProcess]:
    with plain_worker("--faults") as running:
        yield running


@pytest.fixture(scope="module")
def gateway(worker: PlainProcess) -> Iterator[PlainProcess]:
    with plain_proxy("--upstream", worker.endpoints["uds"]) as running:
        yield running


@pytest.fixture(params=ADDRESSES)
def target(request: pytest.FixtureRequest) -> Target:
    process, name = request.param.split()
    return Target(request.getfixturevalue(process).endpoints[name])
