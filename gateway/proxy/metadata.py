"""What stands in the metadata of a unary call and of its answer, as the worker writes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from gateway.proxy import header
from gateway.proxy.failure import Failure, fail
from gateway.wire.error import DETAILS, ERROR_DOMAIN
from gateway.wire.lists_generated import (
    CONTRACT_MAJOR,
    CONTRACT_TEXT,
    MAX_TRACESTATE_BYTES,
    METADATA_CONTRACT,
    METADATA_RECEIPT_BIN,
    METADATA_STAMPS,
    Executed,
    Reason,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.proxy.header import Fields

TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
"""W3C Trace Context, version 00; later versions may have more behind it."""
CACHED = 4096
"""Answers whose metadata is kept: a receipt without stamps says the same for every reply of a size."""

Metadata = tuple[tuple[str, str | bytes], ...]


class Wishes(NamedTuple):
    """What the caller asks for beside the call itself."""

    stamps: bool
    trace_context: bytes
    tracestate: bytes


NONE = Wishes(stamps=False, trace_context=b"", tracestate=b"")
ONLY_CONTRACT = {METADATA_CONTRACT: CONTRACT_TEXT}
"""What our clients send with a call that asks for nothing."""


def read(entries: Mapping[str, str]) -> Wishes | Failure:
    """What the entries ask for; `MALFORMED_HEADER` or `CONTRACT_MISMATCH` where they are wrong."""
    if not entries or entries == ONLY_CONTRACT:
        return NONE
    refusal = _check_contract(entries.get(METADATA_CONTRACT, CONTRACT_TEXT))
    stamps, state = entries.get(METADATA_STAMPS, "0"), entries.get("tracestate", "")
    if refusal is not None:
        return refusal
    if stamps not in ("0", "1"):
        return fail(Reason.MALFORMED_HEADER, f"{METADATA_STAMPS} is neither 0 nor 1")
    context = trace_context(entries.get("traceparent", ""))
    if not context:
        return Wishes(stamps == "1", b"", b"") if stamps == "1" else NONE
    if len(state) > MAX_TRACESTATE_BYTES:
        return fail(Reason.MALFORMED_HEADER, f"the tracestate is over {MAX_TRACESTATE_BYTES} bytes")
    return Wishes(stamps == "1", context, state.encode())


def trace_context(traceparent: str) -> bytes:
    """The 25 bytes of a trace context; empty for what is invalid, which the standard asks to ignore."""
    found = TRACEPARENT.match(traceparent)
    behind = traceparent[found.end() :] if found else ""
    if not found or (behind and (traceparent.startswith("00") or not behind.startswith("-"))):
        return b""
    return bytes.fromhex("".join(found.groups()))


class Success:
    """The metadata of replies that succeeded, by their receipts."""

    def __init__(self) -> None:
        self._cached: dict[bytes, Metadata] = {}

    def of(self, receipt: bytes) -> Metadata:
        """For a receipt as the frame carries it."""
        found = self._cached.get(receipt)
        if found is None:
            fields = header.read_receipt(receipt)
            found = receipt_metadata(fields) if fields is not None else ((METADATA_CONTRACT, CONTRACT_TEXT),)
            if len(self._cached) >= CACHED:
                self._cached.clear()
            self._cached[receipt] = found
        return found


def receipt_metadata(fields: Fields) -> Metadata:
    """Contract and receipt."""
    return ((METADATA_CONTRACT, CONTRACT_TEXT), (METADATA_RECEIPT_BIN, receipt_protobuf(fields)))


def receipt_protobuf(fields: Fields) -> bytes:
    """A receipt's fields as the protobuf message."""
    import struct

    from gateway.gen.wire.v1.wire_pb2 import Receipt

    message = Receipt()
    for descriptor, value in zip(Receipt.DESCRIPTOR.fields, fields, strict=True):
        if descriptor.name in ("stamps_ns", "hops_ns"):
            getattr(message, descriptor.name).extend(struct.unpack(f"<{len(value) // 8}Q", value))
        elif value:
            setattr(message, descriptor.name, value)
    return message.SerializeToString()


def failure_metadata(fields: Fields) -> Metadata:
    """The trailing metadata of a call that failed with this receipt: contract, receipt, ErrorInfo and RetryInfo."""
    return (*receipt_metadata(fields), (DETAILS, _details(fields)))


def _details(fields: Fields) -> bytes:
    from google.rpc import error_details_pb2, status_pb2

    status = status_pb2.Status(code=fields[header.STATUS], message=fields[header.MESSAGE].decode("utf-8", "replace"))
    if fields[header.RETRY_AFTER_NS]:
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.FromNanoseconds(fields[header.RETRY_AFTER_NS])
        status.details.add().Pack(retry)
    reason, executed = _name(Reason, fields[header.REASON]), _name(Executed, fields[header.EXECUTED]).lower()
    info = error_details_pb2.ErrorInfo(reason=reason, domain=ERROR_DOMAIN, metadata={"executed": executed})
    status.details.add().Pack(info)
    return status.SerializeToString()


def _name(names: type[Reason | Executed], number: int) -> str:
    """A later minor may have reasons that this one does not know."""
    try:
        return names(number).name
    except ValueError:
        return str(number)


def _check_contract(theirs: str) -> Failure | None:
    if theirs == CONTRACT_TEXT:
        return None
    found = re.fullmatch(r"([0-9]{1,5})\.([0-9]{1,5})", theirs)
    if not found:
        return fail(Reason.MALFORMED_HEADER, f"{METADATA_CONTRACT} is not major.minor")
    if int(found[1]) == CONTRACT_MAJOR:
        return None
    text = f"the proxy speaks contract {CONTRACT_TEXT}, the caller {theirs}; build both from one version"
    return fail(Reason.CONTRACT_MISMATCH, text)
