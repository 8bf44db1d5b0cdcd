"""Runs the journeys of a plan, round after round, and records every ride."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from gateway.bench import journey_bed, journey_requests
from gateway.bench.journeys import ALONE, BYSTANDER, JOURNEY, JOURNEYS, JOURNEYS_SCHEMA, LOADED
from gateway.bench.rounds import block_seed
from gateway.bench.usage import Usage
from gateway.errors import Refusal
from gateway.gen.bench.v1 import journey_pb2
from gateway.system import usable_cpus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gateway.bench.journey_bed import JourneyBed
    from gateway.bench.journeys import JourneySpec, Part
    from gateway.bench.manifest import Manifest
    from gateway.bench.plan import Plan
    from gateway.bench.record import Recorder
    from gateway.bench.requests import Inputs
    from gateway.supervise import Programs

BYSTANDER_CONNECTIONS = 16
_WARMUP_NS = 500_000_000
_TIMEOUT_NS = 10_000_000_000
_ANSWER_WITHIN_S = 60.0


def run(
    programs: Programs, plan: Plan, spec: JourneySpec, inputs: Inputs, recorder: Recorder, say: Callable[[str], None]
) -> None:
    """Measure them; what was measured is recorded even when Ctrl-C cuts it short."""
    sets = journey_bed.cpu_sets(usable_cpus(), plan.placement)
    recorder.manifest.cpu_sets[JOURNEY] = {"driver": sorted(sets.driver), "worker": sorted(sets.worker)}
    with journey_bed.started(programs, sets, spec.routes) as bed:
        say("start a service a route")
        mix = _offered(bed, spec.mix, recorder.manifest)
        routes = _served(bed, spec.routes, mix, recorder.manifest)
        if not (mix and routes):
            return
        requests = journey_requests.of_mix(mix, inputs)
        say("verify that every route gives the same answers")
        rounds = _Rounds(bed, plan, spec, _agreeing(bed, routes, requests, recorder.manifest))
        _prepare(bed, requests)
        try:
            rounds.run(say)
        finally:
            if rounds.rows:
                recorder.table(JOURNEYS, pa.Table.from_pylist(rounds.rows, schema=JOURNEYS_SCHEMA))


def _offered(bed: JourneyBed, mix: Iterable[Part], manifest: Manifest) -> list[Part]:
    """Return the parts whose kernels HTTP carries; note the others as not reached."""
    offered = bed.offered()
    left_out = [part.kernel for part in mix if part.kernel not in offered]
    manifest.not_reached += [f"no journeys with {kernel}: the service does not offer it" for kernel in left_out]
    return [part for part in mix if part.kernel in offered]


def _served(bed: JourneyBed, routes: Iterable[str], mix: list[Part], manifest: Manifest) -> list[str]:
    """Start a service for each route that this machine has; note the others as not reached."""
    kernels = list(dict.fromkeys(part.kernel for part in mix))
    for route in routes if mix else ():
        why = bed.unavailable(kernels, route)
        if why:
            manifest.not_reached.append(f"no journeys by {route}: {why}")
        else:
            bed.serve(route, kernels)
    return list(bed.services)


def _agreeing(
    bed: JourneyBed, routes: list[str], requests: list[journey_pb2.HttpRequest], manifest: Manifest
) -> list[str]:
    """Return the routes whose answers are those of the first, which has to succeed; note the others."""
    wanted = [bed.answer(routes[0], one) for one in requests]
    if any(status != 200 for status, _ in wanted):
        raise Refusal(f"the service by {routes[0]} does not answer the mix", "see what [journey] of the plan sends")
    agreeing = routes[:1]
    for route in routes[1:]:
        if [bed.answer(route, one) for one in requests] == wanted:
            agreeing.append(route)
        else:
            manifest.not_reached.append(f"no journeys by {route}: it answers other than {routes[0]}")
    return agreeing


def _prepare(bed: JourneyBed, requests: list[journey_pb2.HttpRequest]) -> None:
    for name, prepared in ((JOURNEY, requests), (BYSTANDER, journey_requests.of_bystander())):
        bed.journeys.Prepare(journey_pb2.PrepareRequest(traffic=name, requests=prepared))


@dataclass(slots=True)
class _Rounds:
    """Visits every route in every round, in an order of the round's own, and keeps the rows."""

    bed: JourneyBed
    plan: Plan
    spec: JourneySpec
    routes: list[str]
    rows: list[dict[str, Any]] = field(default_factory=list)

    def run(self, say: Callable[[str], None]) -> None:
        for route in self.routes:
            say(f"warm {route} up")
            self._ride(route, 0, _WARMUP_NS, self._traffics(LOADED))
        for number in range(self.spec.rounds):
            order = list(self.routes)
            random.Random(f"{self.plan.seed}:{JOURNEYS}:{number}").shuffle(order)
            for place, route in enumerate(order):
                say(
                    f"{route}, round {number + 1} of {self.spec.rounds}, about {self._left_s(number, place):.0f} s left"
                )
                for phase in (ALONE, LOADED):
                    self._visit(route, number, place, phase)

    def _visit(self, route: str, number: int, place: int, phase: str) -> None:
        """Ride and keep a row a traffic. The arrivals of a round are the same by every route."""
        duration_ns = self.spec.alone_ns if phase == ALONE else self.spec.loaded_ns
        traffics = self._traffics(phase)
        before, began, cpu_before = self.bed.runtime(route), Usage.now(self.bed), self.bed.cpu_ns_by(route)
        seed = block_seed(self.plan.seed, number, phase == LOADED)
        response = self._ride(route, seed, duration_ns, traffics)
        cpu_after, ended, after = self.bed.cpu_ns_by(route), Usage.now(self.bed), self.bed.runtime(route)
        used = [max(0, now - then) for then, now in zip(cpu_before, cpu_after, strict=True)]
        common = {
            "route": route,
            "round": number,
            "position": place,
            "phase": phase,
            **dict(zip(("client_cpu_ns", "service_cpu_ns", "worker_cpu_ns"), used, strict=True)),
            **_collected(before, after),
            "disturbed": ended.since(began, len(usable_cpus())).disturbed,
        }
        for traffic, result in zip(traffics, response.results, strict=True):
            self.rows.append({**common, **_row(traffic, result)})

    def _ride(
        self, route: str, seed: int, duration_ns: int, traffics: list[journey_pb2.Traffic]
    ) -> journey_pb2.RideResponse:
        request = journey_pb2.RideRequest(
            address=self.bed.services[route].endpoints["http"],
            traffics=traffics,
            duration_ns=duration_ns,
            seed=seed,
            timeout_ns=_TIMEOUT_NS,
        )
        return self.bed.journeys.Ride(request, timeout=2 * duration_ns / 1e9 + _ANSWER_WITHIN_S)

    def _traffics(self, phase: str) -> list[journey_pb2.Traffic]:
        spec = self.spec
        bystander = journey_pb2.Traffic(
            name=BYSTANDER, rate_per_s=spec.bystander_per_s, connections=BYSTANDER_CONNECTIONS
        )
        if phase == ALONE:
            return [bystander]
        return [
            bystander,
            journey_pb2.Traffic(name=JOURNEY, rate_per_s=spec.rate_per_s, connections=spec.in_flight),
        ]

    def _left_s(self, number: int, place: int) -> float:
        visits = (self.spec.rounds - number) * len(self.routes) - place
        return visits * (self.spec.alone_ns + self.spec.loaded_ns) / 1e9


def _row(traffic: journey_pb2.Traffic, result: journey_pb2.TrafficResult) -> dict[str, Any]:
    same = ("requests", "due", "start_ns", "end_ns", "request_bytes", "reply_bytes")
    return {
        "traffic": traffic.name,
        "rate_per_s": traffic.rate_per_s,
        **{name: getattr(result, name) for name in same},
        "failures": sum(result.failures.values()),
        "bucket_values": list(result.bucket_values),
        "bucket_counts": list(result.bucket_counts),
    }


def _collected(before: dict[str, Any], after: dict[str, Any]) -> dict[str, int]:
    """Return what the service's garbage collector did between two reports; nothing before a restart is known."""
    counts = {name: max(0, after[name] - before[name]) for name in ("gc_cycles", "gc_cpu_ns", "go_cpu_ns")}
    known = dict(map(tuple, before["gc_pauses"]))
    longest = max((end for end, count in after["gc_pauses"] if count > known.get(end, 0)), default=0)
    return {**counts, "gc_pause_max_ns": longest}
