"""Whether two runs may be held against each other: the same cases, input and lengths, on the same machine. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.bench.manifest import Manifest

_MACHINE = ("architecture", "cpu_model", "cpus_online", "cpus_usable", "cgroup_cpu_limit")


def unlike(before: Manifest, after: Manifest) -> list[str]:
    """Return in sentences what the runs did not measure alike; how many rounds they have does not matter."""
    one, other = before.plan, after.plan
    checks = [
        (set(one.cases) != set(other.cases), "the runs have other cases"),
        (before.input != after.input, "the runs have other inputs"),
        (before.placement != after.placement, f"one is placed {before.placement}, the other {after.placement}"),
        (one.block_ns != other.block_ns, "the blocks of the plans are of other lengths"),
        (one.min_calls != other.min_calls, "the plans want other numbers of calls a block"),
    ]
    return [sentence for applies, sentence in checks if applies]


def other_machine(before: Manifest, after: Manifest) -> str:
    """Return what tells the machines apart, empty when nothing that run.json knows does."""
    differing = [key for key in _MACHINE if before.machine.get(key) != after.machine.get(key)]
    return f"the runs are of two machines ({', '.join(differing)})" if differing else ""
