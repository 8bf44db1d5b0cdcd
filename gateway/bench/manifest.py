"""The head of a run folder, run.json: what was asked, where it ran, what disturbed it. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.bench.plan import Case, Plan, Scenario

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 2
PARTIAL, COMPLETE = "partial", "complete"
IDENTICAL, DIFFERS = "identical", "differs"
PLANNED, PRECISION, TIME_BUDGET, INTERRUPTED = "planned", "precision", "time budget", "interrupted"
"""What ended the rounds."""
BLOCKS, SAMPLES = "blocks.parquet", "samples.parquet"
SEAL = "sha256"
_BENCH, _INPUT = "bench", "--input"
_REMEDY = "name a folder that `gateway bench` wrote"


class ManifestError(ValueError):
    """run.json does not say what it must; the text names the key, `remedy` what to do."""

    def __init__(self, what: str, remedy: str = _REMEDY) -> None:
        super().__init__(what)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class RoundNote:
    """One round: when it ran (CLOCK_MONOTONIC ns), and what else used the machine meanwhile, in ns of CPU time.

    `throttled_ns` is how long a CPU limit of our own cgroup held its processes back; `load_1min` the load at the end.
    """

    start_ns: int
    end_ns: int
    steal_ns: int
    foreign_cpu_ns: int
    cpus: int
    throttled_ns: int = 0
    load_1min: float = 0.0

    @property
    def disturbed(self) -> bool:
        """Whether hypervisor or CPU limit took over 1 %, or other processes over 5 %, of the machine's CPU time."""
        available = max(1, (self.end_ns - self.start_ns) * self.cpus)
        taken_ns = max(self.steal_ns, self.throttled_ns)
        return taken_ns > 0.01 * available or self.foreign_cpu_ns > 0.05 * available


@dataclass(slots=True)
class Manifest:
    """What run.json holds. Nothing of it comes from the bytes of an input.

    `ended` says what ended the rounds, `not_reached` in sentences what was asked for and not reached. `warmup` has for
    each case how many blocks and ns its warm-up took and whether it became steady. `policy` and `facts` are the
    verdicts' policy and the build's facts; `idle` is what the processes held before the first call. `bimodal` names the
    cases whose round trips had two modes. `files` has rows and SHA-256 of every table of the folder. `target` is the
    stack of containers that was measured beside the host's processes: engine, images, limits, and for how many ns a
    limit held each service back during the rounds; empty without one.
    """

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
    placement: str = "split"
    ended: str = ""
    not_reached: list[str] = field(default_factory=list)
    warmup: list[dict[str, Any]] = field(default_factory=list)
    policy: dict[str, Any] = field(default_factory=dict)
    idle: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    bimodal: list[str] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    target: dict[str, Any] = field(default_factory=dict)
    first_round_after_s: float | None = None
    took_s: float | None = None
    state: str = PARTIAL
    format: int = FORMAT

    @property
    def blocks(self) -> int:
        """Rows of the table of blocks."""
        return self._rows(BLOCKS)

    @property
    def samples(self) -> int:
        """Rows of the table of samples."""
        return self._rows(SAMPLES)

    def _rows(self, name: str) -> int:
        return int(self.files.get(name, {}).get("rows", 0))

    @property
    def again(self) -> list[str]:
        """The command that measures the same once more, into another folder."""
        kept = [part for index, part in enumerate(self.command) if not self._names_out(index)]
        return kept if {"--seed", "--replay"} & {*kept} else [*kept, "--seed", str(self.plan.seed)]

    def replay(self, folder: Path) -> list[str]:
        """The command that measures this run's plan once more, on its input, from its folder."""
        before = self.command[: self.command.index(_BENCH) + 1] if _BENCH in self.command else ["gateway", _BENCH]
        pairs = zip(self.command, [*self.command[1:], ""], strict=True)
        given = [part for one, other in pairs for part in _input_of(one, other)]
        return [*before, "--replay", str(folder), *given]

    def _names_out(self, index: int) -> bool:
        part, before = self.command[index], self.command[index - 1] if index else ""
        return part == "--out" or part.startswith("--out=") or before == "--out"

    def to_json(self) -> dict[str, Any]:
        """Return the manifest as JSON values, with the SHA-256 of all the others, so that an edit is seen."""
        content = json.loads(json.dumps(asdict(self), allow_nan=False))
        return {**content, SEAL: _sha256(content)}


def _input_of(part: str, after: str) -> list[str]:
    """Return the option that names the input when `part` of a command is it, `after` what follows."""
    return [part, after] if part == _INPUT else [part] if part.startswith(f"{_INPUT}=") else []


def from_json(content: Any) -> Manifest:
    """Read a manifest back; raises ManifestError naming what is missing or newer than this program."""
    if not isinstance(content, dict) or "format" not in content:
        raise ManifestError("run.json is not the head of a run")
    _check_format(content["format"])
    content = dict(content)
    seal = content.pop(SEAL, None)
    try:
        rest = {key: value for key, value in content.items() if key not in ("plan", "rounds")}
        found = Manifest(plan=_plan(content["plan"]), rounds=[RoundNote(**one) for one in content["rounds"]], **rest)
    except KeyError as error:
        raise ManifestError(f"run.json has no key {error}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise ManifestError("run.json has a key too many, too few or of another type") from error
    if seal != _sha256(content):
        raise ManifestError("run.json is not as it was written", "the folder was edited; measure again")
    return found


def _check_format(found: Any) -> None:
    if found == FORMAT:
        return
    newer = isinstance(found, int) and found > FORMAT
    remedy = "install a newer gateway" if newer else "read it with the gateway that wrote it, or measure again"
    raise ManifestError(f"run.json has format {found}, this gateway reads {FORMAT}", remedy)


def _sha256(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _plan(content: dict[str, Any]) -> Plan:
    return Plan(**{**content, "cases": tuple(_case(one) for one in content["cases"]), **_further(content)})


def _case(content: dict[str, Any]) -> Case:
    modes = tuple(content.get("modes", ()))
    return Case(**{**content, "scenario": Scenario(**content["scenario"]), "modes": modes})


def _further(content: dict[str, Any]) -> dict[str, Any]:
    from gateway.bench.journeys import JourneySpec  # both modules write into a manifest
    from gateway.bench.sweep import SweepSpec

    sweeps = tuple(SweepSpec.from_json(one) for one in content.get("sweep", ()))
    return {"sweep": sweeps, "journey": JourneySpec.from_json(content.get("journey"))}
