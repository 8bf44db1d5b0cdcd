"""The head of a run folder, run.json: what was asked, where it ran, what disturbed it. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from gateway.bench.plan import Case, Plan, Scenario

FORMAT = 1
PARTIAL, COMPLETE = "partial", "complete"
IDENTICAL, DIFFERS = "identical", "differs"


class ManifestError(ValueError):
    """run.json does not say what it must; the text names the key."""


@dataclass(frozen=True, slots=True)
class RoundNote:
    """One round: when it ran (CLOCK_MONOTONIC ns), and what else used the machine meanwhile, in ns of CPU time."""

    start_ns: int
    end_ns: int
    steal_ns: int
    foreign_cpu_ns: int
    cpus: int

    @property
    def disturbed(self) -> bool:
        """Whether the hypervisor took over 1 % or other processes over 5 % of the machine's CPU time."""
        available = max(1, (self.end_ns - self.start_ns) * self.cpus)
        return self.steal_ns > 0.01 * available or self.foreign_cpu_ns > 0.05 * available


@dataclass(slots=True)
class Manifest:
    """What run.json holds. Nothing of it comes from the bytes of an input."""

    plan: Plan
    command: list[str]
    created: str
    machine: dict[str, Any]
    cpu_sets: dict[str, dict[str, list[int]]]
    versions: dict[str, str]
    git: dict[str, Any]
    input: dict[str, Any]
    agreement: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    not_measured: list[dict[str, str]] = field(default_factory=list)
    traces: list[dict[str, Any]] = field(default_factory=list)
    go_test: dict[str, Any] = field(default_factory=dict)
    rounds: list[RoundNote] = field(default_factory=list)
    blocks: int = 0
    samples: int = 0
    first_round_after_s: float | None = None
    took_s: float | None = None
    state: str = PARTIAL
    format: int = FORMAT

    @property
    def again(self) -> list[str]:
        """The command that measures the same once more, into another folder."""
        kept = [part for index, part in enumerate(self.command) if not self._names_out(index)]
        return kept if "--seed" in kept else [*kept, "--seed", str(self.plan.seed)]

    def _names_out(self, index: int) -> bool:
        part, before = self.command[index], self.command[index - 1] if index else ""
        return part == "--out" or part.startswith("--out=") or before == "--out"

    def to_json(self) -> dict[str, Any]:
        """Return the manifest as JSON values."""
        return asdict(self)


def from_json(content: Any) -> Manifest:
    """Read a manifest back; raises ManifestError naming what is missing or newer than this program."""
    if not isinstance(content, dict) or "format" not in content:
        raise ManifestError("run.json is not the head of a run")
    if content["format"] != FORMAT:
        raise ManifestError(f"run.json has format {content['format']}, this gateway reads {FORMAT}")
    try:
        rest = {key: value for key, value in content.items() if key not in ("plan", "rounds")}
        return Manifest(plan=_plan(content["plan"]), rounds=[RoundNote(**one) for one in content["rounds"]], **rest)
    except KeyError as error:
        raise ManifestError(f"run.json has no key {error}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise ManifestError("run.json has a key too many, too few or of another type") from error


def _plan(content: dict[str, Any]) -> Plan:
    cases = tuple(Case(**{**case, "scenario": Scenario(**case["scenario"])}) for case in content["cases"])
    return Plan(**{**content, "cases": cases})
