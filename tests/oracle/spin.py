"""The kernel spin, read off protos/kernels/v1/spin.md."""

from __future__ import annotations

ZERO_SEED = 0x9E3779B97F4A7C15
MASK = 2**64 - 1


def _case(steps: int, seed: int, payload: bytes = b"") -> dict:
    return {"steps": steps, "seed": seed, "payload": payload}


CASES: dict[str, dict] = {
    "nothing": _case(0, 0),
    "no_step_keeps_the_seed": _case(0, 42),
    "one_step_from_one": _case(1, 1),
    "one_step_from_zero": _case(1, 0),
    "one_step_from_the_seed_that_zero_stands_for": _case(1, ZERO_SEED),
    "one_step_from_the_highest_seed": _case(1, MASK),
    "one_step_from_the_top_bit": _case(1, 1 << 63),
    "two_steps": _case(2, 1),
    "steps_of_one_msgpack_byte": _case(127, 7),
    "steps_of_two_msgpack_bytes": _case(128, 7),
    "steps_of_three_msgpack_bytes": _case(256, 7),
    "a_poll_less_one": _case(65535, 3),
    "a_poll": _case(65536, 3),
    "a_poll_and_one": _case(65537, 3),
    "several_polls": _case(200000, 0xDEADBEEF),
    "payload_comes_back": _case(3, 9, b"payload"),
    "payload_of_every_byte": _case(10, 11, bytes(range(256))),
    "payload_alone": _case(0, 5, b"\x00\xff"),
    "payload_of_4096": _case(100, 12, bytes(i % 256 for i in range(4096))),
}


def answer(request: dict) -> dict:
    """The state after all steps, and the payload."""
    state = request["seed"] or ZERO_SEED
    for _ in range(request["steps"]):
        state ^= state << 13 & MASK
        state ^= state >> 7
        state ^= state << 17 & MASK
    return {"state": state, "payload": request["payload"]}
