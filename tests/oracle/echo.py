"""The kernel echo, read off protos/kernels/v1/echo.md."""

from __future__ import annotations

CASES: dict[str, dict] = {
    "empty": {"payload": b""},
    "one_zero_byte": {"payload": b"\x00"},
    "ascii": {"payload": b"hello"},
    "every_byte": {"payload": bytes(range(256))},
    "invalid_utf8": {"payload": b"\xff\xfe\xc3\x28\x80"},
    "31_bytes": {"payload": b"a" * 31},
    "127_bytes": {"payload": b"b" * 127},
    "128_bytes": {"payload": b"c" * 128},
    "255_bytes": {"payload": b"d" * 255},
    "256_bytes": {"payload": b"e" * 256},
    "65535_bytes": {"payload": bytes(i * 7 % 251 for i in range(65535))},
    "65536_bytes": {"payload": bytes(i * 7 % 251 for i in range(65536))},
}


def answer(request: dict) -> dict:
    """The bytes of the request."""
    return {"payload": request["payload"]}
