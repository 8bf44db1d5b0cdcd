"""A call of the HTTP service is exactly one trace, on every route, of processes that each measured their own clock."""

import secrets
import time
from collections.abc import Iterator

import pytest

from gateway.traces import spans, trace
from gateway.traces.receiver import Receiver
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
