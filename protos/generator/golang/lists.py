"""The closed lists in Go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protos.generator import HEADER
from protos.generator.golang.names import camel

if TYPE_CHECKING:
    from collections.abc import Callable

    from protos.generator.lists import Kernel, Lists, Reason

INITIALISMS = {"ns": "Ns", "uds": "UDS", "tcp": "TCP", "grpc": "GRPC"}


def lists_file(lists: Lists) -> str:
    """Text of go_service/wire/lists_generated.go."""
    parts = (
        _head,
        _limits,
        _reasons,
        _executed,
        _stages,
        _codecs,
        _channels,
        _references,
        _frames,
        _attributes,
        _kernels,
    )
    return "\n".join(part(lists) for part in parts)


def _head(lists: Lists) -> str:
    return f"""// {HEADER}

package wire

import "google.golang.org/grpc/codes"

// Version of the contract.
const (
	ContractMajor = {lists.major}
	ContractMinor = {lists.minor}
	// Contract has the major in the high 16 bits and the minor in the low 16.
	Contract uint32 = ContractMajor<<16 | ContractMinor
	// ContractText is the version as handshakes write it.
	ContractText = "{lists.major}.{lists.minor}"
)
"""


def _limits(lists: Lists) -> str:
    rows = "".join(f"\t{camel(name)} = {value}\n" for name, value in lists.limits.items())
    return f"// Limits of the contract.\nconst (\n{rows})\n"


def _enum(name: str, base: str, doc: str, prefix: str, rows: list[tuple[str, str, str]]) -> str:
    """An integer type with constants and String; a row is (name, number, doc)."""
    constants = "".join(
        (f"\t// {prefix}{camel(entry.lower())}: {text}\n" if text else "")
        + f"\t{prefix}{camel(entry.lower())} {name} = {number}\n"
        for entry, number, text in rows
    )
    cases = "".join(f'\tcase {prefix}{camel(entry.lower())}:\n\t\treturn "{entry}"\n' for entry, _, _ in rows)
    return f"""// {name} {doc}
type {name} {base}

// Values of {name}.
const (
{constants})

// String returns the name in the contract, or "" for a number that the contract does not have.
func (v {name}) String() string {{
	switch v {{
{cases}	default:
		return ""
	}}
}}

// Known tells whether the contract has the number.
func (v {name}) Known() bool {{
	return v.String() != ""
}}
"""


def _reasons(lists: Lists) -> str:
    rows = [(reason.name, str(reason.number), reason.doc) for reason in lists.reasons]
    return f"""{_enum("Reason", "uint32", "says why a call failed.", "Reason", rows)}
// Code returns the canonical code that always goes with the reason; codes.Internal for an unknown reason.
func (v Reason) Code() codes.Code {{
	switch v {{
{_by(lists.reasons, lambda reason: f"codes.{_code(reason.status)}")}	default:
		return codes.Internal
	}}
}}

// Executed returns what the reason says of the kernel.
func (v Reason) Executed() Executed {{
	switch v {{
{_by(lists.reasons, lambda reason: f"Executed{camel(reason.executed)}")}	default:
		return ExecutedUnknown
	}}
}}

