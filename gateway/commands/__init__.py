"""The list of commands: one module each, imported only when it is asked for."""

from typing import NamedTuple


class Entry(NamedTuple):
    """Where a command lives and what it is for, so that `--help` imports none of them."""

    module: str
    summary: str


COMMANDS: dict[str, Entry] = {
    "bench": Entry("gateway.commands.bench", "measure every route, end with a verdict a kernel"),
    "build": Entry("gateway.commands.build", "build the worker, the service, the driver and the library"),
    "call": Entry("gateway.commands.call", "make one traced call and draw where its time went"),
    "compare": Entry("gateway.commands.compare", "say per case what changed between two runs, and whether it may pass"),
    "completion": Entry("gateway.commands.completion", "print the completion script of a shell"),
    "doctor": Entry("gateway.commands.doctor", "say what this machine can run and what disturbs measuring"),
    "estimate": Entry("gateway.commands.estimate", "say how fast Rust must be to pay, before any is written"),
    "export": Entry("gateway.commands.export", "write a run's figures for benchstat, a table, Prometheus"),
    "health": Entry("gateway.commands.health", "say whether a proxy serves"),
    "merge": Entry("gateway.commands.merge", "merge runs of one plan on several machines into one report"),
    "new": Entry("gateway.commands.new", "write a project around a Go function of yours"),
    "profile": Entry("gateway.commands.profile", "rank a CPU profile's functions by what Rust could give"),
    "proxy": Entry("gateway.commands.proxy", "stand between gRPC callers and workers"),
    "record": Entry("gateway.commands.record", "write a decision record of a run"),
    "report": Entry("gateway.commands.report", "write the report of a run again"),
    "selfcheck": Entry("gateway.commands.selfcheck", "say how often the measuring itself is right"),
    "trace": Entry("gateway.commands.trace", "list a run's traces, or a Jaeger's, and draw one"),
    "up": Entry("gateway.commands.up", "run worker, proxy and service until Ctrl-C"),
    "verify": Entry("gateway.commands.verify", "prove that every route gives the same bytes"),
}
"""Each module defines `command`, a `click.Command` whose callback returns an exit code."""
