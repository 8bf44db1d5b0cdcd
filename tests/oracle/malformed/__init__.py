"""Bytes that CODEC.md refuses, and odd ones that it accepts, made out of a good message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.oracle.malformed import msgpack, protobuf, raw
from tests.oracle.messages import MESSAGES

if TYPE_CHECKING:
    from tests.oracle.malformed.cases import Bad

# The good message that each malformed one is made of; all of its fields are set.
SAMPLES = {
    "kernels.v1.EchoRequest": {"payload": b"payload"},
    "kernels.v1.SpinRequest": {"steps": 300, "seed": 7, "payload": b"payload"},
    "faults.v1.SleepRequest": {"duration_ns": 70_000, "stubborn": True},
    "faults.v1.AbortRequest": {},
    "wire.v1.Hello": MESSAGES["wire/hello_worker"][1],
    "wire.v1.CallHeader": MESSAGES["wire/call_header_traced"][1],
    "wire.v1.Receipt": {**MESSAGES["wire/receipt_two_hops"][1], "status": 8, "reason": 6, "total_bytes": 9}
    | {"retry_after_ns": 5, "message": b"odd"},
    "wire.v1.Goaway": MESSAGES["wire/goaway_draining"][1],
    "test.v1.Every": MESSAGES["every/most"][1],
}


def cases(codec: str, message: str) -> Bad:
    """What is refused and what is accepted of a message in a codec."""
    module = {"msgpack": msgpack, "raw": raw, "protobuf": protobuf}[codec]
    return module.cases(message, SAMPLES[message])