// Doc returns the reason as a sentence for a person.
func (v Reason) Doc() string {{
	switch v {{
{_by(lists.reasons, lambda reason: f'"{reason.doc}"')}	default:
		return ""
	}}
}}
"""


def _code(status: str) -> str:
    special = {"OK": "OK", "CANCELLED": "Canceled"}
    return special.get(status, camel(status.lower()))


def _by(reasons: tuple[Reason, ...], answer: Callable[[Reason], str]) -> str:
    """Cases of a switch over reasons, those with the same answer together."""
    groups: dict[str, list[str]] = {}
    for reason in reasons:
        groups.setdefault(answer(reason), []).append(f"Reason{camel(reason.name.lower())}")
    return "".join(f"\tcase {', '.join(names)}:\n\t\treturn {value}\n" for value, names in groups.items())


def _executed(lists: Lists) -> str:
    rows = [(entry.name, str(entry.number), "") for entry in lists.executed]
    return _enum("Executed", "uint32", "says whether the worker may have run the kernel.", "Executed", rows)


def _stages(lists: Lists) -> str:
    rows = [(stage.name, str(number), f"{stage.start} to {stage.end}.") for number, stage in enumerate(lists.stages)]
    stamps = "".join(f"\t// {stamp.name.upper()}: {stamp.doc}.\n\t{stamp.name.upper()}\n" for stamp in lists.stamps)
    stamps = stamps.replace("\tT0\n", "\tT0 = iota\n", 1)
    ends = "".join(f"\tStage{camel(s.name)}: {{{s.start.upper()}, {s.end.upper()}}},\n" for s in lists.stages)
    return f"""// Stamps of a call as indexes, CLOCK_MONOTONIC ns; T4 to T8 come from the worker.
const (
{stamps}	// StampCount is their number.
	StampCount
)

{_enum("Stage", "uint32", "is a named part of a call.", "Stage", rows)}
// StageCount is the number of stages.
const StageCount = {len(lists.stages)}

// StageStamps has the stamps between which each stage lies.
var StageStamps = [StageCount][2]int{{
{ends}}}
{_hop_stages(lists)}"""


def _hop_stages(lists: Lists) -> str:
    def point(stamp: str) -> str:
        return f"{{Hop: {str(stamp.startswith('p')).lower()}, Index: {int(stamp[1:])}}}"

    rows = "".join(
        f'\t{{Name: "{s.name}", Of: Stage{camel(s.of)}, From: HopPoint{point(s.start)}, To: HopPoint{point(s.end)}}},\n'
        for s in lists.hop_stages
    )
    return f"""
// HopPoint is a stamp of the call, or of the hop on its way: p0 to p3.
type HopPoint struct {{
	Hop   bool
	Index int
}}

// HopStage is a third of a wire stage where a proxy stands between.
type HopStage struct {{
	Name     string
	Of       Stage
	From, To HopPoint
}}

// HopStages are those of one hop, in the order of a call.
var HopStages = []HopStage{{
{rows}}}
"""


def _codecs(lists: Lists) -> str:
    rows = [(entry.name, str(entry.number), "") for entry in lists.codecs]
    names = ", ".join(f"Codec{camel(entry.name)}" for entry in lists.codecs)
    return f"""{_enum("Codec", "uint32", "turns a typed message into bytes and back.", "Codec", rows)}
// Codecs are all codecs.
var Codecs = []Codec{{{names}}}

// Placement says where a route leads.
type Placement string

// Values of Placement.
const (
	PlacementNative  Placement = "native"
	PlacementInproc  Placement = "inproc"
	PlacementProcess Placement = "process"
)
"""


def _channel(name: str) -> str:
    return "Channel" + "".join(INITIALISMS.get(part, camel(part)) for part in name.split("-"))


def _channels(lists: Lists) -> str:
    names = "".join(f'\t{_channel(channel.name)} Channel = "{channel.name}"\n' for channel in lists.channels)
    specs = "".join(
        f"\t{{Name: {_channel(c.name)}, Placement: Placement{camel(c.placement)}, "
        f"Codecs: []Codec{{{', '.join(f'Codec{camel(codec)}' for codec in c.codecs)}}}, "
        f"Proxied: {str(c.proxied).lower()}}},\n"
        for c in lists.channels
    )
    natives = "".join(f'\tRoute{camel(name)} = "{name}"\n' for name in lists.natives)
    return f"""// Channel carries bytes across and back.
type Channel string

// Values of Channel.
const (
{names})

// Routes without a channel or a codec.
const (
{natives})

// ChannelSpec says where a channel leads and which codecs it carries.
type ChannelSpec struct {{
	Name      Channel
	Placement Placement
	Codecs    []Codec
	// Proxied: a hop stands between.
	Proxied bool
}}

