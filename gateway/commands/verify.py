"""`gateway verify`: do all routes give the same bytes?"""

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway import exit_codes
from gateway.commands.options import FILE, input_file, kernels_option, routes_option, stack_line, target_option

if TYPE_CHECKING:
    from gateway.config import Common
    from gateway.verify.result import Result, Results

SHOWN_OF_A_ROUTE = 5


@click.command(
    help="""Prove that every route answers every golden vector right, or your own input as native does.

    Requests are sent several at once and more than once each. Exit code 1 when an answer differs.

    In a project with kernels of its own those are verified: against the project's vectors, and on the input that
    gateway.toml names.

    With --target compose the routes lead into the containers of docker-compose.yml, which are brought up for it unless
    they run.

    \b
    Examples:
      gateway verify
      gateway verify --target compose
      gateway verify --kernel redact --route uds
      gateway verify --kernel redact --input app.log
      gateway verify --junit verify.xml
    """
)
@target_option
@kernels_option
@routes_option
@click.option("--input", "input_path", type=FILE, metavar="FILE", help="Compare the routes on this file's bytes.")
@click.option("--junit", "junit_path", type=FILE, metavar="FILE", help="Write the results as JUnit XML too.")
@click.option("--record", is_flag=True, help="First record the project's vectors again, from its Go functions.")
@click.pass_obj
def command(
    common: "Common",
    /,
    target: str,
    kernels: tuple[str, ...],
    routes: tuple[str, ...],
    input_path: Path | None,
    junit_path: Path | None,
    *,
    record: bool,
) -> int:
    """Verify and print the results."""
    content = input_file(input_path)
    if record:
        _record(common)
    if junit_path is not None:
        _create(junit_path)
    results = _verify(common, target, kernels, routes, content)
    if junit_path is not None:
        from gateway.verify import junit

        junit_path.write_bytes(junit.document(results))
    _show(results)
    return exit_codes.FAILED if results.failed or not results.cases else exit_codes.OK


def _verify(
    common: "Common", target: str, kernels: tuple[str, ...], routes: tuple[str, ...], content: bytes | None
) -> "Results":
    import sys

    from gateway import build
    from gateway.progress import shown
    from gateway.supervise import SessionOptions
    from gateway.target import session as targets
    from gateway.verify import selection
    from gateway.wire.routes import ROUTES, is_proxied

    routes = targets.routes(target, routes)
    options = SessionOptions(proxied=any(map(is_proxied, routes or ROUTES)))
    programs = build.ensure(common)
    with (
        targets.session(programs, target, options, stack_line) as session,
        shown("verify", sys.stderr) as say,
    ):
        chosen = selection.choose(session, kernels, common.project)
        return selection.verify(session, chosen, routes, content, say)


def _record(common: "Common") -> None:
    from gateway.errors import Refusal
    from gateway.new import record
    from gateway.progress import Steps

    if common.project is None:
        raise Refusal("--record is for a project with kernels of its own", "run it where its gateway.toml lies")
    with Steps(1).step("record vectors from the Go functions") as say:
        record.record(record.build(common.project, say), common.project)


def _create(path: Path) -> None:
    """Refuse a file that cannot be written before the work is done."""
    from gateway.errors import Refusal

    try:
        path.open("wb").close()
    except OSError as error:
        raise Refusal(f"cannot write {path}", error.strerror or "check the folder") from error


def _show(results: "Results") -> None:
    for reason, names in results.not_run.items():
        click.echo(f"not run: {', '.join(names)}: {reason}")
    for name, failed in groupby(results.failed, key=lambda result: f"{result.kernel} {result.route}"):
        _show_failed(name, list(failed))
    click.echo(results.summary())


def _show_failed(name: str, failed: "list[Result]") -> None:
    """The first few of a kernel and route, so that one wrong route hides no other."""
    for result in failed[:SHOWN_OF_A_ROUTE]:
        click.echo(f"FAILED {result.name}: {result.difference}")
    if len(failed) > SHOWN_OF_A_ROUTE:
        click.echo(f"… and {len(failed) - SHOWN_OF_A_ROUTE} more of {name}; --junit FILE lists all")
