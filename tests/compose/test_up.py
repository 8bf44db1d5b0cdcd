"""Up to healthy, in the order that the compose file asks for, and answering by every way in."""

import json

import pytest

from gateway.client import connect
from gateway.target import engine
from gateway.testing import GatewayStack, containers
from tests.compose import service
from tests.compose.events import HEALTHY, Events

ROLES = ("worker", "gateway", "service", "jaeger")


def waits_for(stack: GatewayStack) -> list[tuple[str, str]]:
    """(service, the one that must be healthy before it) of the compose file."""
    assert stack.composed
    services = json.loads(stack.composed.run("config", "--format", "json").stdout)["services"]
    return [
        (name, before)
        for name, one in services.items()
        for before, how in one.get("depends_on", {}).items()
        if how["condition"] == "service_healthy"
    ]


def test_every_container_is_healthy(gateway_stack: GatewayStack):
    assert gateway_stack.composed
    healthy = {one.service: one.health for one in gateway_stack.composed.running()}
    assert {role: healthy.get(role) for role in ROLES} == dict.fromkeys(ROLES, "healthy")


def test_none_starts_before_what_it_depends_on_is_healthy(gateway_stack: GatewayStack, events_from_the_start: Events):
    happened = events_from_the_start.all()
    first = {(one.service, one.action): one.time_ns for one in reversed(happened)}
    pairs = waits_for(gateway_stack)
    assert {("gateway", "worker"), ("service", "worker")} <= set(pairs)
    for name, before in pairs:
        assert first[before, HEALTHY] < first[name, "start"], f"{name} was started before {before} was healthy"


def test_the_service_answers_over_http(gateway_stack: GatewayStack):
    assert service.redacts(gateway_stack.http)


@pytest.mark.parametrize(
    "route",
    [
        "uds/msgpack",
        "grpc-uds/protobuf",
        "grpc-tcp/protobuf",
        "grpc-stream/msgpack",
        "gateway/msgpack",
        "gateway-unary/protobuf",
    ],
)
def test_a_client_reaches_the_worker_by(gateway_stack: GatewayStack, route: str):
    if route.partition("/")[0] not in gateway_stack.addresses:
        pytest.skip("this user cannot reach the volume of the sockets")
    with gateway_stack.client(route) as client:
        assert client.redact(service.TEXT).text == service.MASKED


@pytest.mark.parametrize("channel", ["grpc-tcp", "grpc-stream", "gateway", "gateway-unary"])
def test_where_the_volume_is_out_of_reach_a_client_takes_a_port(gateway_stack: GatewayStack, channel: str):
    assert gateway_stack.composed
    with connect(f"{channel}:{containers.ports(gateway_stack.composed)[channel]}", timeout_s=5) as client:
        assert client.redact(service.TEXT).text == service.MASKED


def test_every_container_is_confined(gateway_stack: GatewayStack):
    """Non-root, a root that cannot be written, no capability, no new privileges, limits of memory and CPU."""
    assert gateway_stack.composed
    for role in ("worker", "gateway", "service"):
        told = engine.inspected("container", gateway_stack.composed.container(role))
        host = told["HostConfig"]
        assert told["Config"]["User"].startswith("65532"), role
        assert host["ReadonlyRootfs"], role
        assert [one.upper() for one in host["CapDrop"]] == ["ALL"], role
        assert any(one.startswith("no-new-privileges") for one in host["SecurityOpt"]), role
        assert host["Init"] and host["Memory"] > 0 and host["NanoCpus"] > 0, role
