"""What the oracles of topk and inflate build their vectors from, held to the specification and to zlib."""

from __future__ import annotations

import random
import zlib
from pathlib import Path

import pytest

from tests.oracle import deflate, inflate, topk

SPECIFICATIONS = Path(__file__).resolve().parents[2] / "protos" / "kernels" / "v1"


@pytest.mark.parametrize(("query", "k"), [(bytes(topk.COMPONENTS), 3), (topk.vector(0), 2)], ids=["zeros", "vector 0"])
def test_the_specification_of_topk_shows_what_the_oracle_answers(query: bytes, k: int) -> None:
    found = topk.answer({"query": query, "k": k})
    shown = (SPECIFICATIONS / "topk.md").read_text("utf-8")
    assert f"indexes {' '.join(map(str, found['indexes']))} " in shown
    assert f"scores {' '.join(map(str, found['scores']))}\n" in shown
    assert topk.INDEX_SHA256 in shown


def test_scores_fall_and_of_equal_ones_the_index_rises() -> None:
    found = topk.answer({"query": bytes([1]) + bytes(383), "k": topk.MOST})
    order = [(-score, index) for index, score in zip(found["indexes"], found["scores"], strict=True)]
    assert order == sorted(order)


@pytest.mark.parametrize("length", [3, 4, 10, 11, 12, 18, 19, 130, 131, 257, 258])
@pytest.mark.parametrize("distance", [1, 2, 4, 5, 6, 8, 9, 300, 24_576, 24_577, 32_768])
def test_deflate_by_hand_is_read_by_zlib(length: int, distance: int) -> None:
    before = random.Random(length).randbytes(32_768)
    expected = bytearray(before)
    for _ in range(length):
        expected.append(expected[-distance])
    assert zlib.decompress(deflate.fixed(before, (length, distance)), -15) == expected


@pytest.mark.parametrize("count", [1, 2, 258, 259, 260, 2065, 100_000])
def test_zeros_by_hand_are_read_by_zlib(count: int) -> None:
    assert zlib.decompress(deflate.zeros(count), -15) == bytes(count)
    assert zlib.decompress(deflate.flushed(b"ab") + deflate.stored(b"c"), -15) == b"abc"


def test_what_the_oracle_inflates_zlib_inflates_alike() -> None:
    for name, request in inflate.CASES.items():
        if "broken" not in name:
            assert _by_zlib(request["data"]) == inflate.answer(request)["data"], name


def _by_zlib(data: bytes) -> bytes:
    content = b""
    while data:
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        content += member.decompress(data) + member.flush()
        data = member.unused_data
    return content
