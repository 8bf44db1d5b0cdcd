"""Calls whose number and end are known, and what they have to come to in the counts of each process.

The proxy sends its calls on to the worker by frames, and so does the service by the routes of ROUTES: such
calls count there too.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import grpc

from gateway.client import CallError, Client, connect
from gateway.gen.faults.v1.panic_pb2 import PanicRequest
from gateway.gen.faults.v1.sleep_pb2 import SleepRequest
from gateway.wire.lists_generated import MAX_MESSAGE_BYTES, Reason
from tests.metrics.exposed import scrape
from tests.running import wait_until

ROUTES = {"redact": "uds/msgpack", "inflate": "grpc-uds/protobuf", "spin": "gateway/raw"}
"""Kernel → route of the service; the others stay in Go."""
AWAY = "away"
"""An upstream of the proxy at which nobody listens."""
AWAY_KERNEL = "topk"
HOLD_NS = 60 * 10**9
SLEEP = "/faults.v1.SleepService/Sleep"
NO_GZIP = b"no gzip"
QUERY = bytes(384)
LARGE = bytes(1 << 20)
"""No kernel calls that cheap: it goes to the pool."""

WORKER_CALLS = {
    ("echo", "uds", "OK"): 26 + 7,
    ("digest", "uds", "OK"): 3 + 5,
    ("panic", "uds", "INTERNAL"): 2,
    ("unknown", "uds", "UNIMPLEMENTED"): 4 + 2 + 1,
    ("sleep", "uds", "RESOURCE_EXHAUSTED"): 3,
    ("sleep", "uds", "CANCELLED"): 2 + 1,
    ("sleep", "grpc-uds", "CANCELLED"): 1,
    ("echo", "grpc-uds", "OK"): 5,
    ("inflate", "grpc-uds", "INVALID_ARGUMENT"): 2 + 3,
    ("echo", "grpc-tcp", "OK"): 4,
    ("echo", "grpc-stream", "OK"): 6,
    ("redact", "uds", "OK"): 4,
    ("spin", "uds", "OK"): 2,
}
WORKER_REFUSED = {"UNKNOWN_KERNEL": 4 + 2 + 1, "QUEUE_FULL": 3, "CALLER_CANCELLED": 1}
PROXY_CALLS = {
    ("default", "OK"): 7 + 5 + 2,
    ("default", "UNIMPLEMENTED"): 2 + 1,
    ("default", "CANCELLED"): 1,
    (AWAY, "UNAVAILABLE"): 2 + 1,
    ("none", "RESOURCE_EXHAUSTED"): 1,
}
PROXY_REFUSED = {"NO_WORKER": 2 + 1, "REQUEST_TOO_LARGE": 1}
SERVICE_REQUESTS = {
    ("echo", "native", "OK"): 5,
    ("redact", "uds/msgpack", "OK"): 4,
    ("inflate", "grpc-uds/protobuf", "INVALID_ARGUMENT"): 3,
    ("spin", "gateway/raw", "OK"): 2,
    ("unknown", "none", "UNIMPLEMENTED"): 2,
}


def call_worker(endpoints: dict[str, str]) -> None:
    """Every channel of the worker, good calls and failures."""
    with _client(endpoints, "uds") as client:
        _times(26, lambda: client.echo(b"x"))
        _times(3, lambda: client.digest(LARGE))
        _times(2, lambda: client.call("panic", PanicRequest()), Reason.KERNEL_PANICKED)
        _times(4, lambda: client.bytes("nobody", b""), Reason.UNKNOWN_KERNEL)
    with _client(endpoints, "grpc-uds") as client:
        _times(5, lambda: client.echo(b"x"))
        _times(2, lambda: client.inflate(NO_GZIP), Reason.INVALID_INPUT)
    with _client(endpoints, "grpc-tcp") as client:
        _times(4, lambda: client.echo(b"x"))
    with _client(endpoints, "grpc-stream") as client:
        _times(6, lambda: client.echo(b"x"))


def fill_worker(endpoints: dict[str, str]) -> None:
    """One call runs and one waits, in a worker with one thread and one place; three find none; the two are given up."""
    with ThreadPoolExecutor(2) as holding, connect(f"uds:{endpoints['uds']}") as holder:
        held = [holding.submit(holder.call, "sleep", SleepRequest(duration_ns=HOLD_NS)) for _ in range(2)]
        wait_until(lambda: _shows(endpoints, "sidecar_worker_queue_length", 1))
        assert _shows(endpoints, "sidecar_worker_compute_threads_busy", 1)
        with _client(endpoints, "uds") as client:
            _times(3, lambda: client.call("sleep", SleepRequest(duration_ns=1)), Reason.QUEUE_FULL)
        holder.close()
        assert all(isinstance(call.exception(), CallError) for call in held)
    wait_until(lambda: _shows(endpoints, "sidecar_worker_compute_threads_busy", 0))


def leave_call(socket: str, worker: dict[str, str]) -> None:
    """A unary caller that goes away while its call computes."""
    with grpc.insecure_channel(f"unix:{socket}", options=[("grpc.default_authority", "localhost")]) as channel:
        sleep = channel.unary_unary(SLEEP, request_serializer=SleepRequest.SerializeToString)
        call = sleep.future(SleepRequest(duration_ns=HOLD_NS))
        wait_until(lambda: _shows(worker, "sidecar_worker_compute_threads_busy", 1))
        call.cancel()
    wait_until(lambda: _shows(worker, "sidecar_worker_compute_threads_busy", 0))


def call_proxy(endpoints: dict[str, str]) -> None:
    """Both fronts of the proxy, good calls and failures, some of which never reach a worker."""
    large = MAX_MESSAGE_BYTES + 1
    for channel, echoes, digests, unknown, away in (("gateway", 7, 2, 2, 2), ("gateway-unary", 0, 3, 1, 1)):
        with _client(endpoints, channel) as client:
            _times(echoes, lambda client=client: client.echo(b"x"))
            _times(digests, lambda client=client: client.digest(LARGE))
            _times(unknown, lambda client=client: client.bytes("nobody", b""), Reason.UNKNOWN_KERNEL)
            _times(away, lambda client=client: client.topk(QUERY, 3), Reason.NO_WORKER)
    # Over frames the hello tells the limit, and the client refuses such a request itself.
    with connect(f"gateway-unary:{endpoints['gateway-unary']}", max_message_bytes=2 * large) as client:
        _times(1, lambda: client.echo(bytes(large)), Reason.REQUEST_TOO_LARGE)


def call_service(address: str) -> None:
    """The kernels of the service, each by its route."""
    for kernel, body, times, status in (
        ("echo", b"x", 5, 200),
        ("redact", b"mail jo@example.org", 4, 200),
        ("inflate", NO_GZIP, 3, 400),
        ("spin?steps=100", b"x", 2, 200),
        ("nobody", b"x", 2, 404),
    ):
        assert [_post(address, kernel, body) for _ in range(times)] == [status] * times, kernel


def _post(address: str, kernel: str, body: bytes) -> int:
    connection = HTTPConnection(address, timeout=10)
    try:
        connection.request("POST", f"/v1/kernels/{kernel}", body)
        return connection.getresponse().status
    finally:
        connection.close()


def _shows(endpoints: dict[str, str], name: str, value: int) -> bool:
    return scrape(endpoints["metrics"]).value(name) == value


def _client(endpoints: dict[str, str], channel: str) -> Client:
    return connect(f"{channel}:{endpoints[channel]}", timeout_s=5)


def _times(count: int, call: Callable[[], object], reason: Reason = Reason.NONE) -> None:
    """Make a call so often; each has to end for that reason."""
    for _ in range(count):
        assert _ending(call) == reason


def _ending(call: Callable[[], object]) -> Reason | int:
    try:
        call()
    except CallError as error:
        return error.reason
    return Reason.NONE
