"""What is known of the kernels that ship with us, and how often runs said otherwise. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.bench.verdict import INCONCLUSIVE, INPROC, KEEP_GO, PROCESS
from gateway.report.quantities import size

if TYPE_CHECKING:
    from collections.abc import Iterable

WORDS = (KEEP_GO, INPROC, PROCESS, INCONCLUSIVE)
MOST_INCONCLUSIVE = 0.2
"""Of all runs."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which verdicts are right for a kernel, at one payload or (`size_bytes` 0) at every one; `why` says from what."""

    kernel: str
    size_bytes: int
    fastest: frozenset[str]
    with_isolation: frozenset[str]
    why: str

    def covers(self, verdict: dict[str, Any]) -> bool:
        """Whether it speaks of a verdict of summary.json."""
        one = verdict["scenario"]
        return one["kernel"] == self.kernel and self.size_bytes in (0, one["size_bytes"])

    def right(self, verdict: dict[str, Any]) -> bool:
        """Whether both verdicts are right or inconclusive."""
        return verdict["fastest"] in self.fastest | {INCONCLUSIVE} and verdict[
            "with_isolation"
        ] in self.with_isolation | {INCONCLUSIVE}


_GO = frozenset({KEEP_GO})
RULES = (
    Rule("digest", 0, _GO, _GO, "SHA-256 is the same machine code in both languages"),
    Rule("spin", 64, _GO, _GO, "both languages compute the same steps, each waits for the one before"),
    Rule("redact", 65_536, frozenset({INPROC, PROCESS}), frozenset(WORDS), "Rust takes half the time or less"),
)


@dataclass
class Tally:
    """How often each verdict was given for a scenario; `wrong` counts those against its rule, if it has one."""

    rule: Rule | None
    runs: int = 0
    wrong: int = 0
    fastest: Counter[str] = field(default_factory=Counter[str])
    with_isolation: Counter[str] = field(default_factory=Counter[str])

    def add(self, verdict: dict[str, Any]) -> None:
        """Count one verdict."""
        self.runs += 1
        self.fastest[verdict["fastest"]] += 1
        self.with_isolation[verdict["with_isolation"]] += 1
        self.wrong += self.rule is not None and not self.rule.right(verdict)

    @property
    def holds(self) -> bool:
        """Whether the rule holds: never wrong, and seldom without an answer."""
        return self.rule is None or (not self.wrong and self.fastest[INCONCLUSIVE] <= MOST_INCONCLUSIVE * self.runs)


def tally(runs: Iterable[list[dict[str, Any]]]) -> dict[str, Tally]:
    """Count the verdicts of many runs, each as summary.json has them, by the scenario's name."""
    found: dict[str, Tally] = {}
    for verdicts in runs:
        for verdict in verdicts:
            rule = next((one for one in RULES if one.covers(verdict)), None)
            found.setdefault(_name(verdict["scenario"]), Tally(rule)).add(verdict)
    return found


def hold(found: dict[str, Tally]) -> bool:
    """Whether every rule was met by some scenario and broken by none."""
    met = {one.rule for one in found.values() if one.rule}
    return met == set(RULES) and all(one.holds for one in found.values())


def table(found: dict[str, Tally]) -> str:
    """Return a line a scenario: how often each verdict, how many wrong and inconclusive, and whether that holds."""
    head = ["scenario", *WORDS, "with isolation", "wrong", ""]
    rows = [head, *(_row(name, one) for name, one in found.items())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(name: str, one: Tally) -> list[str]:
    counts = [str(one.fastest[word] or "·") for word in WORDS]
    isolated = " ".join(f"{word} {count}" for word, count in one.with_isolation.most_common())
    told = "no rule" if one.rule is None else "holds" if one.holds else "DOES NOT HOLD"
    return [name, *counts, isolated, str(one.wrong) if one.rule else "", told]


def _name(scenario: dict[str, Any]) -> str:
    callers = f" ×{scenario['callers']}" if scenario["callers"] > 1 else ""
    return f"{scenario['kernel']} {size(scenario['size_bytes'])}{callers}"
