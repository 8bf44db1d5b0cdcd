"""Cases of messages without a kernel's answer: the wire's own, the faults', and the one that has every type."""

from __future__ import annotations

import math

MIB = 1 << 20
U32, U64 = 2**32 - 1, 2**64 - 1
I32, I64 = (-(2**31), 2**31 - 1), (-(2**63), 2**63 - 1)
TRACE_CONTEXT = bytes(range(1, 26))
STAMPS = [81_230_000_123, 81_230_000_456, 81_230_001_000, 81_230_021_000, 81_230_021_500]

MESSAGES: dict[str, tuple[str, dict]] = {
    "wire/hello_empty": ("wire.v1.Hello", {}),
    "wire/hello_client": (
        "wire.v1.Hello",
        {"contract": 1 << 16, "max_message_bytes": 4 * MIB, "max_frame_bytes": MIB // 4, "clock_domain": bytes(16)},
    ),
    "wire/hello_worker": (
        "wire.v1.Hello",
        {
            "contract": 1 << 16,
            "max_message_bytes": 4 * MIB,
            "max_frame_bytes": MIB // 4,
            "window_calls": 4096,
            "clock_domain": bytes(range(0xF0, 0x100)),
        },
    ),
    "wire/hello_max": (
        "wire.v1.Hello",
        {"contract": U32, "max_message_bytes": U64, "max_frame_bytes": U64, "window_calls": U32},
    ),
    "wire/call_header_empty": ("wire.v1.CallHeader", {}),
    "wire/call_header_plain": ("wire.v1.CallHeader", {"kernel": b"echo", "codec": 2, "total_bytes": 64}),
    "wire/call_header_traced": (
        "wire.v1.CallHeader",
        {
            "kernel": b"redact",
            "codec": 3,
            "total_bytes": 65536,
            "deadline_ns": 250_000_000,
            "stamps": True,
            "trace_context": TRACE_CONTEXT,
            "tracestate": b"vendor=value,other=1",
        },
    ),
    "wire/call_header_max": (
        "wire.v1.CallHeader",
        {
            "kernel": b"k" * 64,
            "codec": U32,
            "total_bytes": U64,
            "deadline_ns": U64,
            "stamps": True,
            "trace_context": bytes([255]) * 25,
            "tracestate": b"t" * 512,
        },
    ),
    "wire/receipt_empty": ("wire.v1.Receipt", {}),
    "wire/receipt_ok": ("wire.v1.Receipt", {"executed": 2, "total_bytes": 64, "kernel_version": 1 << 16}),
    "wire/receipt_stamped": (
        "wire.v1.Receipt",
        {"executed": 2, "total_bytes": 300, "kernel_version": 1 << 16, "stamps_ns": STAMPS},
    ),
    "wire/receipt_two_hops": (
        "wire.v1.Receipt",
        {"executed": 2, "kernel_version": 1 << 16, "stamps_ns": STAMPS, "hops_ns": [1, 2, 3, 4, U64, 0, 2**63, 8]},
    ),
    "wire/receipt_queue_full": (
        "wire.v1.Receipt",
        {"status": 8, "reason": 6, "retry_after_ns": 5_000_000, "message": b"the queue is full: 64 calls wait"},
    ),
    "wire/receipt_max": (
        "wire.v1.Receipt",
        {
            "status": U32,
            "reason": U32,
            "executed": U32,
            "total_bytes": U64,
            "kernel_version": U32,
            "retry_after_ns": U64,
            "message": b"m" * 1024,
            "stamps_ns": [U64] * 5,
            "hops_ns": [U64] * 4,
        },
    ),
    "wire/goaway_empty": ("wire.v1.Goaway", {}),
    "wire/goaway_draining": ("wire.v1.Goaway", {"last_call_id": 4711, "reason": 2}),
    "wire/goaway_max": ("wire.v1.Goaway", {"last_call_id": U64, "reason": U32}),
    "wire/frame_empty": ("wire.v1.Frame", {}),
    "wire/frame_cancel": ("wire.v1.Frame", {"frame": b"\x0c\0\0\0\x04\0\0\0\x07\0\0\0\0\0\0\0"}),
    "bytes/request_empty": ("kernels.v1.BytesRequest", {}),
    "bytes/request": ("kernels.v1.BytesRequest", {"data": bytes(range(256))}),
    "bytes/response_empty": ("kernels.v1.BytesResponse", {}),
    "bytes/response": ("kernels.v1.BytesResponse", {"data": b"\xff\0" * 300}),
    "faults/sleep_request": ("faults.v1.SleepRequest", {"duration_ns": 500_000_000}),
    "faults/sleep_request_stubborn": ("faults.v1.SleepRequest", {"duration_ns": U64, "stubborn": True}),
    "faults/sleep_response": ("faults.v1.SleepResponse", {}),
    "faults/panic_request": ("faults.v1.PanicRequest", {"message": b"asked to"}),
    "faults/panic_response": ("faults.v1.PanicResponse", {}),
    "faults/abort_request": ("faults.v1.AbortRequest", {}),
    "faults/abort_response": ("faults.v1.AbortResponse", {}),
    "faults/alloc_request": ("faults.v1.AllocRequest", {"size": 4 * MIB + 1}),
    "faults/alloc_response": ("faults.v1.AllocResponse", {"data": bytes(300)}),
    "faults/append_request": ("faults.v1.AppendRequest", {"call_id": b"call-7"}),
    "faults/append_response": ("faults.v1.AppendResponse", {"count": 7}),
    "every/empty": ("test.v1.Every", {}),
    "every/least": (
        "test.v1.Every",
        {
            "a_double": -math.inf,
            "a_float": -0.0,
            "an_int32": I32[0],
            "an_int64": I64[0],
            "a_sint32": I32[0],
            "a_sint64": I64[0],
            "a_sfixed32": I32[0],
            "a_sfixed64": I64[0],
        },
    ),
    "every/most": (
        "test.v1.Every",
        {
            "a_double": 1.7976931348623157e308,
            "a_float": 3.4028234663852886e38,
            "an_int32": I32[1],
            "an_int64": I64[1],
            "a_uint32": U32,
            "a_uint64": U64,
            "a_sint32": I32[1],
            "a_sint64": I64[1],
            "a_fixed32": U32,
            "a_fixed64": U64,
            "a_sfixed32": I32[1],
            "a_sfixed64": I64[1],
            "a_bool": True,
            "some_bytes": bytes([255]) * 3,
            "fixed32s": [0, 1, U32],
            "fixed64s": [0, 1, U64],
            "sfixed32s": [I32[0], -1, 0, I32[1]],
            "sfixed64s": [I64[0], -1, 0, I64[1]],
            "floats": [0.0, -0.0, 1.5, math.inf],
            "doubles": [0.0, -0.0, 0.1, -math.inf],
        },
    ),
}

EDGES = (1, 127, 128, 255, 256, 65535, 65536, 2**31, U32)
NEGATIVE_EDGES = (-1, -32, -33, -128, -129, -32768, -32769)

MESSAGES |= {
    f"every/signed_{edge}".replace("-", "minus_"): (
        "test.v1.Every",
        {"an_int32": min(edge, I32[1]), "an_int64": edge, "a_sint64": edge, "a_sfixed64": edge},
    )
    for edge in (*EDGES, *NEGATIVE_EDGES)
}
MESSAGES |= {
    f"every/unsigned_{edge}": ("test.v1.Every", {"a_uint32": edge, "a_uint64": edge, "a_fixed64": edge})
    for edge in (*EDGES, 2**32)
    if edge <= U32
}
MESSAGES |= {
    f"every/{length}_bytes": ("test.v1.Every", {"some_bytes": b"b" * length, "fixed32s": [7]})
    for length in (1, 7, 8, 9, 31, 32, 255, 256, 65535, 65536)
}
