"""Every process counts its calls exactly."""

from gateway import __version__
from gateway.wire.lists_generated import CHANNELS, CONTRACT_TEXT, KERNELS, Reason
from tests.metrics import traffic
from tests.metrics.exposed import Exposed

Scraped = dict[str, Exposed]


def test_the_worker_counts_calls_by_kernel_channel_and_code(scraped: Scraped):
    counted = scraped["worker"].series("sidecar_worker_calls_total", "kernel", "channel", "code")
    assert counted == traffic.WORKER_CALLS


def test_the_worker_counts_what_it_did_not_run_by_every_reason_there_is(scraped: Scraped):
    counted = scraped["worker"].series("sidecar_worker_refused_total", "reason")
    reasons = {(reason.name,) for reason in Reason if reason != Reason.NONE}
    assert counted == {
        **dict.fromkeys(reasons, 0),
        **{(name,): count for name, count in traffic.WORKER_REFUSED.items()},
    }


def test_the_worker_times_every_call_that_went_to_the_pool_and_one_in_thirteen_cheap_ones(scraped: Scraped):
    counted = scraped["worker"].series("sidecar_worker_compute_seconds_count", "kernel")
    good = {kernel: 0.0 for (kernel,) in counted}
    for (kernel, _, code), calls in traffic.WORKER_CALLS.items():
        good[kernel] = good.get(kernel, 0) + calls * (code == "OK")
    assert counted["digest",] == good["digest"]
    for (kernel,), calls in counted.items():
        assert calls in {good[kernel], -(-good[kernel] // 13) * 13}, kernel


def test_the_worker_shows_an_idle_pool_beside_its_bounds(scraped: Scraped):
    names = ("queue_length", "queue_capacity", "compute_threads", "compute_threads_busy")
    assert [scraped["worker"].value(f"sidecar_worker_{name}") for name in names] == [0, 1, 1, 0]


def test_the_proxy_counts_calls_by_upstream_and_code(scraped: Scraped):
    counted = scraped["gateway"].series("sidecar_gateway_calls_total", "upstream", "code")
    assert counted == {key: calls for key, calls in traffic.PROXY_CALLS.items() if calls}


def test_the_proxy_counts_what_it_answered_itself_by_every_reason_there_is(scraped: Scraped):
    counted = scraped["gateway"].series("sidecar_gateway_refused_total", "reason")
    assert {reason: count for (reason,), count in counted.items() if count} == traffic.PROXY_REFUSED
    assert {reason for (reason,) in counted} == {reason.name for reason in Reason if reason != Reason.NONE}


def test_the_proxy_tells_an_upstream_that_is_there_from_one_that_is_away(scraped: Scraped):
    gateway = scraped["gateway"]
    assert gateway.series("sidecar_gateway_upstream_connected", "upstream") == {("default",): 1, (traffic.AWAY,): 0}
    connects = gateway.series("sidecar_gateway_upstream_connects_total", "upstream")
    assert connects == {("default",): 1, (traffic.AWAY,): 0}
    names = ("calls_in_flight", "calls_limit", "streams")
    # The service keeps its stream.
    assert [gateway.value(f"sidecar_gateway_{name}") for name in names] == [0, 4096, 1]


def test_the_service_counts_requests_by_kernel_route_and_code(scraped: Scraped):
    service = scraped["service"]
    counted = service.series("sidecar_requests_total", "kernel", "route", "code")
    assert counted == traffic.SERVICE_REQUESTS
    timed = service.series("sidecar_request_duration_seconds_count", "kernel", "route")
    assert timed == {(kernel, route): count for (kernel, route, _), count in traffic.SERVICE_REQUESTS.items()}


def test_the_service_tells_channels_that_were_called_from_those_that_were_not(scraped: Scraped):
    called = {route.partition("/")[0] for route in traffic.ROUTES.values()}
    connected = scraped["service"].series("sidecar_channel_connected", "channel")
    remote = {channel.name for channel in CHANNELS if channel.placement == "process"}
    assert connected == {(channel,): float(channel in called) for channel in remote}


def test_the_service_shows_its_policy_and_its_limiter(scraped: Scraped):
    service = scraped["service"]
    assert service.value("sidecar_policy_state", kernel="digest", state="active") == 1
    assert service.value("sidecar_policy_state", kernel="digest", state="rolled_back") == 0
    assert service.value("sidecar_policy_percent", kernel="digest") == 50
    assert service.value("sidecar_retries_total") == 0
    assert service.value("sidecar_native_calls_running") == 0
    assert service.value("sidecar_native_calls_waiting_limit") > 0


def test_every_process_tells_what_it_is_and_what_it_uses(scraped: Scraped):
    for job, exposed in scraped.items():
        labels = {"role": job, "version": __version__, "contract": CONTRACT_TEXT}
        assert exposed.value("sidecar_build_info", **labels) == 1
        assert exposed.value("sidecar_draining") == 0
        assert exposed.value("sidecar_spans_dropped_total") == 0
        assert exposed.value("process_resident_memory_bytes") > 1 << 20
        assert exposed.value("process_cpu_seconds_total") > 0
        assert exposed.value("process_start_time_seconds") > 1e9


def test_labels_take_values_of_closed_lists_only(scraped: Scraped):
    known = {kernel.name for kernel in KERNELS} | {"unknown"}
    for exposed in scraped.values():
        kernels = {sample.labels["kernel"] for sample in exposed.samples if "kernel" in sample.labels}
        assert kernels <= known
