"""Asks a proxy whether it serves: one gRPC health check, its HTTP/2 written by hand.

A health check is a process a second for as long as a container runs, and grpcio takes longer to load than all the rest.
Formats: RFC 9113 (frames), RFC 7541 (headers, here without a dynamic table), gRPC over HTTP/2, grpc.health.v1.
"""

import socket
import struct
import sys
import time
from pathlib import Path

from gateway.errors import Failure, GatewayError, Refusal

ANSWER_WITHIN_S = 0.8
"""A health check is given a second by most who ask for it."""
SERVING = 1
_DATA, _HEADERS, _SETTINGS, _GOAWAY = 0, 1, 4, 7
_END_STREAM, _END_HEADERS = 1, 4
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_FRAME_HEADER_BYTES, _MESSAGE_HEADER_BYTES = 9, 5
_LARGEST_FRAME_BYTES = 1 << 14
_STREAM = 1
_NO_CONTENT = bytes(_MESSAGE_HEADER_BYTES)


def check(address: str) -> None:
    """Return when the proxy at a socket's path or at HOST:PORT serves; raises Failure with why when it does not."""
    try:
        status = _ask(address, time.monotonic() + ANSWER_WITHIN_S)
    except TimeoutError:
        raise Failure(f"no answer at {address} within {ANSWER_WITHIN_S:g} s", "look at the proxy's log") from None
    except OSError as error:
        raise Failure(f"no proxy at {address}", error.strerror or str(error)) from error
    if status != SERVING:
        raise Failure(f"the proxy at {address} does not serve", "it drains, or has no worker; see its log")


def _ask(address: str, deadline_s: float) -> int:
    """The status in the answer, 0 for one without."""
    with _connected(address) as connection:
        connection.sendall(_question())
        read = b""
        while True:
            connection.settimeout(max(deadline_s - time.monotonic(), 0.001))
            piece = connection.recv(_LARGEST_FRAME_BYTES)
            read += piece
            status, read = _answer(read)
            if status is not None:
                return status
            if not piece:
                raise ConnectionResetError(0, "it closed the connection")


def _connected(address: str) -> socket.socket:
    if "/" in address:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(ANSWER_WITHIN_S)
        connection.connect(address)
        return connection
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise Refusal(f"{address!r} is no address", "write HOST:PORT")
    return socket.create_connection((host.strip("[]"), int(port)), ANSWER_WITHIN_S)


def _question() -> bytes:
    """Preface, settings and one call of Check for the whole server, whose request is empty."""
    headers = b"".join(
        (
            b"\x83\x86",  # of the static table: POST, http
            b"\x04" + _text("/grpc.health.v1.Health/Check"),
            b"\x01" + _text("localhost"),
            b"\x0f\x10" + _text("application/grpc"),
            b"\x00" + _text("te") + _text("trailers"),
        )
    )
    call = _frame(_HEADERS, _END_HEADERS, _STREAM, headers) + _frame(_DATA, _END_STREAM, _STREAM, _NO_CONTENT)
    return _PREFACE + _frame(_SETTINGS, 0, 0, b"") + call


def _text(text: str) -> bytes:
    """A literal of under 127 bytes, not compressed."""
    return bytes((len(text),)) + text.encode("ascii")


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def _answer(read: bytes) -> tuple[int | None, bytes]:
    """The status once it is among the whole frames, and what is left of the bytes."""
    while len(read) >= _FRAME_HEADER_BYTES:
        end = _FRAME_HEADER_BYTES + int.from_bytes(read[:3], "big")
        kind, flags, stream = struct.unpack_from(">BBI", read, 3)
        if end > _FRAME_HEADER_BYTES + _LARGEST_FRAME_BYTES:
            raise ConnectionResetError(0, "what answers there speaks no HTTP/2")
        if len(read) < end:
            break
        if stream == _STREAM and kind == _DATA:
            return _status(read[_FRAME_HEADER_BYTES + _MESSAGE_HEADER_BYTES : end]), b""
        if kind == _GOAWAY or (stream == _STREAM and flags & _END_STREAM):
            return 0, b""
        read = read[end:]
    return None, read


def _status(message: bytes) -> int:
    """Field 1 of HealthCheckResponse."""
    return message[1] if message[:1] == b"\x08" and len(message) > 1 else 0


def socket_in(folder: Path) -> str:
    """The proxy's socket in its folder."""
    from gateway.proxy.sockets import NAME

    return str(folder / NAME)


if __name__ == "__main__":  # `gateway health` without the command line's modules, for who asks every second
    try:
        check(sys.argv[1])
    except GatewayError as error:
        sys.exit(f"gateway: {error}")
