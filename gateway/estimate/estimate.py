"""All that an estimate says, in one value, and as plain values for JSON. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gateway.bench.intervals import ratio_interval
from gateway.finite import finite

if TYPE_CHECKING:
    from gateway.bench.intervals import Interval
    from gateway.bench.policy import Policy
    from gateway.estimate.endpoint_share import EndpointShare
    from gateway.estimate.measured import Measured
    from gateway.estimate.payoff import Payoff
    from gateway.estimate.yardstick import Yardstick

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """The function and the input as the command line names them, and the function's declaration."""

    reference: str
    title: str
    declaration: str
    input_name: str
    input_bytes: int
    seed: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is known before any Rust is written.

    `control` is the first payload's time over its time once more in the same rounds: 1 where the machine is quiet.
    `rounds` were done within `took_s`; `yardsticks` are our own kernels here; `missing` are routes not measured.
    """

    asked: Asked
    rounds: int
    took_s: float
    policy: Policy
    share: EndpointShare | None
    payoffs: tuple[Payoff, ...]
    control: Interval
    yardsticks: tuple[Yardstick, ...]
    missing: tuple[str, ...]

    @property
    def distrust(self) -> str:
        """Why the figures are not to be trusted; empty when they are."""
        if not self.control.carried:
            return f"too few rounds ({self.rounds}) for an interval"
        if self.control.excludes(1.0):
            return f"the function differs from itself by {abs(self.control.estimate - 1):.1%} in the same rounds"
        return ""


def control(measured: Measured) -> Interval:
    """Return the A/A ratio: the first payload's time over its own, within rounds."""
    return ratio_interval(np.array(measured.control), measured.go_ns(0))


def to_json(estimate: Estimate) -> dict[str, Any]:
    """Return plain values: times in ns, sizes in bytes, shares as numbers; null for what no speed can reach."""
    return finite(
        {
            "format": FORMAT,
            **asdict(estimate.asked),
            "rounds": estimate.rounds,
            "took_s": estimate.took_s,
            "minimum_gain": estimate.policy.minimum_gain,
            "share": asdict(estimate.share) if estimate.share else None,
            "distrust": estimate.distrust,
            "control": asdict(estimate.control),
            "payloads": [_payoff(one) for one in estimate.payoffs],
            "yardsticks": {one.kernel: one.speed_up for one in estimate.yardsticks},
            "not_measured": list(estimate.missing),
        }
    )


def _payoff(one: Payoff) -> dict[str, Any]:
    plain = asdict(one)
    answered = plain.pop("answered")
    return {**answered, **plain, "ways": [{**asdict(way), "possible": way.possible} for way in one.ways]}
