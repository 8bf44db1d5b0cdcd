"""What a unary gRPC call carries beside its payload, and what became of it. Pure; `protos/FRAME.md` has no part in it.

The receipt rides in initial metadata on success and in trailing metadata on an error; an error that a library made has
none, and its reason is concluded here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from gateway.client.connection import other_major
from gateway.client.error import CallError, failed, of_receipt
from gateway.gen.wire.v1.wire_pb2 import Receipt
from gateway.wire.bytes import BYTES_METHOD
from gateway.wire.error import DETAILS, ERROR_DOMAIN
from gateway.wire.lists_generated import (
    CONTRACT_MAJOR,
    CONTRACT_TEXT,
    METADATA_CONTRACT,
    METADATA_KERNEL,
    METADATA_RECEIPT_BIN,
    METADATA_STAMPS,
    Executed,
    Reason,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.client.call import Call

    Metadata = Iterable[Any]
    """Pairs of key and value; grpcio has several types of them."""

NEVER_SENT = "failed to connect to all addresses"
"""How grpcio begins when there was no connection; the library has no other sign of it."""
ENVELOPE_BYTES = 64 << 10


def target(address: str) -> str:
    """The address as grpcio takes it: one with a slash is a Unix socket's path."""
    return f"unix:{address}" if "/" in address else address


def options(max_message_bytes: int) -> list[tuple[str, int | str]]:
    """A channel's options."""
    return [
        ("grpc.max_receive_message_length", max_message_bytes + ENVELOPE_BYTES),
        ("grpc.max_send_message_length", -1),  # what is too large is refused before, or by the worker
        ("grpc.default_authority", "localhost"),  # grpcio's own for a socket path is refused by Rust's http crate
        ("grpc.use_local_subchannel_pool", 1),  # two clients share no connection, as by frames
    ]


def metadata(call: Call) -> tuple[tuple[str, str], ...]:
    """The entries of a call."""
    entries = [(METADATA_CONTRACT, CONTRACT_TEXT)]
    if call.stamps:
        entries.append((METADATA_STAMPS, "1"))
    if call.method == BYTES_METHOD:
        entries.append((METADATA_KERNEL, call.kernel))
    if call.traceparent:
        entries.append(("traceparent", call.traceparent))
        entries += [("tracestate", call.tracestate)] if call.tracestate else []
    return tuple(entries)


def check_size(call: Call, max_message_bytes: int) -> None:
    """Raise CallError for a payload over the limit: on unary gRPC no peer tells its own before the call."""
    if len(call.payload) > max_message_bytes:
        raise failed(Reason.REQUEST_TOO_LARGE, f"{len(call.payload)} bytes, the limit is {max_message_bytes}")


def receipt(*places: Metadata) -> Receipt | None:
    """The first receipt that is there and decodes."""
    for key, value in (entry for place in places for entry in place):
        if key == METADATA_RECEIPT_BIN and isinstance(value, bytes):
            try:
                return Receipt.FromString(value)
            except DecodeError:
                continue
    return None


def check_contract(*places: Metadata) -> None:
    """Raise CallError for an answer of another major."""
    for key, value in (entry for place in places for entry in place):
        major, _, minor = str(value).partition(".")
        if key == METADATA_CONTRACT and major.isdigit() and minor.isdigit() and int(major) != CONTRACT_MAJOR:
            raise other_major(int(major) << 16 | int(minor))


def error(code: grpc.StatusCode, text: str, *places: Metadata) -> CallError:
    """What a failed call's code, text and metadata stand for."""
    told = receipt(*places)
    failure = (of_receipt(told) if told else None) or _detailed(text, *places)
    return failure or _concluded(code, text)


def _detailed(text: str, *places: Metadata) -> CallError | None:
    """Our ErrorInfo and RetryInfo, if the error has them."""
    status = status_pb2.Status()
    for key, value in (entry for place in places for entry in place):
        if key == DETAILS and isinstance(value, bytes):
            status.ParseFromString(value)
    info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(retry)
    if info.domain != ERROR_DOMAIN or info.reason not in Reason.__members__:
        return None
    reason, told = Reason[info.reason], info.metadata.get("executed", "").upper()
    executed = Executed[told] if told in Executed.__members__ else reason.executed
    return CallError(reason.status, reason, executed, text, retry.retry_delay.ToNanoseconds() / 1e9)


def _concluded(code: grpc.StatusCode, text: str) -> CallError:
    """The reason of an error that a library made itself."""
    codes = grpc.StatusCode
    if code in (codes.UNAVAILABLE, codes.CANCELLED):  # a caller that cancels does not come here
        return failed(Reason.NO_WORKER if text.startswith(NEVER_SENT) else Reason.WORKER_DIED, text)
    if code is codes.RESOURCE_EXHAUSTED:
        return failed(Reason.REPLY_TOO_LARGE if "eceived message larger" in text else Reason.QUEUE_FULL, text)
    reasons = {
        codes.DEADLINE_EXCEEDED: Reason.DEADLINE,
        codes.OUT_OF_RANGE: Reason.REQUEST_TOO_LARGE,
        codes.UNIMPLEMENTED: Reason.UNKNOWN_KERNEL,
    }
    return failed(reasons.get(code, Reason.INTERNAL_ERROR), f"{code.name}: {text}")
