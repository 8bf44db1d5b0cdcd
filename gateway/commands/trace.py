"""`gateway trace`: the spans of a run, or of a Jaeger, on the terminal."""

from typing import TYPE_CHECKING

import click

from gateway import exit_codes

if TYPE_CHECKING:
    from gateway.traces.trace import Trace

SOURCE = "RUN is a run's folder, or the URL of a Jaeger's query service."


@click.group(
    help=f"""Read traces on the terminal.

    {SOURCE}

    \b
    Examples:
      gateway trace list runs/20261123T120000Z-42
      gateway trace show runs/20261123T120000Z-42 gateway/msgpack
      gateway trace list http://127.0.0.1:16686
      gateway trace show http://127.0.0.1:16686/trace/4bf92f3577b34da6a3ce929d0e0e4736
    """
)
def command() -> None:
    """Hold the two commands together."""


@command.command("list", help=f"List traces: what was called, by which route, who took part, how long. {SOURCE}")
@click.argument("run")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Of a Jaeger: so many, the latest."
)
@click.option("--json", "as_json", is_flag=True, help="A JSON document a trace, a line each.")
def list_command(run: str, limit: int, *, as_json: bool) -> int:
    """Read, then print a line a trace."""
    import json

    from gateway.traces import picture, source

    traces = source.traces(run, limit)
    click.echo("\n".join(json.dumps(one.summary()) for one in traces) if as_json else picture.listing(traces))
    return exit_codes.OK


@command.command(
    "show",
    help=f"""Draw one trace: a tree of spans beside its waterfall, with stages, services and times. {SOURCE}

    TRACE is a trace id or its beginning, a route, or a kernel; without it the trace that took longest is drawn. Exit
    code 1 when the trace is not one whole tree.
    """,
)
@click.argument("run")
@click.argument("trace", required=False, default="")
@click.option("--json", "as_json", is_flag=True, help="One JSON document with all spans.")
def show_command(run: str, trace: str, *, as_json: bool) -> int:
    """Read, choose, draw."""
    from gateway.traces import source

    found = source.one(run, trace)
    _show(found, as_json=as_json)
    return exit_codes.FAILED if found.defects else exit_codes.OK


def _show(found: "Trace", *, as_json: bool) -> None:
    import json
    import shutil

    from gateway.traces import picture

    width = shutil.get_terminal_size().columns
    click.echo(json.dumps(found.whole()) if as_json else picture.picture(found, width))
