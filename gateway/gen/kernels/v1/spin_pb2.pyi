from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class SpinRequest(_message.Message):
    __slots__ = ("steps", "seed", "payload")
    STEPS_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    steps: int
    seed: int
    payload: bytes
    def __init__(self, steps: _Optional[int] = ..., seed: _Optional[int] = ..., payload: _Optional[bytes] = ...) -> None: ...

class SpinResponse(_message.Message):
    __slots__ = ("state", "payload")
    STATE_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    state: int
    payload: bytes
    def __init__(self, state: _Optional[int] = ..., payload: _Optional[bytes] = ...) -> None: ...
