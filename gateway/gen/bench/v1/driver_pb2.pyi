from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Mode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MODE_UNSPECIFIED: _ClassVar[Mode]
    MODE_OFF: _ClassVar[Mode]
    MODE_STAMPS: _ClassVar[Mode]
    MODE_UNSAMPLED: _ClassVar[Mode]
    MODE_SAMPLED: _ClassVar[Mode]
MODE_UNSPECIFIED: Mode
MODE_OFF: Mode
MODE_STAMPS: Mode
MODE_UNSAMPLED: Mode
MODE_SAMPLED: Mode

class DescribeRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DescribeResponse(_message.Message):
    __slots__ = ("pid", "go_version", "routes", "kernels", "references", "clock_read_ns", "build", "inproc_init_ns")
    class BuildEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    PID_FIELD_NUMBER: _ClassVar[int]
    GO_VERSION_FIELD_NUMBER: _ClassVar[int]
    ROUTES_FIELD_NUMBER: _ClassVar[int]
    KERNELS_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    CLOCK_READ_NS_FIELD_NUMBER: _ClassVar[int]
    BUILD_FIELD_NUMBER: _ClassVar[int]
    INPROC_INIT_NS_FIELD_NUMBER: _ClassVar[int]
    pid: int
    go_version: str
    routes: _containers.RepeatedCompositeFieldContainer[Route]
    kernels: _containers.RepeatedCompositeFieldContainer[Kernel]
    references: _containers.RepeatedCompositeFieldContainer[Reference]
    clock_read_ns: float
    build: _containers.ScalarMap[str, str]
    inproc_init_ns: int
    def __init__(self, pid: _Optional[int] = ..., go_version: _Optional[str] = ..., routes: _Optional[_Iterable[_Union[Route, _Mapping]]] = ..., kernels: _Optional[_Iterable[_Union[Kernel, _Mapping]]] = ..., references: _Optional[_Iterable[_Union[Reference, _Mapping]]] = ..., clock_read_ns: _Optional[float] = ..., build: _Optional[_Mapping[str, str]] = ..., inproc_init_ns: _Optional[int] = ...) -> None: ...

class Reference(_message.Message):
    __slots__ = ("name", "unavailable")
    NAME_FIELD_NUMBER: _ClassVar[int]
    UNAVAILABLE_FIELD_NUMBER: _ClassVar[int]
    name: str
    unavailable: str
    def __init__(self, name: _Optional[str] = ..., unavailable: _Optional[str] = ...) -> None: ...

class Kernel(_message.Message):
    __slots__ = ("name", "package", "bytes", "version", "comparer", "idempotent", "fallback_safe", "has_original", "inproc_first_call_ns")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PACKAGE_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    COMPARER_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENT_FIELD_NUMBER: _ClassVar[int]
    FALLBACK_SAFE_FIELD_NUMBER: _ClassVar[int]
    HAS_ORIGINAL_FIELD_NUMBER: _ClassVar[int]
    INPROC_FIRST_CALL_NS_FIELD_NUMBER: _ClassVar[int]
    name: str
    package: str
    bytes: bool
    version: int
    comparer: str
    idempotent: bool
    fallback_safe: bool
    has_original: bool
    inproc_first_call_ns: int
    def __init__(self, name: _Optional[str] = ..., package: _Optional[str] = ..., bytes: _Optional[bool] = ..., version: _Optional[int] = ..., comparer: _Optional[str] = ..., idempotent: _Optional[bool] = ..., fallback_safe: _Optional[bool] = ..., has_original: _Optional[bool] = ..., inproc_first_call_ns: _Optional[int] = ...) -> None: ...

class Route(_message.Message):
    __slots__ = ("kernel", "route", "unavailable")
    KERNEL_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    UNAVAILABLE_FIELD_NUMBER: _ClassVar[int]
    kernel: str
    route: str
    unavailable: str
    def __init__(self, kernel: _Optional[str] = ..., route: _Optional[str] = ..., unavailable: _Optional[str] = ...) -> None: ...

