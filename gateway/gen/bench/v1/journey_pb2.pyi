from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PrepareRequest(_message.Message):
    __slots__ = ("traffic", "requests")
    TRAFFIC_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    traffic: str
    requests: _containers.RepeatedCompositeFieldContainer[HttpRequest]
    def __init__(self, traffic: _Optional[str] = ..., requests: _Optional[_Iterable[_Union[HttpRequest, _Mapping]]] = ...) -> None: ...

class HttpRequest(_message.Message):
    __slots__ = ("method", "target", "body")
    METHOD_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    method: str
    target: str
    body: bytes
    def __init__(self, method: _Optional[str] = ..., target: _Optional[str] = ..., body: _Optional[bytes] = ...) -> None: ...

class PrepareResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RideRequest(_message.Message):
    __slots__ = ("address", "traffics", "duration_ns", "seed", "timeout_ns")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    TRAFFICS_FIELD_NUMBER: _ClassVar[int]
    DURATION_NS_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_NS_FIELD_NUMBER: _ClassVar[int]
    address: str
    traffics: _containers.RepeatedCompositeFieldContainer[Traffic]
    duration_ns: int
    seed: int
    timeout_ns: int
    def __init__(self, address: _Optional[str] = ..., traffics: _Optional[_Iterable[_Union[Traffic, _Mapping]]] = ..., duration_ns: _Optional[int] = ..., seed: _Optional[int] = ..., timeout_ns: _Optional[int] = ...) -> None: ...

class Traffic(_message.Message):
    __slots__ = ("name", "rate_per_s", "connections")
    NAME_FIELD_NUMBER: _ClassVar[int]
    RATE_PER_S_FIELD_NUMBER: _ClassVar[int]
    CONNECTIONS_FIELD_NUMBER: _ClassVar[int]
    name: str
    rate_per_s: float
    connections: int
    def __init__(self, name: _Optional[str] = ..., rate_per_s: _Optional[float] = ..., connections: _Optional[int] = ...) -> None: ...

class RideResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[TrafficResult]
    def __init__(self, results: _Optional[_Iterable[_Union[TrafficResult, _Mapping]]] = ...) -> None: ...

class TrafficResult(_message.Message):
    __slots__ = ("requests", "failures", "due", "start_ns", "end_ns", "bucket_values", "bucket_counts", "request_bytes", "reply_bytes")
    class FailuresEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: int
        value: int
        def __init__(self, key: _Optional[int] = ..., value: _Optional[int] = ...) -> None: ...
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    DUE_FIELD_NUMBER: _ClassVar[int]
    START_NS_FIELD_NUMBER: _ClassVar[int]
    END_NS_FIELD_NUMBER: _ClassVar[int]
    BUCKET_VALUES_FIELD_NUMBER: _ClassVar[int]
    BUCKET_COUNTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_BYTES_FIELD_NUMBER: _ClassVar[int]
    REPLY_BYTES_FIELD_NUMBER: _ClassVar[int]
    requests: int
    failures: _containers.ScalarMap[int, int]
    due: int
    start_ns: int
    end_ns: int
    bucket_values: _containers.RepeatedScalarFieldContainer[int]
    bucket_counts: _containers.RepeatedScalarFieldContainer[int]
    request_bytes: int
    reply_bytes: int
    def __init__(self, requests: _Optional[int] = ..., failures: _Optional[_Mapping[int, int]] = ..., due: _Optional[int] = ..., start_ns: _Optional[int] = ..., end_ns: _Optional[int] = ..., bucket_values: _Optional[_Iterable[int]] = ..., bucket_counts: _Optional[_Iterable[int]] = ..., request_bytes: _Optional[int] = ..., reply_bytes: _Optional[int] = ...) -> None: ...