// Channels are all channels.
var Channels = []ChannelSpec{{
{specs}}}
"""


def _references(lists: Lists) -> str:
    rows = "".join(
        f'\t{{Name: "{r.name}", Placement: Placement{camel(r.placement)}, '
        f"Channels: []Channel{{{', '.join(_channel(name) for name in r.channels)}}}}},\n"
        for r in lists.references
    )
    return f"""// Reference is a plain echo, measured beside the routes over its channels: their floor.
type Reference struct {{
	Name      string
	Placement Placement
	Channels  []Channel
}}

// References are all references.
var References = []Reference{{
{rows}}}
"""


def _frames(lists: Lists) -> str:
    types = [(entry.name, str(entry.number), "") for entry in lists.frame_types]
    flags = "".join(
        f"\t// Flag{camel(flag.name.lower())}: {flag.doc}.\n\tFlag{camel(flag.name.lower())} uint8 = {flag.number}\n"
        for flag in lists.frame_flags
    )
    known = " | ".join(f"Flag{camel(flag.name.lower())}" for flag in lists.frame_flags)
    return f"""{_enum("FrameType", "uint8", "is the type of a frame.", "Frame", types)}
// Flags of a frame.
const (
{flags}	// KnownFlags are all flags of the contract.
	KnownFlags = {known}
)
"""


def _attributes(lists: Lists) -> str:
    rows = "".join(f'\tAttribute{camel(name.removeprefix("boundary."))} = "{name}"\n' for name in lists.attributes)
    entries = "".join(
        f'\tMetadata{camel(name.removeprefix("boundary-").replace("-", "_"))} = "{name}"\n' for name in lists.metadata
    )
    return f"""// Metadata entries of the gRPC routes beside W3C's.
const (
{entries})

// Our own span attributes.
const (
{rows})
"""


def _kernels(lists: Lists) -> str:
    specs = "".join(_kernel(kernel) for kernel in lists.kernels)
    names = ", ".join(f"Kernel{camel(kernel.name)}" for kernel in lists.kernels)
    return f"""// KernelSpec is what a kernel states of itself.
type KernelSpec struct {{
	// Name as callers and frames write it.
	Name string
	// Package of its proto.
	Package string
	// Service is the full name of its gRPC service, Method the path of its method.
	Service, Method string
	// Version has the major in the high 16 bits and the minor in the low 16.
	Version uint32
	// Idempotent: a call whose fate is unknown may be made again.
	Idempotent bool
	// FallbackSafe: the native twin may answer instead.
	FallbackSafe bool
	// CheapUpToBytes is the encoded request up to which the worker computes on its I/O thread.
	CheapUpToBytes int
	// MaxRequestBytes bounds the encoded request; 0 means the message limit.
	MaxRequestBytes int
	// Comparer says how answers of two routes are compared.
	Comparer string
	// Misbehaves: hosted only when the worker is told to.
	Misbehaves bool
}}

{specs}
// Kernels are all kernels of the contract.
var Kernels = []KernelSpec{{{names}}}
"""


def _kernel(kernel: Kernel) -> str:
    def go(value: bool) -> str:
        return str(value).lower()

    major, minor = kernel.version
    return f"""// Kernel{camel(kernel.name)} is the kernel "{kernel.name}".
var Kernel{camel(kernel.name)} = KernelSpec{{
	Name: "{kernel.name}",
	Package: "{kernel.package}",
	Service: "{kernel.service}",
	Method: "{kernel.method}",
	Version: {major << 16 | minor:#010x},
	Idempotent: {go(kernel.idempotent)},
	FallbackSafe: {go(kernel.fallback_safe)},
	CheapUpToBytes: {kernel.cheap_up_to_bytes},
	MaxRequestBytes: {kernel.max_request_bytes},
	Comparer: "{kernel.comparer}",
	Misbehaves: {go(kernel.misbehaves)},
}}

"""
