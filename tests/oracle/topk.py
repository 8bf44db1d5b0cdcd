"""The kernel topk, read off protos/kernels/v1/topk.md."""

from __future__ import annotations

import hashlib
import random
import struct
from functools import cache

from tests.oracle.refusal import InvalidInputError

VECTORS, COMPONENTS, MOST = 10_000, 384, 1_000
SEED = 0x746F706B
INDEX_SHA256 = "5d0fc49368a2773cece6ce883c88ec49b42a668b3a3a869f2737bd965d9bc827"
MASK = 2**64 - 1


@cache
def index() -> bytes:
    """All vectors, one after the other, as unsigned bytes: outputs of splitmix64."""
    outputs, state = [], SEED
    for _ in range(VECTORS * COMPONENTS // 8):
        state = state + 0x9E3779B97F4A7C15 & MASK
        z = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
        outputs.append(struct.pack("<Q", z ^ z >> 31))
    content = b"".join(outputs)
    assert hashlib.sha256(content).hexdigest() == INDEX_SHA256
    return content


def vector(number: int) -> bytes:
    """One of them."""
    return index()[number * COMPONENTS : (number + 1) * COMPONENTS]


def answer(request: dict) -> dict:
    """The best vectors, and how they score."""
    query, k = request.get("query", b""), request.get("k", 0)
    if len(query) != COMPONENTS or not 1 <= k <= MOST:
        raise InvalidInputError
    found = sorted(range(VECTORS), key=lambda number: (-scores(query)[number], number))[:k]
    return {"indexes": found, "scores": [scores(query)[number] for number in found]}


@cache
def scores(query: bytes) -> list[int]:
    """The dot product of every vector with the query."""
    weights = [(at, weight) for at, weight in enumerate(_signed(query)) if weight]
    components = _signed(index())
    return [
        sum(components[start + at] * weight for at, weight in weights)
        for start in range(0, VECTORS * COMPONENTS, COMPONENTS)
    ]


def _signed(content: bytes) -> tuple[int, ...]:
    return struct.unpack(f"{len(content)}b", content)


def _one(at: int, weight: int) -> bytes:
    """A query with one component, so that many vectors score alike."""
    return bytes(at) + struct.pack("b", weight) + bytes(COMPONENTS - at - 1)


_NOISE = random.Random(384).randbytes(COMPONENTS)
_LOWEST, _HIGHEST = b"\x80" * COMPONENTS, b"\x7f" * COMPONENTS

CASES: dict[str, dict] = {
    "zeros": {"query": bytes(COMPONENTS), "k": 3},
    "zeros_and_most": {"query": bytes(COMPONENTS), "k": MOST},
    "first_vector": {"query": vector(0), "k": 2},
    "last_vector": {"query": vector(VECTORS - 1), "k": 1},
    "noise": {"query": _NOISE, "k": 10},
    "noise_and_one": {"query": _NOISE, "k": 1},
    "noise_and_most": {"query": _NOISE, "k": MOST},
    "noise_and_most_but_one": {"query": _NOISE, "k": MOST - 1},
    "lowest": {"query": _LOWEST, "k": 10},
    "highest": {"query": _HIGHEST, "k": 10},
    "lowest_and_highest": {"query": b"\x80\x7f" * (COMPONENTS // 2), "k": 100},
    "opposite_of_the_extremes_of_a_vector": {
        "query": bytes(0x80 if component < 0x80 else 0x7F for component in vector(77)),
        "k": 5,
    },
    "farthest_from_a_vector": {"query": bytes(-component & 0xFF for component in vector(5026)), "k": 7},
    "ties_of_the_first_component": {"query": _one(0, 1), "k": 200},
    "ties_of_the_last_component": {"query": _one(383, -1), "k": 200},
    "ties_of_a_lowest_weight": {"query": _one(100, -128), "k": 90},
    "ties_of_two_components": {"query": _one(7, 1)[:8] + _one(375, -1)[:376], "k": 50},
    "invalid_k_0": {"query": _NOISE, "k": 0},
    "invalid_k_1001": {"query": _NOISE, "k": MOST + 1},
    "invalid_k_of_2_to_the_32": {"query": _NOISE, "k": 2**32 - 1},
    "invalid_no_query": {"query": b"", "k": 10},
    "invalid_query_of_383": {"query": _NOISE[:-1], "k": 10},
    "invalid_query_of_385": {"query": _NOISE + b"\0", "k": 10},
    "invalid_query_of_two": {"query": _NOISE * 2, "k": 10},
    "invalid_query_and_k": {"query": b"\0", "k": 0},
}
