"""Gzip members for the kernel inflate: whole ones, and each way in which one can be broken."""

from __future__ import annotations

import random
import struct
import zlib
from typing import TYPE_CHECKING

from tests.oracle.deflate import bits, fixed, flushed, stored, zeros

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = b"It was the best of times, it was the worst of times. " * 20
FTEXT, FHCRC, FEXTRA, FNAME, FCOMMENT = 1, 2, 4, 8, 16

_rng = random.Random(1951)
_WORDS = b"the quick brown fox jumps over a lazy dog while INFO request handled in 12 ms from 10.0.0.7".split()
WORDS = b" ".join(_rng.choices(_WORDS, k=300)) + b"\r\n"
LETTERS = bytes(_rng.choices(b"aaaaaaaaaaabbbbccd\n", k=600))
NOISE = _rng.randbytes(700)
DYNAMIC_WORDS = bytes.fromhex(
    "5d545b52c3300cfc67863bf8040ce5871b30c30f9cc1a5290d34094d5a0a9c1eadd692e54c6991f558ad1ef6769eae633ae47177ec7669f3"
    "9072dacfd3909e5f9e5e290d4b3a5dfab7cfb49bdedd512d1f97e16b71d5f9d0a5ada2cddde9d22d67442266737f87cf63ea47c6c153f145"
    "213efbe9a7fae000bb3011ababe5e8329300195f804a4c24071918d06b1e461cf3df6f2945c5186294258f89d7437feccaafb0248693007e"
    "86dedc81a6d53142805cc8209921b163e0e5b8b92895929c792a8e15cfd2683d82547ab46225f12e5b690a9cd7ed1bdac18192a5804c274d"
    "367d77b3dbc84b55465c6ba03fa9626e28ba09447b3c33326abfcab021872ee4b07df54731d56e988546bb741c70e9505d15aa6bff354399"
    "907526d71620613f3a496b95cf87700a4205f7b5e6ac58d0b5ed6b4af5cba0d5e064c9fab2b23ee668d46e90452dd22bb12d913f5fddeae6"
    "977028a30c6b5cae53bc7bec9252a93c80136f4820cb5b1d3625e607388b1637b55a45d9de8261a9f1ebe5654df0aa8be12d3127b645c149"
    "2e2828361b4415309b8db5ff4a81382ca1ccb91f574f85925188b0511add97abd4ee68789a9ac4b4eab56a9edb9065dbbcdab5150a996f6f"
    "fe01"
)
"""WORDS as zlib 1.2.13 packs them: dynamic codes, literals and copies."""
DYNAMIC_LETTERS = bytes.fromhex(
    "05c1310100301003a1bd2eb9bc7f0d85aa3c01e67a373a8cd58d6382f68080e2ec01878b87a9646058529ef7e65d0ec74b0ea20178ab803b"
    "ce60b083001e8c8d2a3444a30380689cb33202cabbb23ae2d299758486c04ba7128070ee7951bd0ad1bd733caca8c62859998704d5ac639e"
    "bd80571954414ef3607647cbd851a05ef04c15ea3d304feef0324e806312644e1bcf138ec419b9dea39a0f"
)
"""LETTERS as zlib 1.2.13 packs them without copies, so with a code of distances that is empty."""


def header(
    flags: int = 0,
    extra: bytes = b"",
    name: bytes = b"",
    comment: bytes = b"",
    method: int = 8,
    check: int | None = None,
) -> bytes:
    """A member's header; `check` replaces the right CRC of the header."""
    flags |= FEXTRA * bool(extra) | FNAME * bool(name) | FCOMMENT * bool(comment)
    out = b"\x1f\x8b" + struct.pack("<BBIBB", method, flags, 1_700_000_000, 2, 3)
    if flags & FEXTRA:
        out += struct.pack("<H", len(extra)) + extra
    out += (name + b"\0") * bool(flags & FNAME) + (comment + b"\0") * bool(flags & FCOMMENT)
    if flags & FHCRC:
        out += struct.pack("<H", zlib.crc32(out) & 0xFFFF if check is None else check)
    return out


def trailer(content: bytes, crc_xor: int = 0, size_more: int = 0) -> bytes:
    """A member's end, with an error where asked for."""
    return struct.pack("<II", zlib.crc32(content) ^ crc_xor, (len(content) + size_more) % 2**32)


def member(content: bytes, data: bytes | None = None, head: bytes = header()) -> bytes:
    """A whole member; `data` is its content deflated, by fixed codes where none is given."""
    return head + (fixed(content) if data is None else data) + trailer(content)


def bomb(size: int) -> bytes:
    """A small member with that many zero bytes."""
    return member(bytes(size), zeros(size))


_ALL_FIELDS = header(FTEXT | FHCRC, b"AB\x04\x00data", b"file.txt", b"made by hand")
_WHOLE = member(WORDS, DYNAMIC_WORDS, _ALL_FIELDS)
_END = trailer(b"")
_SECOND = member(b"second")

