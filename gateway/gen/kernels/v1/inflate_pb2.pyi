from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class InflateRequest(_message.Message):
    __slots__ = ("data", "max_bytes")
    DATA_FIELD_NUMBER: _ClassVar[int]
    MAX_BYTES_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    max_bytes: int
    def __init__(self, data: _Optional[bytes] = ..., max_bytes: _Optional[int] = ...) -> None: ...

class InflateResponse(_message.Message):
    __slots__ = ("data",)
    DATA_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    def __init__(self, data: _Optional[bytes] = ...) -> None: ...
