"""What a run says of the containers that it measured beside the host's processes, in lines for a terminal. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.report import cells
from gateway.report.quantities import duration, percent, size
from gateway.report.subjects import TYPICAL_BYTES

if TYPE_CHECKING:
    from gateway.bench.beside import Beside
    from gateway.bench.findings import Findings

OFTEN_S = 10.0
"""Health checks that come more often take CPU in most rounds."""
HELD_BACK = 0.01
"""A limit that held a container back for a larger share of the rounds has slowed it."""


def lines(findings: Findings) -> list[str]:
    """Return what a container adds by each route, which stack it was, and what was unfair to it; none without one."""
    if not findings.manifest.target:
        return []
    return [*_ratios(findings), _which(findings.manifest.target), *unfair(findings)]


def unfair(findings: Findings) -> list[str]:
    """Return in sentences what slowed the containers besides being containers."""
    target = findings.manifest.target
    return [*_held_back(findings), *_narrower(findings), *_checked(target)]


def _ratios(findings: Findings) -> list[str]:
    """`uds/msgpack 1.03× (1.01 to 1.05) · grpc-tcp/protobuf … the time of a process of the host (echo 4 KiB)`."""
    alone = [one for one in findings.summary.beside if one.scenario.alone]
    nearest = min(alone, key=_from_typical, default=None)
    if nearest is None:
        return []
    there = [one for one in alone if one.scenario == nearest.scenario]
    told = [f"{one.route} {cells.near_one(one.ratio)}" for one in there]
    return [f"{' · '.join(told)} the time of a process of the host ({nearest.scenario.name})"]


def _from_typical(one: Beside) -> tuple[bool, int]:
    return one.scenario.kernel != "echo", abs(one.scenario.size_bytes - TYPICAL_BYTES)


def _which(target: dict[str, Any]) -> str:
    """`project sidecar, engine 20.10.24, brought up for this run; worker 1 CPU, 256 MiB · gateway 1 CPU, 256 MiB`."""
    if target.get("inside"):
        return "measured from inside of the network: containers not pinned, their CPU time not seen"
    found = "brought up for this run" if target.get("started") else "as it ran"
    limits = [f"{name} {_limits(one)}" for name, one in target.get("containers", {}).items()]
    return f"project {target.get('project')}, engine {target.get('engine')}, {found}; {' · '.join(limits)}"


def _limits(one: dict[str, Any]) -> str:
    told = [
        f"{one['cpus']:g} CPU" if one.get("cpus") else "",
        size(one["memory_bytes"]) if one.get("memory_bytes") else "",
    ]
    return ", ".join(text for text in told if text) or "without a limit"


def _held_back(findings: Findings) -> list[str]:
    rounds = findings.manifest.rounds
    whole_ns = rounds[-1].end_ns - rounds[0].start_ns if rounds else 0
    held = {name: ns for name, ns in findings.manifest.target.get("throttled_ns", {}).items() if ns}
    return [
        f"its CPU limit held {name} back for {duration(ns)}, {percent(ns / whole_ns)} of the rounds"
        for name, ns in held.items()
        if whole_ns and ns > HELD_BACK * whole_ns
    ]


def _narrower(findings: Findings) -> list[str]:
    cpus = len(findings.manifest.cpu_sets.get("process", {}).get("worker", ()))
    containers = findings.manifest.target.get("containers", {})
    return [
        f"{name} may use {one['cpus']:g} CPU, a process of the host {cpus}: raise SIDECAR_{name.upper()}_CPUS"
        for name, one in containers.items()
        if one.get("cpus") and one["cpus"] < cpus
    ]


def _checked(target: dict[str, Any]) -> list[str]:
    every = [one.get("checked_every_s") for one in target.get("containers", {}).values()]
    often = [seconds for seconds in every if seconds and seconds < OFTEN_S]
    remedy = "take the stack down, and the bench brings up one without"
    return [f"health checks every {min(often):g} s take CPU of both: {remedy}"] if often else []
