"""Serves metrics at `/metrics` over HTTP/1.0: a few threads, each for one short request."""

from __future__ import annotations

import logging
import socket
import socketserver
import threading
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import make_wsgi_app

from gateway.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from prometheus_client import CollectorRegistry

PATH = "/metrics"
CONNECTIONS = 4
"""At once; further ones wait in the system's queue."""
SILENCE_S = 2.0
"""A peer that says nothing for so long is cut."""

log = logging.getLogger(__name__)


class Listener:
    """A bound port and the thread behind it; the thread ends with the process."""

    def __init__(self, address: str, registry: CollectorRegistry) -> None:
        host, port = _split(address)
        try:
            self._server = _server(host, port)
        except OSError as error:
            raise Refusal(
                f"--metrics {address}: {error.strerror or error}", "choose a free address of this machine"
            ) from error
        self._server.set_app(_only_metrics(make_wsgi_app(registry)))
        threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True).start()

    @property
    def address(self) -> str:
        """HOST:PORT as it is bound."""
        host, port = self._server.server_address[:2]
        return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"

    def close(self) -> None:
        """Give the port up."""
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    """No more threads than connections, and no look-up of its own name, which can take seconds in a container."""

    daemon_threads = True

    def __init__(self, *arguments: Any) -> None:
        self._places = threading.BoundedSemaphore(CONNECTIONS)
        super().__init__(*arguments)

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._places.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the library's signature
        log.debug("a scrape ended early", exc_info=True)


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    timeout = SILENCE_S

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's signature
        log.debug(format, *args)


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 0xFFFF:
        raise Refusal(f"--metrics {address!r} is not HOST:PORT", "write it like 127.0.0.1:9465")
    return host.strip("[]"), int(port)


def _server(host: str, port: int) -> _Server:
    kind = _Server6 if ":" in host else _Server
    return kind((host, port), _Handler)


def _only_metrics(scrape: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """The library answers every path alike."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == PATH:
            return scrape(environ, start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"metrics are at /metrics\n"]

    return app
