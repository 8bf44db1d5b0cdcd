"""A kubelet's probes, asked from the host through the pod's published ports."""

from __future__ import annotations

import contextlib
import http.client
import socket
from typing import TYPE_CHECKING, Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.kubernetes.rendered import Resource

DEFAULT_TIMEOUT_S = 1.0
_HOST = "127.0.0.1"
_OK = range(200, 400)


def passes(one: Resource, probe: Resource, published: Mapping[int, int]) -> bool:
    """Ask once; `published` has the host's port of each port of the pod."""
    ports = {port["name"]: port["containerPort"] for port in one["ports"]}
    kind = next(kind for kind in _KINDS if kind in probe)
    asked = probe[kind]["port"]
    port, timeout_s = published[ports.get(asked, asked)], float(probe.get("timeoutSeconds", DEFAULT_TIMEOUT_S))
    return _KINDS[kind](port, probe[kind], timeout_s)


def _grpc(port: int, probe: Resource, timeout_s: float) -> bool:
    with grpc.insecure_channel(f"{_HOST}:{port}") as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(service=probe.get("service", "")), timeout=timeout_s)
        except grpc.RpcError:
            return False
        return answer.status == health_pb2.HealthCheckResponse.SERVING


def _http_get(port: int, probe: Resource, timeout_s: float) -> bool:
    with contextlib.closing(http.client.HTTPConnection(_HOST, port, timeout=timeout_s)) as connection:
        try:
            connection.request("GET", probe["path"])
            return connection.getresponse().status in _OK
        except (OSError, http.client.HTTPException):
            return False


def _tcp_socket(port: int, probe: Resource, timeout_s: float) -> bool:
    try:
        with socket.create_connection((_HOST, port), timeout_s):
            return True
    except OSError:
        return False


_KINDS = {"grpc": _grpc, "httpGet": _http_get, "tcpSocket": _tcp_socket}