class LoadRequest(_message.Message):
    __slots__ = ("scenario", "kernel", "requests")
    SCENARIO_FIELD_NUMBER: _ClassVar[int]
    KERNEL_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    scenario: str
    kernel: str
    requests: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, scenario: _Optional[str] = ..., kernel: _Optional[str] = ..., requests: _Optional[_Iterable[bytes]] = ...) -> None: ...

class LoadResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class AnswerRequest(_message.Message):
    __slots__ = ("scenario", "route", "callers", "repeats", "timeout_ns")
    SCENARIO_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    CALLERS_FIELD_NUMBER: _ClassVar[int]
    REPEATS_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_NS_FIELD_NUMBER: _ClassVar[int]
    scenario: str
    route: str
    callers: int
    repeats: int
    timeout_ns: int
    def __init__(self, scenario: _Optional[str] = ..., route: _Optional[str] = ..., callers: _Optional[int] = ..., repeats: _Optional[int] = ..., timeout_ns: _Optional[int] = ...) -> None: ...

class AnswerResponse(_message.Message):
    __slots__ = ("index", "response", "outcomes", "status", "reason", "message")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    index: int
    response: bytes
    outcomes: int
    status: int
    reason: int
    message: str
    def __init__(self, index: _Optional[int] = ..., response: _Optional[bytes] = ..., outcomes: _Optional[int] = ..., status: _Optional[int] = ..., reason: _Optional[int] = ..., message: _Optional[str] = ...) -> None: ...

class TraceRequest(_message.Message):
    __slots__ = ("scenario", "index", "route", "mode", "timeout_ns")
    SCENARIO_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_NS_FIELD_NUMBER: _ClassVar[int]
    scenario: str
    index: int
    route: str
    mode: Mode
    timeout_ns: int
    def __init__(self, scenario: _Optional[str] = ..., index: _Optional[int] = ..., route: _Optional[str] = ..., mode: _Optional[_Union[Mode, str]] = ..., timeout_ns: _Optional[int] = ...) -> None: ...

class TraceResponse(_message.Message):
    __slots__ = ("record", "trace_id", "response", "status", "reason", "message")
    RECORD_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    record: Records
    trace_id: bytes
    response: bytes
    status: int
    reason: int
    message: str
    def __init__(self, record: _Optional[_Union[Records, _Mapping]] = ..., trace_id: _Optional[bytes] = ..., response: _Optional[bytes] = ..., status: _Optional[int] = ..., reason: _Optional[int] = ..., message: _Optional[str] = ...) -> None: ...

class MeasureRequest(_message.Message):
    __slots__ = ("scenario", "route", "callers", "rate_per_s", "duration_ns", "max_calls", "mode", "seed", "reservoir", "batch", "gomaxprocs", "timeout_ns")
    SCENARIO_FIELD_NUMBER: _ClassVar[int]
    ROUTE_FIELD_NUMBER: _ClassVar[int]
    CALLERS_FIELD_NUMBER: _ClassVar[int]
    RATE_PER_S_FIELD_NUMBER: _ClassVar[int]
    DURATION_NS_FIELD_NUMBER: _ClassVar[int]
    MAX_CALLS_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    RESERVOIR_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    GOMAXPROCS_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_NS_FIELD_NUMBER: _ClassVar[int]
    scenario: str
    route: str
    callers: int
    rate_per_s: float
    duration_ns: int
    max_calls: int
    mode: Mode
    seed: int
    reservoir: int
    batch: int
    gomaxprocs: int
    timeout_ns: int
    def __init__(self, scenario: _Optional[str] = ..., route: _Optional[str] = ..., callers: _Optional[int] = ..., rate_per_s: _Optional[float] = ..., duration_ns: _Optional[int] = ..., max_calls: _Optional[int] = ..., mode: _Optional[_Union[Mode, str]] = ..., seed: _Optional[int] = ..., reservoir: _Optional[int] = ..., batch: _Optional[int] = ..., gomaxprocs: _Optional[int] = ..., timeout_ns: _Optional[int] = ...) -> None: ...

