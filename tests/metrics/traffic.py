"""Calls whose number and end are known, and what they have to come to in the counts of each process.

The proxy sends its calls on to the worker by frames, and so does the service by the routes that ROUTES names: such calls
count there too.
"""

import threading
from collections.abc import Callable
from http.client import HTTPConnection

from gateway.client import CallError, Client, connect
from gateway.gen.faults.v1.panic_pb2 import PanicRequest
from gateway.gen.faults.v1.sleep_pb2 import SleepRequest
from gateway.wire.lists_generated import MAX_MESSAGE_BYTES, Reason
from tests.metrics.exposed import scrape
from tests.running import wait_until

ROUTES = {"redact": "uds/msgpack", "inflate": "grpc-uds/protobuf", "topk": "gateway/raw"}
"""Kernel → route of the service; the others stay in Go."""
AWAY = "away"
"""An upstream of the proxy at which nobody listens."""
AWAY_KERNEL = "spin"
HOLD_MS = 60_000
NO_GZIP = b"no gzip"
QUERY = bytes(384)

WORKER_CALLS = {
    ("echo", "uds", "OK"): 26 + 7,
    ("digest", "uds", "OK"): 3 + 5,
    ("panic", "uds", "INTERNAL"): 2,
    ("unknown", "uds", "UNIMPLEMENTED"): 4 + 2 + 1,
    ("sleep", "uds", "RESOURCE_EXHAUSTED"): 3,
    ("sleep", "uds", "CANCELLED"): 2,
    ("echo", "grpc-uds", "OK"): 5,
    ("inflate", "grpc-uds", "INVALID_ARGUMENT"): 2 + 3,
    ("echo", "grpc-tcp", "OK"): 4,
    ("echo", "grpc-stream", "OK"): 6,
    ("sleep", "grpc-stream", "DEADLINE_EXCEEDED"): 1,
    ("redact", "uds", "OK"): 4,
    ("topk", "uds", "OK"): 2,
}
WORKER_REFUSED = {"UNKNOWN_KERNEL": 4 + 2 + 1, "QUEUE_FULL": 3, "CALLER_CANCELLED": 1}
PROXY_CALLS = {
    ("default", "OK"): 7 + 5 + 2,
    ("default", "UNIMPLEMENTED"): 2 + 1,
    (AWAY, "UNAVAILABLE"): 2 + 1,
    ("none", "RESOURCE_EXHAUSTED"): 2,
    ("none", "INVALID_ARGUMENT"): 0,
}
PROXY_REFUSED = {"NO_WORKER": 2 + 1, "REQUEST_TOO_LARGE": 2}
SERVICE_REQUESTS = {
    ("echo", "native", "OK"): 5,
    ("redact", "uds/msgpack", "OK"): 4,
    ("inflate", "grpc-uds/protobuf", "INVALID_ARGUMENT"): 3,
    ("topk", "gateway/raw", "OK"): 2,
    ("unknown", "none", "UNIMPLEMENTED"): 2,
}


def call_worker(endpoints: dict[str, str]) -> None:
    """Every channel of the worker, good calls and failures."""
    with _client(endpoints, "uds") as client:
        _times(26, lambda: client.echo(b"x"))
        _times(3, lambda: client.digest(b"x"))
        _times(2, lambda: client.call("panic", PanicRequest()), Reason.KERNEL_PANICKED)
        _times(4, lambda: client.bytes("nobody", b""), Reason.UNKNOWN_KERNEL)
    with _client(endpoints, "grpc-uds") as client:
        _times(5, lambda: client.echo(b"x"))
        _times(2, lambda: client.inflate(NO_GZIP), Reason.INVALID_INPUT)
    with _client(endpoints, "grpc-tcp") as client:
        _times(4, lambda: client.echo(b"x"))
    with _client(endpoints, "grpc-stream") as client:
        _times(6, lambda: client.echo(b"x"))
        _times(1, lambda: client.call("sleep", SleepRequest(ms=HOLD_MS), timeout_s=0.05), Reason.DEADLINE)


def fill_worker(endpoints: dict[str, str]) -> None:
    """One call runs and one waits, in a worker with one thread and one place; three find none; the two are given up."""

    def hold() -> None:
        with _client(endpoints, "uds") as client:
            _times(1, lambda: client.call("sleep", SleepRequest(ms=HOLD_MS), timeout_s=0.8), Reason.DEADLINE)

    holders = [threading.Thread(target=hold) for _ in range(2)]
    for holder in holders:
        holder.start()
    wait_until(lambda: scrape(endpoints["metrics"]).value("sidecar_worker_queue_length") == 1)
    assert scrape(endpoints["metrics"]).value("sidecar_worker_compute_threads_busy") == 1
    with _client(endpoints, "uds") as client:
        _times(3, lambda: client.call("sleep", SleepRequest(ms=1)), Reason.QUEUE_FULL)
    for holder in holders:
        holder.join()
    wait_until(lambda: scrape(endpoints["metrics"]).value("sidecar_worker_compute_threads_busy") == 0)


def call_proxy(endpoints: dict[str, str]) -> None:
    """Both fronts of the proxy, good calls and failures, some of which never reach a worker."""
    large = MAX_MESSAGE_BYTES + 1
    for channel, echoes, digests, unknown, away in (("gateway", 7, 2, 2, 2), ("gateway-unary", 0, 3, 1, 1)):
        with _client(endpoints, channel) as client:
            _times(echoes, lambda client=client: client.echo(b"x"))
            _times(digests, lambda client=client: client.digest(b"x"))
            _times(unknown, lambda client=client: client.bytes("nobody", b""), Reason.UNKNOWN_KERNEL)
            _times(away, lambda client=client: client.spin(1), Reason.NO_WORKER)
        with connect(f"{channel}:{endpoints[channel]}", max_message_bytes=2 * large) as client:
            _times(1, lambda client=client: client.echo(bytes(large)), Reason.REQUEST_TOO_LARGE)


def call_service(address: str) -> None:
    """The kernels of the service, each by its route."""
    for kernel, body, times, status in (
        ("echo", b"x", 5, 200),
        ("redact", b"mail jo@example.org", 4, 200),
        ("inflate", NO_GZIP, 3, 400),
        ("topk?k=3", QUERY, 2, 200),
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
