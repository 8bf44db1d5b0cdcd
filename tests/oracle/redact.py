"""The kernel redact, read off protos/kernels/v1/redact.md: a position at a time, a kind at a time."""

from __future__ import annotations

import random
import re
from typing import NamedTuple

from tests.oracle.redact_texts import TEXTS, access_log

LOCAL = rb"0-9A-Za-z._%+\-"
HOST = rb"0-9A-Za-z.\-"
WORD = rb"0-9A-Za-z_"
TOKEN = rb"0-9A-Za-z._~+/\-"
KEY = rb"0-9A-Za-z_\-"

#: What "ends well" asks for behind a number.
ENDS_WELL = rb"(?![" + WORD + rb"]|\.[0-9])"
OCTETS = rb"([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)"

EMAIL = re.compile(rb"(?<![" + LOCAL + rb"])[" + LOCAL + rb"]+@([" + HOST + rb"]+)")
DOT_AND_LETTERS = re.compile(rb"\.[A-Za-z][A-Za-z]")
IPV4 = re.compile(rb"(?<![" + WORD + rb".])" + OCTETS + ENDS_WELL)
IPV6_START = re.compile(rb"(?<![" + WORD + rb"])(?:(?<!:):|[0-9A-Fa-f])")
GROUP = re.compile(rb"[0-9A-Fa-f]{1,4}")
CARD = re.compile(rb"(?<![" + WORD + rb".])[2-9][0-9]{3,}(?:(?: [0-9]{3,})+|(?:-[0-9]{3,})+)?")
BEARER = re.compile(rb"(?<![" + WORD + rb"])[Bb][Ee][Aa][Rr][Ee][Rr] +([" + TOKEN + rb"]{8,}=*)")
NAMED = re.compile(rb"""[Aa][Pp][Ii][_-]?[Kk][Ee][Yy][ "'\\]*[=:][ "'\\]*([""" + TOKEN + rb"""]{8,}=*)""")
BEGINNINGS = {
    rb"A[KS]IA": 16,
    rb"AIza": 35,
    rb"gh[pousr]_": 30,
    rb"github_pat_": 22,
    rb"glpat-": 20,
    rb"sk-": 20,
    rb"[sr]k_(?:live|test)_": 16,
    rb"xox[abprs]-": 10,
}
KEYS = re.compile(
    rb"(?<!["
    + WORD
    + rb"])(?:"
    + b"|".join(rb"%s[%s]{%d,}" % (start, KEY, least) for start, least in BEGINNINGS.items())
    + rb")"
)
LONGEST_IPV6 = len(b"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")

CASES: dict[str, dict] = {name: {"text": text} for name, text in TEXTS.items()}
CASES["log_of_16_kib"] = {"text": access_log(random.Random(64), 16384)}


class Match(NamedTuple):
    """What a kind found: the bytes to mask, and where scanning goes on."""

    start: int
    end: int


def answer(request: dict) -> dict:
    """The text with every match masked."""
    text = request["text"]
    masked = bytearray(text)
    i = 0
    while i < len(text):
        match = next(filter(None, (kind(text, i) for kind in KINDS)), None)
        if match:
            masked[match.start : match.end] = b"*" * (match.end - match.start)
        i = match.end if match else i + 1
    return {"text": bytes(masked)}


def _email(text: bytes, i: int) -> Match | None:
    found = EMAIL.match(text, i)
    if not found:
        return None
    host = found[1].rstrip(b".-")
    return Match(i, found.start(1) + len(host)) if DOT_AND_LETTERS.search(host, 1) else None


def _ipv4(text: bytes, i: int) -> Match | None:
    found = IPV4.match(text, i)
    if not found or not _are_octets(found.groups()) or not any(int(octet) for octet in found.groups()[1:]):
        return None
    return Match(i, found.end())


def _are_octets(octets: tuple[bytes, ...]) -> bool:
    return all(len(octet) <= 3 and int(octet) <= 255 for octet in octets)


def _ipv6(text: bytes, i: int) -> Match | None:
    if not IPV6_START.match(text, i):
        return None
    ends = range(min(i + LONGEST_IPV6, len(text)), i, -1)
    return next((Match(i, end) for end in ends if _is_ipv6(text, i, end)), None)


def _is_ipv6(text: bytes, i: int, end: int) -> bool:
    dotted = b"." in text[i:end]
    behind = ENDS_WELL if dotted else rb"(?![" + WORD + rb"])"
    if not re.compile(behind).match(text, end):
        return False
    sides = text[i:end].split(b"::")
    groups = [side.split(b":") if side else [] for side in sides]
    count = sum(len(side) for side in groups)
    if dotted and groups[-1] and _is_dotted(groups[-1][-1]):
        groups[-1].pop()
        count += 1
    all_groups = all(GROUP.fullmatch(group) for side in groups for group in side)
    return all_groups and (count == 8 if len(sides) == 1 else len(sides) == 2 and 1 <= count <= 7)


def _is_dotted(group: bytes) -> bool:
    found = re.fullmatch(OCTETS, group)
    return bool(found) and _are_octets(found.groups())


def _card(text: bytes, i: int) -> Match | None:
    found = CARD.match(text, i)
    if not found:
        return None
    ends = [i + end.end() for end in re.finditer(rb"[0-9]+", found[0])]
    return next((Match(i, end) for end in reversed(ends) if _is_card(text, i, end)), None)


def _is_card(text: bytes, i: int, end: int) -> bool:
    digits = re.sub(rb"[ -]", b"", text[i:end])
    return 13 <= len(digits) <= 19 and _luhn(digits) and bool(re.compile(ENDS_WELL).match(text, end))


def _luhn(digits: bytes) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits.decode())):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _secret(pattern: re.Pattern[bytes], text: bytes, i: int) -> Match | None:
    found = pattern.match(text, i)
    return Match(found.start(1), found.end(1)) if found else None


def _bearer(text: bytes, i: int) -> Match | None:
    return _secret(BEARER, text, i)


def _key(text: bytes, i: int) -> Match | None:
    found = KEYS.match(text, i)
    return Match(i, found.end()) if found else None


def _named(text: bytes, i: int) -> Match | None:
    return _secret(NAMED, text, i)


KINDS = (_email, _ipv4, _ipv6, _card, _bearer, _key, _named)
