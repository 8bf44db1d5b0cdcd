from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class Hello(_message.Message):
    __slots__ = ("contract", "max_message_bytes", "max_frame_bytes", "window_calls", "clock_domain")
    CONTRACT_FIELD_NUMBER: _ClassVar[int]
    MAX_MESSAGE_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_FRAME_BYTES_FIELD_NUMBER: _ClassVar[int]
    WINDOW_CALLS_FIELD_NUMBER: _ClassVar[int]
    CLOCK_DOMAIN_FIELD_NUMBER: _ClassVar[int]
    contract: int
    max_message_bytes: int
    max_frame_bytes: int
    window_calls: int
    clock_domain: bytes
    def __init__(self, contract: _Optional[int] = ..., max_message_bytes: _Optional[int] = ..., max_frame_bytes: _Optional[int] = ..., window_calls: _Optional[int] = ..., clock_domain: _Optional[bytes] = ...) -> None: ...

class CallHeader(_message.Message):
    __slots__ = ("kernel", "codec", "total_bytes", "deadline_ns", "stamps", "trace_context", "tracestate")
    KERNEL_FIELD_NUMBER: _ClassVar[int]
    CODEC_FIELD_NUMBER: _ClassVar[int]
    TOTAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_NS_FIELD_NUMBER: _ClassVar[int]
    STAMPS_FIELD_NUMBER: _ClassVar[int]
    TRACE_CONTEXT_FIELD_NUMBER: _ClassVar[int]
    TRACESTATE_FIELD_NUMBER: _ClassVar[int]
    kernel: bytes
    codec: int
    total_bytes: int
    deadline_ns: int
    stamps: bool
    trace_context: bytes
    tracestate: bytes
    def __init__(self, kernel: _Optional[bytes] = ..., codec: _Optional[int] = ..., total_bytes: _Optional[int] = ..., deadline_ns: _Optional[int] = ..., stamps: _Optional[bool] = ..., trace_context: _Optional[bytes] = ..., tracestate: _Optional[bytes] = ...) -> None: ...

class Receipt(_message.Message):
    __slots__ = ("status", "reason", "executed", "total_bytes", "kernel_version", "retry_after_ns", "message", "stamps_ns", "hops_ns")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    EXECUTED_FIELD_NUMBER: _ClassVar[int]
    TOTAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    KERNEL_VERSION_FIELD_NUMBER: _ClassVar[int]
    RETRY_AFTER_NS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    STAMPS_NS_FIELD_NUMBER: _ClassVar[int]
    HOPS_NS_FIELD_NUMBER: _ClassVar[int]
    status: int
    reason: int
    executed: int
    total_bytes: int
    kernel_version: int
    retry_after_ns: int
    message: bytes
    stamps_ns: _containers.RepeatedScalarFieldContainer[int]
    hops_ns: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, status: _Optional[int] = ..., reason: _Optional[int] = ..., executed: _Optional[int] = ..., total_bytes: _Optional[int] = ..., kernel_version: _Optional[int] = ..., retry_after_ns: _Optional[int] = ..., message: _Optional[bytes] = ..., stamps_ns: _Optional[_Iterable[int]] = ..., hops_ns: _Optional[_Iterable[int]] = ...) -> None: ...

class Goaway(_message.Message):
    __slots__ = ("last_call_id", "reason")
    LAST_CALL_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    last_call_id: int
    reason: int
    def __init__(self, last_call_id: _Optional[int] = ..., reason: _Optional[int] = ...) -> None: ...
