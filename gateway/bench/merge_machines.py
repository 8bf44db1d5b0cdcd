"""Which runs are of one machine, and what of the machines a reader must know. Pure.

A machine is known by the name that it was given (SIDECAR_MACHINE, such as a cluster's name of the node) and by its
boot, which containers and virtual nodes of one kernel share. Runs that have neither, on equal hardware, count as one:
a machine that counts twice makes an interval too narrow, one that is not counted only makes it wider.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.bench.compare_likeness import other_machine
from gateway.bench.merge_interval import MIN_MACHINES
from gateway.report.quantities import size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gateway.bench.findings import Findings
    from gateway.bench.manifest import Manifest
    from gateway.bench.merge import Named

BY_NAME, BY_BOOT, BY_HARDWARE = "the same name", "the same boot", "nothing tells them apart"


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine: its runs by name, which of them can be trusted, and what it is.

    `distrust` says why none of its figures count; empty when some do.
    """

    name: str
    runs: tuple[str, ...]
    trusted: tuple[bool, ...]
    distrust: str
    cpu_model: str
    cpus: int
    memory: str
    system: str
    control: tuple[float, ...]
    """Each run's A/A ratio."""


def machines(runs: Sequence[Named]) -> list[Machine]:
    """Return the machines in the order of their first runs."""
    groups: list[list[Named]] = []
    for run in runs:
        known = next((one for one in groups if any(_same(run, other) for other in one)), None)
        if known is None:
            groups.append([run])
        else:
            known.append(run)
    return [_machine(one) for one in groups]


def same_machine(one: Manifest, other: Manifest) -> str:
    """Return by what two runs are of one machine, empty when they are not."""
    a, b = one.machine, other.machine
    if a.get("boot") and a.get("boot") == b.get("boot"):
        return BY_BOOT
    if a.get("name") and b.get("name"):
        return BY_NAME if a["name"] == b["name"] else ""
    told_apart = (a.get("boot") and b.get("boot")) or other_machine(one, other)
    return "" if told_apart else BY_HARDWARE


def notes(runs: Sequence[Named], found: Sequence[Machine]) -> Iterator[str]:
    """Yield in sentences: machines measured twice, that do not count, that are too few or of several kinds."""
    by_name = {one.name: one.findings.manifest for one in runs}
    for one in found:
        if len(one.runs) > 1:
            why = same_machine(by_name[one.runs[0]], by_name[one.runs[-1]]) or "each is one with another of them"
            yield f"{', '.join(one.runs)} are runs of one machine ({why}): it counts once"
    for one in found:
        if one.distrust:
            yield f"{one.name} does not count: {one.distrust}"
    counted = [one for one in found if not one.distrust]
    if len(counted) < MIN_MACHINES:
        yield f"too few machines ({len(counted)}) for an interval over machines, which takes {MIN_MACHINES}"
    kinds = sorted({one.cpu_model or "unknown" for one in counted})
    if len(kinds) > 1:
        yield f"the machines are of {len(kinds)} kinds ({', '.join(kinds)}): their mean is of this mixture"
    yield from _versions(runs)


def _same(run: Named, other: Named) -> bool:
    return bool(same_machine(run.findings.manifest, other.findings.manifest))


def _machine(runs: Sequence[Named]) -> Machine:
    about: dict[str, Any] = runs[0].findings.manifest.machine
    trusted = tuple(not one.findings.distrust for one in runs)
    return Machine(
        name=str(about.get("name") or runs[0].name),
        runs=tuple(one.name for one in runs),
        trusted=trusted,
        distrust="" if any(trusted) else runs[0].findings.distrust,
        cpu_model=str(about.get("cpu_model") or about.get("architecture") or ""),
        cpus=len(about.get("cpus_usable") or ()),
        memory=size(about["memory_bytes"]) if about.get("memory_bytes") else "",
        system=" ".join(str(about[key]) for key in ("system", "kernel") if about.get(key)),
        control=tuple(one.findings.summary.control.estimate for one in runs),
    )


def _versions(runs: Sequence[Named]) -> Iterator[str]:
    """Yield what was built differently on different machines: its effect cannot be told from theirs."""
    for what in ("gateway", "worker", "driver", "go", "rust"):
        found = sorted({_version(one.findings, what) for one in runs})
        if len(found) > 1:
            yield f"the machines ran other versions of {what} ({', '.join(found)}): that is not told from the machine"
    commits = sorted({str(one.findings.manifest.git.get("commit", ""))[:12] for one in runs} - {""})
    if len(commits) > 1:
        yield f"the runs are of other commits ({', '.join(commits)}): that is not told from the machine"


def _version(findings: Findings, what: str) -> str:
    return findings.manifest.versions.get(what) or "unknown"