class MeasureResponse(_message.Message):
    __slots__ = ("calls", "failures", "start_ns", "end_ns", "batch", "bucket_values", "bucket_counts", "histogram_unit_ns", "records", "cpu_ns", "allocated_objects", "allocated_bytes", "gc_cycles", "gc_pause_ns", "request_bytes", "reply_bytes", "voluntary_switches", "involuntary_switches", "minor_faults", "major_faults", "gc_cpu_ns", "gc_pause_max_ns", "threads", "go_memory_bytes", "heap_live_bytes", "spans_dropped")
    class FailuresEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: int
        value: int
        def __init__(self, key: _Optional[int] = ..., value: _Optional[int] = ...) -> None: ...
    CALLS_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    START_NS_FIELD_NUMBER: _ClassVar[int]
    END_NS_FIELD_NUMBER: _ClassVar[int]
    BATCH_FIELD_NUMBER: _ClassVar[int]
    BUCKET_VALUES_FIELD_NUMBER: _ClassVar[int]
    BUCKET_COUNTS_FIELD_NUMBER: _ClassVar[int]
    HISTOGRAM_UNIT_NS_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    CPU_NS_FIELD_NUMBER: _ClassVar[int]
    ALLOCATED_OBJECTS_FIELD_NUMBER: _ClassVar[int]
    ALLOCATED_BYTES_FIELD_NUMBER: _ClassVar[int]
    GC_CYCLES_FIELD_NUMBER: _ClassVar[int]
    GC_PAUSE_NS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_BYTES_FIELD_NUMBER: _ClassVar[int]
    REPLY_BYTES_FIELD_NUMBER: _ClassVar[int]
    VOLUNTARY_SWITCHES_FIELD_NUMBER: _ClassVar[int]
    INVOLUNTARY_SWITCHES_FIELD_NUMBER: _ClassVar[int]
    MINOR_FAULTS_FIELD_NUMBER: _ClassVar[int]
    MAJOR_FAULTS_FIELD_NUMBER: _ClassVar[int]
    GC_CPU_NS_FIELD_NUMBER: _ClassVar[int]
    GC_PAUSE_MAX_NS_FIELD_NUMBER: _ClassVar[int]
    THREADS_FIELD_NUMBER: _ClassVar[int]
    GO_MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    HEAP_LIVE_BYTES_FIELD_NUMBER: _ClassVar[int]
    SPANS_DROPPED_FIELD_NUMBER: _ClassVar[int]
    calls: int
    failures: _containers.ScalarMap[int, int]
    start_ns: int
    end_ns: int
    batch: int
    bucket_values: _containers.RepeatedScalarFieldContainer[int]
    bucket_counts: _containers.RepeatedScalarFieldContainer[int]
    histogram_unit_ns: float
    records: Records
    cpu_ns: int
    allocated_objects: int
    allocated_bytes: int
    gc_cycles: int
    gc_pause_ns: int
    request_bytes: int
    reply_bytes: int
    voluntary_switches: int
    involuntary_switches: int
    minor_faults: int
    major_faults: int
    gc_cpu_ns: int
    gc_pause_max_ns: int
    threads: int
    go_memory_bytes: int
    heap_live_bytes: int
    spans_dropped: int
    def __init__(self, calls: _Optional[int] = ..., failures: _Optional[_Mapping[int, int]] = ..., start_ns: _Optional[int] = ..., end_ns: _Optional[int] = ..., batch: _Optional[int] = ..., bucket_values: _Optional[_Iterable[int]] = ..., bucket_counts: _Optional[_Iterable[int]] = ..., histogram_unit_ns: _Optional[float] = ..., records: _Optional[_Union[Records, _Mapping]] = ..., cpu_ns: _Optional[int] = ..., allocated_objects: _Optional[int] = ..., allocated_bytes: _Optional[int] = ..., gc_cycles: _Optional[int] = ..., gc_pause_ns: _Optional[int] = ..., request_bytes: _Optional[int] = ..., reply_bytes: _Optional[int] = ..., voluntary_switches: _Optional[int] = ..., involuntary_switches: _Optional[int] = ..., minor_faults: _Optional[int] = ..., major_faults: _Optional[int] = ..., gc_cpu_ns: _Optional[int] = ..., gc_pause_max_ns: _Optional[int] = ..., threads: _Optional[int] = ..., go_memory_bytes: _Optional[int] = ..., heap_live_bytes: _Optional[int] = ..., spans_dropped: _Optional[int] = ...) -> None: ...

