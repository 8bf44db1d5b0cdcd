"""A call of the HTTP service is exactly one trace, on every route, of processes that each measured their own clock."""

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from gateway.traces import spans, trace
from gateway.traces.receiver import Receiver
from gateway.traces.spans import Span
from gateway.wire.routes import ROUTES
from tests.traces import apart, whole

CALLER = "b7ad6b7169203331"
WITHIN_S = 10.0
QUIET_S = 0.3
"""Longer than the delay after which spans leave."""


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as one:
        yield one


@pytest.fixture(scope="module")
def backends(receiver: Receiver) -> Iterator[apart.Backends]:
    with apart.backends(apart.exporting(receiver.endpoint)) as both:
        yield both


def traces_of(receiver: Receiver) -> list[trace.Trace]:
    return trace.by_id(spans.from_json(spans.to_json(receiver.spans())["resourceSpans"]))


def new_traces(receiver: Receiver, before: set[str], wanted_spans: int) -> list[trace.Trace]:
    """Those that began after `before`, once so many spans are there, and a moment later."""
    deadline_s = time.monotonic() + WITHIN_S
    found: list[trace.Trace] = []
    while time.monotonic() < deadline_s and sum(len(one.spans) for one in found) < wanted_spans:
        time.sleep(0.02)
        found = [one for one in traces_of(receiver) if one.trace_id not in before]
    time.sleep(QUIET_S)
    return [one for one in traces_of(receiver) if one.trace_id not in before]


def ids(receiver: Receiver) -> set[str]:
    return {one.trace_id for one in traces_of(receiver)}


@pytest.mark.parametrize("route", ROUTES)
def test_a_call_is_one_whole_trace_by(route: str, receiver: Receiver, backends: apart.Backends) -> None:
    before = ids(receiver)
    with apart.service(route, backends.addresses, apart.exporting(receiver.endpoint)) as service:
        assert apart.post(service) == 200
        found = new_traces(receiver, before, whole.count(route))
    assert [len(one.spans) for one in found] == [whole.count(route)]
    assert whole.wrong(found[0], route) == []


@pytest.mark.parametrize("route", ["native", "cgo/raw", "uds/msgpack", "grpc-uds/protobuf", "gateway/msgpack"])
def test_it_stands_below_the_span_of_the_caller_who_sent_a_traceparent(
    route: str, receiver: Receiver, backends: apart.Backends
) -> None:
    trace_id = secrets.token_hex(16)
    with apart.service(route, backends.addresses, apart.exporting(receiver.endpoint)) as service:
        before = ids(receiver)
        assert apart.post(service, traceparent=f"00-{trace_id}-{CALLER}-01") == 200
        found = new_traces(receiver, before, whole.count(route))
    assert [one.trace_id for one in found] == [trace_id]
    assert (found[0].caller, whole.wrong(found[0], route, CALLER)) == (CALLER, [])


@pytest.mark.parametrize(
    ("sampler", "flags", "sampled"),
    [
        ("", "00", False),
        ("parentbased_always_off", "", False),
        ("parentbased_always_off", "01", True),
        ("always_off", "01", False),
        ("always_on", "00", True),
    ],
)
def test_the_sampler_of_the_environment_decides(
    sampler: str, flags: str, sampled: bool, receiver: Receiver, backends: apart.Backends
) -> None:
    before = ids(receiver)
    headers = {"traceparent": f"00-{secrets.token_hex(16)}-{CALLER}-{flags}"} if flags else {}
    environment = apart.exporting(receiver.endpoint, OTEL_TRACES_SAMPLER=sampler)
    with apart.service("uds/msgpack", backends.addresses, environment) as service:
        assert apart.post(service, **headers) == 200
        found = new_traces(receiver, before, whole.count("uds/msgpack")) if sampled else quiet(receiver, before)
    assert len(found) == sampled
    assert not sampled or whole.wrong(found[0], "uds/msgpack", CALLER if flags else "") == []


def quiet(receiver: Receiver, before: set[str]) -> list[trace.Trace]:
    """What came though nothing should."""
    time.sleep(2 * QUIET_S)
    return [one for one in traces_of(receiver) if one.trace_id not in before]


def test_no_byte_of_a_payload_is_in_a_span(receiver: Receiver, backends: apart.Backends) -> None:
    before = ids(receiver)
    with apart.service("gateway/msgpack", backends.addresses, apart.exporting(receiver.endpoint)) as service:
        apart.post(service)
        new_traces(receiver, before, whole.count("gateway/msgpack"))
    assert not any(b"10.1.2.3" in one.SerializeToString() for one in receiver.spans())


@pytest.fixture(scope="module")
def proxied(receiver: Receiver, backends: apart.Backends) -> trace.Trace:
    """The trace of a call through the proxy."""
    before = ids(receiver)
    with apart.service("gateway/msgpack", backends.addresses, apart.exporting(receiver.endpoint)) as service:
        apart.post(service)
        (one,) = new_traces(receiver, before, whole.count("gateway/msgpack"))
    return one


def worker_ahead(one: Span) -> Span:
    ahead_ns = 5_000 if one.service == whole.WORKER else 0
    return replace(one, start_ns=one.start_ns + ahead_ns, end_ns=one.end_ns + ahead_ns)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (worker_ahead, "the clocks differ by"),
        (
            lambda one: replace(one, parent_id="") if one.service == whole.WORKER and one.kind == "server" else one,
            "roots",
        ),
        (
            lambda one: replace(one, end_ns=one.end_ns + 10**7) if one.stage == "compute" else one,
            "outside of its parent",
        ),
        (lambda one: replace(one, attributes={}) if one.stage == "queue" else one, "stages ["),
        (
            lambda one: replace(one, service="other") if one.service == whole.PROXY else one,
            "0 spans ('sidecar-gateway'",
        ),
        (lambda one: replace(one, start_ns=0, end_ns=1) if one.stage == "reply_wire_in" else one, "begins before"),
    ],
)
def test_a_trace_that_is_not_as_it_should_be_is_told(
    change: Callable[[Span], Span], told: str, proxied: trace.Trace
) -> None:
    assert whole.wrong(proxied, "gateway/msgpack") == []
    (changed,) = trace.by_id(change(span) for span in proxied.spans)
    assert any(told in sentence for sentence in whole.wrong(changed, "gateway/msgpack"))
