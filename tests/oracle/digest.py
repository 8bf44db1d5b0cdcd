"""The kernel digest, read off protos/kernels/v1/digest.md."""

from __future__ import annotations

import hashlib

CASES: dict[str, dict] = {
    "empty": {"data": b""},
    "abc": {"data": b"abc"},
    "one_zero_byte": {"data": b"\x00"},
    "every_byte": {"data": bytes(range(256))},
    "two_blocks_of_fips_180": {"data": b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"},
    **{f"{size}_bytes": {"data": bytes(i * 31 % 253 for i in range(size))} for size in (55, 56, 63, 64, 65, 119, 120)},
    "4096_bytes": {"data": bytes(i * 31 % 253 for i in range(4096))},
    "a_poll_less_one": {"data": b"\xa5" * (131072 - 1)},
    "a_poll": {"data": b"\xa5" * 131072},
    "a_poll_and_one": {"data": b"\xa5" * (131072 + 1)},
}


def answer(request: dict) -> dict:
    """The digest by the standard library."""
    return {"sha256": hashlib.sha256(request["data"]).digest()}