GOOD: dict[str, bytes] = {
    "stored": member(TEXT, stored(TEXT)),
    "stored_in_blocks": member(TEXT, stored(TEXT[:500], last=False) + stored(b"", last=False) + stored(TEXT[500:])),
    "fixed_codes": member(TEXT),
    "fixed_codes_and_copies": member(TEXT, fixed(TEXT[:53], *[(251, 53)] * 4, (3, 53))),
    "dynamic_codes": member(WORDS, DYNAMIC_WORDS),
    "dynamic_codes_without_distances": member(LETTERS, DYNAMIC_LETTERS),
    "noise": member(NOISE),
    "noise_stored": member(NOISE, stored(NOISE)),
    "every_byte": member(bytes(range(256))),
    "blocks_of_each_kind": member(NOISE + TEXT + WORDS, stored(NOISE, last=False) + flushed(TEXT) + DYNAMIC_WORDS),
    "empty_member": member(b""),
    "empty_member_stored": member(b"", stored(b"")),
    "empty_blocks_between": member(b"behind", stored(b"", last=False) * 3 + fixed(b"behind")),
    "one_byte": member(b"x"),
    "two_members": member(b"first ") + _SECOND,
    "many_members": b"".join(member(bytes([i])) for i in range(60)),
    "empty_member_first": member(b"") + _SECOND,
    "empty_member_last": _SECOND + member(b""),
    "empty_members_alone": member(b"") * 3,
    "members_of_each_kind": member(TEXT, stored(TEXT)) + member(TEXT) + _WHOLE,
    "extra_field": member(TEXT, head=header(extra=b"AB\x04\x00data")),
    "extra_field_empty": member(TEXT, head=header(FEXTRA)),
    "extra_field_of_65535": member(b"x", head=header(extra=b"\0" * 65535)),
    "name": member(TEXT, head=header(name=b"file.txt")),
    "name_empty": member(TEXT, head=header(FNAME)),
    "name_in_latin1": member(TEXT, head=header(name=b"caf\xe9 \xff")),
    "comment": member(TEXT, head=header(comment=b"made by hand")),
    "header_crc": member(TEXT, head=header(FHCRC)),
    "text_flag": member(TEXT, head=header(FTEXT)),
    "every_field": _WHOLE,
    "every_field_twice": _WHOLE * 2,
    "name_and_comment_of_511": member(b"x", head=header(FHCRC, name=b"n" * 511, comment=b"c" * 511)),
    "distance_of_32768": member(
        NOISE + bytes(32768 - len(NOISE)) + NOISE[:258],
        fixed(NOISE, b"\0", *[(258, 1)] * 124, bytes(75), (258, 32768)),
    ),
    "overlapping_copy": member(b"ab" * 130, fixed(b"ab", (258, 2))),
    "last_byte_filled_with_ones": header() + bits((1, 1), (1, 2), (0, 7), (0x3F, 6)) + _END,
    "bomb_of_1_mib": bomb(1 << 20),
}

BROKEN: dict[str, bytes] = {
    "no_bytes": b"",
    "one_byte_alone": b"\x1f",
    "wrong_magic": b"\x1f\x8c" + member(TEXT)[2:],
    "no_gzip": TEXT,
    "zlib_and_no_gzip": b"\x78\x9c" + DYNAMIC_WORDS + zlib.adler32(WORDS).to_bytes(4, "big"),
    "other_method": member(TEXT, head=header(method=7)),
    "reserved_flag_5": member(TEXT, head=header(0x20)),
    "reserved_flag_6": member(TEXT, head=header(0x40)),
    "reserved_flag_7": member(TEXT, head=header(0x80)),
    "reserved_flags_in_second": member(TEXT) + member(b"second", head=header(0x20)),
    "zero_behind": member(TEXT) + b"\0",
    "zeros_behind": member(TEXT) + bytes(512),
    "rubbish_behind": member(TEXT) + b"rubbish",
    "magic_behind": member(TEXT) + b"\x1f\x8b",
    "header_behind": member(TEXT) + header(),
    "second_member_cut": member(TEXT) + _SECOND[:-3],
    "second_member_with_wrong_crc": member(TEXT) + header() + fixed(b"second") + trailer(b"second", crc_xor=1),
    "wrong_crc": header() + DYNAMIC_WORDS + trailer(WORDS, crc_xor=0x80000000),
    "wrong_crc_of_empty": header() + fixed() + trailer(b"", crc_xor=1),
    "wrong_size": header() + DYNAMIC_WORDS + trailer(WORDS, size_more=1),
    "size_less": header() + DYNAMIC_WORDS + trailer(WORDS, size_more=-1),
    "crc_and_size_swapped": header() + DYNAMIC_WORDS + struct.pack("<II", len(WORDS), zlib.crc32(WORDS)),
    "wrong_header_crc": member(TEXT, head=header(FHCRC, check=0x1234)),
    "header_crc_of_32_bits_upper_half": member(TEXT, head=header(FHCRC, check=zlib.crc32(header(FHCRC)[:-2]) >> 16)),
    "name_of_512": member(b"x", head=header(name=b"n" * 512)),
    "comment_of_512": member(b"x", head=header(comment=b"c" * 512)),
    "reserved_block_type": header() + bits((1, 1), (3, 2)) + _END,
    "stored_length_and_its_complement_differ": header() + bits((1, 8)) + b"\x01\0\xff\xffx" + trailer(b"x"),
    "stored_block_cut": header() + bits((1, 8)) + b"\x05\0\xfa\xffx" + _END,
    "distance_before_the_start": header() + bits((1, 1), (1, 2), (0b1000000, 7), (0, 5), (0, 7)) + _END,
    "distance_code_30": header()
    + bits((1, 1), (1, 2), (0x8C, 8), (0b1000000, 7), (0b01111, 5), (0, 7))
    + trailer(b"1"),
    "distance_into_the_member_before": member(TEXT)
    + header()
    + bits((1, 1), (1, 2), (0b1000000, 7), (0, 5), (0, 7))
    + trailer(b"   "),
    "length_code_286": header() + bits((1, 1), (1, 2), (0b01100011, 8), (0, 5), (0, 7)) + _END,
    "too_many_length_codes": header() + bits((1, 1), (2, 2), (31, 5), (0, 5), (0, 4)) + bytes(40) + _END,
    "code_lengths_of_no_code": header() + bits((1, 1), (2, 2), (0, 5), (0, 5), (15, 4)) + bytes(40) + _END,
    "code_lengths_over_subscribed": header()
    + bits((1, 1), (2, 2), (0, 5), (0, 5), (15, 4), *[(1, 3)] * 19)
    + bytes(40)
    + _END,
    "block_not_marked_last": header() + bits((0, 1), (1, 2), (0, 7)) + _END,
    "bomb_cut": bomb(1 << 20)[:-20],
}


