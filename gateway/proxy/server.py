"""A proxy from its start to its end, as a list of steps."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import grpc
import uvloop

from gateway import __version__, exit_codes
from gateway.errors import Refusal
from gateway.proxy import fronts, interceptor
from gateway.proxy.core import Core
from gateway.proxy.ending import Ending
from gateway.proxy.gate import Gate
from gateway.proxy.handlers import Handlers
from gateway.proxy.health import Health
from gateway.proxy.routing import Routes
from gateway.proxy.sockets import SocketName
from gateway.wire.lists_generated import CONTRACT_TEXT, MAX_FRAME_BYTES, WINDOW_CALLS

if TYPE_CHECKING:
    from gateway.proxy.metrics_listener import Listener
    from gateway.proxy.options import Options
    from gateway.proxy.spans import Spans

SETTLE_S = 1.0
"""How long the announcement waits for the first attempts to connect."""
LINGER_S = 0.25
"""How long streams that carry no calls (a watch, a reflection) have to end when the calls are finished."""
STREAM_WINDOW_BYTES = 4 << 20
FRAME_BYTES = 1 << 20
"""The largest HTTP/2 frame that a peer may send; the default of 16 KiB costs a system call each."""

log = logging.getLogger(__name__)


def run(options: Options, start_ns: int) -> int:
    """Serve until a signal or the lifeline's end; the exit code of HANDSHAKE.md."""
    logging.basicConfig(stream=sys.stderr, level=os.environ.get("SIDECAR_LOG", "info").upper(), format=LOG_FORMAT)
    return uvloop.run(Proxy(options, start_ns).serve())


LOG_FORMAT = "%(levelname)s %(name)s: %(message)s"


class Proxy:
    """The parts of one proxy, put together."""

    def __init__(self, options: Options, start_ns: int) -> None:
        self._options = options
        self._start_ns = start_ns
        self._fronts = fronts.chosen(options.metrics)
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self) -> int:
        """Start, announce, wait, drain."""
        name = SocketName(self._options.socket_dir)
        ending = Ending(self._options.lifeline_fd)
        spans = self._spans()
        core, health = self._build(spans)
        metrics = self._fronts.listen(core, spans)
        server, port = self._listen(core, health, name)
        try:
            await server.start()
            await self._connect(core)
            name.publish()
        finally:
            name.discard_private()
        self._announce(name, port, metrics)
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self._count, core)
        await ending.wait()
        log.info("draining after %s", ending.why)
        cut = await self._drain(core, health, server, name)
        self._close(core, spans)
        return exit_codes.FAILED if cut else exit_codes.OK

    def _build(self, spans: Spans | None) -> tuple[Core, Health]:
        options = self._options
        gate = Gate(options.max_in_flight)
        chain = interceptor.load(options.interceptors)

        def changed() -> None:
            self._keep(health.update())

        upstreams = [
            self._fronts.upstream(*one, options.max_message_bytes, changed) for one in options.upstreams.items()
        ]
        routes = Routes(upstreams, options.kernels)
        health = Health(routes, gate)
        return Core(routes, gate, options.max_message_bytes, spans, chain), health

    def _spans(self) -> Spans | None:
        names = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
        if not any(os.environ.get(name) for name in names):
            return None  # the SDK takes as long to load as all of the rest
        from gateway.proxy import spans

        return spans.Spans(self._options.clock_offset_ns) if spans.wanted() else None

    def _listen(self, core: Core, health: Health, name: SocketName) -> tuple[grpc.aio.Server, int]:
        server = grpc.aio.server(options=server_options(self._options.max_message_bytes))
        server.add_generic_rpc_handlers((Handlers(core, self._fronts, health),))
        try:
            server.add_insecure_port(f"unix:{name.private}")
            return server, server.add_insecure_port(self._options.tcp)
        except RuntimeError as error:
            raise Refusal(
                f"cannot listen on {self._options.tcp}", "choose another --tcp; port 0 takes a free one"
            ) from error

    async def _connect(self, core: Core) -> None:
        for upstream in core.routes.upstreams:
            self._keep(upstream.keep())
        settled = [asyncio.ensure_future(upstream.settled()) for upstream in core.routes.upstreams]
        _, late = await asyncio.wait(settled, timeout=SETTLE_S)
        for waiter in late:
            waiter.cancel()

    def _announce(self, name: SocketName, port: int, metrics: Listener | None) -> None:
        host = self._options.tcp.rpartition(":")[0]
        endpoints = {"gateway": str(name.path), "gateway-unary": str(name.path), "gateway-tcp": f"{host}:{port}"}
        if metrics is not None:
            endpoints["metrics"] = metrics.address
        line = {
            "contract": CONTRACT_TEXT,
            "role": "gateway",
            "pid": os.getpid(),
            "start_ns": self._start_ns,
            "nonce": self._options.nonce,
            "version": __version__,
            "endpoints": endpoints,
        }
        sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
        sys.stdout.flush()

    async def _drain(self, core: Core, health: Health, server: grpc.aio.Server, name: SocketName) -> int:
        """Take no more calls, finish those in flight, cut what is left at the bound; the number of calls cut."""
        deadline_s = time.monotonic() + self._options.drain_timeout_s
        core.gate.draining = True
        name.release()
        core.leave()
        await health.update()
        while core.gate.in_flight and time.monotonic() < deadline_s:
            await asyncio.sleep(0.005)
        await self._answer_those_that_wait(core)
        cut = core.gate.in_flight
        await server.stop(0 if cut else LINGER_S)
        return cut

    async def _answer_those_that_wait(self, core: Core) -> None:
        """Refuse calls that wait inside grpcio by name: its stop would cancel them without a word."""
        seen, end_s = -1, time.monotonic() + LINGER_S
        while core.gate.taken != seen and time.monotonic() < end_s:
            seen = core.gate.taken
            await asyncio.sleep(0.02)

    def _close(self, core: Core, spans: Spans | None) -> None:
        for upstream in core.routes.upstreams:
            upstream.close()
        for task in self._tasks:
            task.cancel()
        if spans is not None:
            spans.flush()
        self._count(core)

    def _count(self, core: Core) -> None:
        gate = core.gate
        connects = {upstream.name: upstream.connects for upstream in core.routes.upstreams}
        log.info(
            "calls taken %d, in flight %d, shed %d; streams %d; connections made %s",
            *(gate.taken, gate.in_flight, gate.shed, len(core.sessions), connects),
        )

    def _keep(self, coroutine: object) -> None:
        task = asyncio.ensure_future(coroutine)  # type: ignore[arg-type]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def server_options(max_message_bytes: int) -> list[tuple[str, int]]:
    """Settings of grpcio. A request up to twice the limit is read, so that our own words refuse it."""
    return [
        ("grpc.so_reuseport", 0),
        ("grpc.max_concurrent_streams", WINDOW_CALLS),
        ("grpc.max_receive_message_length", 2 * max(max_message_bytes, FRAME_BYTES, MAX_FRAME_BYTES)),
        ("grpc.max_send_message_length", -1),
        ("grpc.http2.bdp_probe", 0),
        ("grpc.http2.lookahead_bytes", STREAM_WINDOW_BYTES),
        ("grpc.http2.max_frame_size", FRAME_BYTES),
        ("grpc.http2.max_ping_strikes", 0),
        ("grpc.http2.min_ping_interval_without_data_ms", 1000),
        ("grpc.keepalive_permit_without_calls", 1),
    ]
