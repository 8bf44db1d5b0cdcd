from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class SleepRequest(_message.Message):
    __slots__ = ("duration_ns", "stubborn")
    DURATION_NS_FIELD_NUMBER: _ClassVar[int]
    STUBBORN_FIELD_NUMBER: _ClassVar[int]
    duration_ns: int
    stubborn: bool
    def __init__(self, duration_ns: _Optional[int] = ..., stubborn: _Optional[bool] = ...) -> None: ...

class SleepResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
