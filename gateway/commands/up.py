"""`gateway up`: worker, proxy and service in the foreground."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway import exit_codes

if TYPE_CHECKING:
    from gateway.config import Common
    from gateway.supervise.stack import Running


@click.command(
    help="""Run the worker, the proxy and the service until Ctrl-C, and start again what dies.

    Their addresses stand on stdout, their logs on stderr.

    \b
    Examples:
      gateway up
      gateway up --http 127.0.0.1:8080 --no-proxy
      gateway up --policies policies.toml --admin 127.0.0.1:8081
      gateway up --json | jq .endpoints
    """
)
@click.option(
    "--http",
    default="127.0.0.1:8080",
    show_default=True,
    metavar="ADDR",
    help="Where the service listens; port 0 for any.",
)
@click.option(
    "--policies",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="File of policies that the service follows while it runs (docs/way-back.md).",
)
@click.option(
    "--admin",
    default="127.0.0.1:0",
    show_default=True,
    metavar="ADDR",
    help="Where the service takes policies by HTTP; loopback only.",
)
@click.option("--no-proxy", is_flag=True, help="Leave the proxy out; the service calls the worker directly anyway.")
@click.option("--json", "as_json", is_flag=True, help="The addresses as one line of JSON.")
@click.pass_obj
def command(common: "Common", /, http: str, admin: str, policies: Path | None, *, no_proxy: bool, as_json: bool) -> int:
    """Start, print, wait."""
    from gateway import build
    from gateway.supervise.stack import Stack

    followed = ("--policies", str(policies)) if policies else ()
    arguments = ("--http", http, "--admin", admin, *followed)
    with Stack(build.ensure(common), arguments, _log, proxied=not no_proxy) as stack:
        click.echo(_json(stack.running()) if as_json else _text(stack.running()))
        stack.wait()
    return exit_codes.FAILED


def _log(role: str, line: str) -> None:
    click.echo(f"{role}: {line}", err=True)


def _text(running: "list[Running]") -> str:
    rows = [f"{one.role:<9}{name:<15}{address}" for one in running for name, address in one.endpoints.items()]
    return "\n".join([*rows, "Ctrl-C ends it."])


def _json(running: "list[Running]") -> str:
    import json

    return json.dumps({one.role: {"pid": one.pid, "endpoints": one.endpoints} for one in running})