def _cut() -> Iterator[tuple[str, bytes]]:
    """Members that end in each of their parts."""
    crc = len(_ALL_FIELDS) - 2
    places = {
        "fixed_header": 5, "length_of_extra": 11, "extra": 15, "name": _ALL_FIELDS.index(b"file") + 3,
        "name_before_its_zero": _ALL_FIELDS.index(b"\0made"), "comment": _ALL_FIELDS.index(b"made") + 4,
        "header_crc": crc + 1, "header": len(_ALL_FIELDS), "codes": len(_ALL_FIELDS) + 8,
        "data": len(_WHOLE) - 20, "before_trailer": len(_WHOLE) - 8, "crc": len(_WHOLE) - 6,
        "before_size": len(_WHOLE) - 4, "size": len(_WHOLE) - 1,
    }  # fmt: skip
    for name, place in places.items():
        yield f"cut_{name}", _WHOLE[:place]


def _limited(data: bytes, max_bytes: int) -> dict:
    return {"data": data, "max_bytes": max_bytes}


LIMITS: dict[str, dict] = {
    "limit_exact": _limited(member(TEXT), len(TEXT)),
    "limit_more": _limited(member(TEXT), len(TEXT) + 1),
    "limit_most": _limited(member(TEXT), 4_000_000),
    "limit_exact_of_two_members": _limited(member(TEXT) * 2, 2 * len(TEXT)),
    "limit_exact_and_empty_member_behind": _limited(member(TEXT) + member(b""), len(TEXT)),
    "limit_of_1_and_empty": _limited(member(b""), 1),
    "limit_default_exact": {"data": bomb(4_000_000)},
    "broken_limit_less_one": _limited(member(TEXT), len(TEXT) - 1),
    "broken_limit_of_1": _limited(member(TEXT), 1),
    "broken_limit_passed_by_second_member": _limited(member(TEXT) * 2, 2 * len(TEXT) - 1),
    "broken_limit_over_the_most": _limited(member(TEXT), 4_000_001),
    "broken_limit_of_2_to_the_64": _limited(member(TEXT), 2**64 - 1),
    "broken_limit_exact_with_wrong_crc": _limited(BROKEN["wrong_crc"], len(WORDS)),
    "broken_limit_exact_with_wrong_size": _limited(BROKEN["wrong_size"], len(WORDS)),
    "broken_limit_exact_with_rubbish_behind": _limited(member(TEXT) + b"x", len(TEXT)),
    "broken_limit_exact_and_cut_before_trailer": _limited(member(TEXT)[:-8], len(TEXT)),
    "broken_limit_default_and_one": {"data": bomb(4_000_001)},
    "broken_bomb_of_16_mib": {"data": bomb(16 << 20)},
    "broken_bomb_with_limit": _limited(bomb(1 << 20), 1000),
}

CASES: dict[str, dict] = {
    **{name: {"data": data} for name, data in GOOD.items()},
    **{f"broken_{name}": {"data": data} for name, data in {**BROKEN, **dict(_cut())}.items()},
    **LIMITS,
}