class Records(_message.Message):
    __slots__ = ("t0_ns", "t1_ns", "t2_ns", "t3_ns", "t4_ns", "t5_ns", "t6_ns", "t7_ns", "t8_ns", "t9_ns", "t10_ns", "total_ns", "request_index", "p0_ns", "p1_ns", "p2_ns", "p3_ns")
    T0_NS_FIELD_NUMBER: _ClassVar[int]
    T1_NS_FIELD_NUMBER: _ClassVar[int]
    T2_NS_FIELD_NUMBER: _ClassVar[int]
    T3_NS_FIELD_NUMBER: _ClassVar[int]
    T4_NS_FIELD_NUMBER: _ClassVar[int]
    T5_NS_FIELD_NUMBER: _ClassVar[int]
    T6_NS_FIELD_NUMBER: _ClassVar[int]
    T7_NS_FIELD_NUMBER: _ClassVar[int]
    T8_NS_FIELD_NUMBER: _ClassVar[int]
    T9_NS_FIELD_NUMBER: _ClassVar[int]
    T10_NS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_NS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_INDEX_FIELD_NUMBER: _ClassVar[int]
    P0_NS_FIELD_NUMBER: _ClassVar[int]
    P1_NS_FIELD_NUMBER: _ClassVar[int]
    P2_NS_FIELD_NUMBER: _ClassVar[int]
    P3_NS_FIELD_NUMBER: _ClassVar[int]
    t0_ns: _containers.RepeatedScalarFieldContainer[int]
    t1_ns: _containers.RepeatedScalarFieldContainer[int]
    t2_ns: _containers.RepeatedScalarFieldContainer[int]
    t3_ns: _containers.RepeatedScalarFieldContainer[int]
    t4_ns: _containers.RepeatedScalarFieldContainer[int]
    t5_ns: _containers.RepeatedScalarFieldContainer[int]
    t6_ns: _containers.RepeatedScalarFieldContainer[int]
    t7_ns: _containers.RepeatedScalarFieldContainer[int]
    t8_ns: _containers.RepeatedScalarFieldContainer[int]
    t9_ns: _containers.RepeatedScalarFieldContainer[int]
    t10_ns: _containers.RepeatedScalarFieldContainer[int]
    total_ns: _containers.RepeatedScalarFieldContainer[float]
    request_index: _containers.RepeatedScalarFieldContainer[int]
    p0_ns: _containers.RepeatedScalarFieldContainer[int]
    p1_ns: _containers.RepeatedScalarFieldContainer[int]
    p2_ns: _containers.RepeatedScalarFieldContainer[int]
    p3_ns: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, t0_ns: _Optional[_Iterable[int]] = ..., t1_ns: _Optional[_Iterable[int]] = ..., t2_ns: _Optional[_Iterable[int]] = ..., t3_ns: _Optional[_Iterable[int]] = ..., t4_ns: _Optional[_Iterable[int]] = ..., t5_ns: _Optional[_Iterable[int]] = ..., t6_ns: _Optional[_Iterable[int]] = ..., t7_ns: _Optional[_Iterable[int]] = ..., t8_ns: _Optional[_Iterable[int]] = ..., t9_ns: _Optional[_Iterable[int]] = ..., t10_ns: _Optional[_Iterable[int]] = ..., total_ns: _Optional[_Iterable[float]] = ..., request_index: _Optional[_Iterable[int]] = ..., p0_ns: _Optional[_Iterable[int]] = ..., p1_ns: _Optional[_Iterable[int]] = ..., p2_ns: _Optional[_Iterable[int]] = ..., p3_ns: _Optional[_Iterable[int]] = ...) -> None: ...
