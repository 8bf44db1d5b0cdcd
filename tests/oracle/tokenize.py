"""The kernel tokenize, read off protos/kernels/v1/tokenize.md: the pattern by `regex`, then merges in order of rank."""

from __future__ import annotations

import base64
import gzip
import hashlib
import heapq
from functools import cache
from pathlib import Path

import regex

from tests.oracle.refusal import InvalidInputError
from tests.oracle.tokenize_newer import NEWER
from tests.oracle.tokenize_texts import INVALID, TEXTS

VOCABULARY = Path(__file__).resolve().parents[2] / "protos" / "kernels" / "v1" / "cl100k_base.tiktoken.gz"
VOCABULARY_SHA256 = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"
PATTERN = regex.compile(
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
NEVER = 1 << 32

CASES: dict[str, dict] = {
    **{name: {"text": text.encode()} for name, text in TEXTS.items()},
    **{
        f"count_of_{name}": {"text": TEXTS[name].encode(), "count_only": True} for name in ("empty", "english", "emoji")
    },
    **{f"invalid_{name}": {"text": text} for name, text in INVALID.items()},
    "invalid_though_only_counted": {"text": b"abc\xff", "count_only": True},
}


def answer(request: dict) -> dict:
    """The ids of the text and how many they are."""
    try:
        text = request["text"].decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        raise InvalidInputError from error
    found = ids(text)
    return {"count": len(found)} if request.get("count_only") else {"count": len(found), "ids": found}


def ids(text: str) -> list[int]:
    """The tokens of every piece, in order."""
    return [token for piece in pieces(text) for token in merged(piece.encode())]


def pieces(text: str) -> list[str]:
    """The text cut by the pattern, with the letters and numbers of Unicode 15.0."""
    return [text[match.start() : match.end()] for match in PATTERN.finditer(text.translate(NEWER))]


def merged(piece: bytes) -> list[int]:
    """Merge neighbours, always those whose token has the lowest rank, among equals the leftmost, until none can be."""
    ranks = vocabulary()
    ends = list(range(1, len(piece) + 1))
    before = list(range(-1, len(piece) - 1))
    waiting: list[tuple[int, int, int]] = []

    def offer(start: int) -> None:
        """Enter the merge of the part that begins at `start` with its right neighbour."""
        if start >= 0 and ends[start] < len(piece):
            end = ends[ends[start]]
            if (rank := ranks.get(piece[start:end], NEVER)) < NEVER:
                heapq.heappush(waiting, (rank, start, end))

    for start in range(len(piece)):
        offer(start)
    while waiting:
        _, start, end = heapq.heappop(waiting)
        middle = ends[start]
        if not 0 < middle < end or ends[middle] != end:
            continue  # one of the two parts has been merged with another since
        ends[start], ends[middle] = end, 0
        if end < len(piece):
            before[end] = start
        offer(start)
        offer(before[start])
    return list(_tokens(piece, ends))


def _tokens(piece: bytes, ends: list[int]):
    start = 0
    while start < len(piece):
        yield vocabulary()[piece[start : ends[start]]]
        start = ends[start]


@cache
def vocabulary() -> dict[bytes, int]:
    """Token → rank, which is also its id."""
    lines = gzip.decompress(VOCABULARY.read_bytes())
    assert hashlib.sha256(lines).hexdigest() == VOCABULARY_SHA256, VOCABULARY
    return {base64.b64decode(token): int(rank) for token, rank in map(bytes.split, lines.splitlines())}
