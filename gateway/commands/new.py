"""`gateway new`: a project around a Go function."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway import exit_codes
from gateway.commands.options import FILE

if TYPE_CHECKING:
    from gateway.new.scaffold import Wanted

CUTS = ("lines", "anywhere", "whole")
COMPARERS = ("bytes", "json", "approx")


@click.command(
    help="""Write a project that asks of a Go function of yours: should it move to Rust?

    Run it in the module of the function. The function takes and gives bytes or a string, with an error or without. The
    project has a driver with the function, a worker with a Rust twin that is still to be written, your input, and
    vectors recorded from the function.

    \b
    Examples:
      gateway new normalize --go ./internal/logs.Normalize --input app.log
      gateway new price --go example.com/shop/price.Quote --input basket.json --cut whole --comparer json
    """
)
@click.argument("name")
@click.option(
    "--go", "reference", required=True, metavar="PACKAGE.FUNC", help="The Go function, as go list names its package."
)
@click.option(
    "--input", "input_path", type=FILE, required=True, metavar="FILE", help="What the function is called with."
)
@click.option(
    "--dir", "folder", type=FILE, metavar="DIR", help="The project's folder; must not exist.  [default: ./NAME]"
)
@click.option(
    "--cut", type=click.Choice(CUTS), default=CUTS[0], show_default=True, help="How the input makes requests."
)
@click.option(
    "--comparer",
    type=click.Choice(COMPARERS),
    default=COMPARERS[0],
    show_default=True,
    help="How answers are compared.",
)
def command(name: str, reference: str, input_path: Path, folder: Path | None, cut: str, comparer: str) -> int:
    """Find, write, record, say what comes next."""
    from gateway.inputs.pieces import read
    from gateway.new import function, scaffold

    _check_name(name)
    read(input_path)
    target = (folder or Path(name)).absolute()
    if target.exists():
        _refuse_existing(target)
    wanted = scaffold.Wanted(name, target, function.find(reference, Path.cwd()), input_path, cut, comparer)
    scaffold.write(wanted)
    _say(wanted, _record(target))
    return exit_codes.OK


def _check_name(name: str) -> None:
    from gateway.errors import Refusal
    from gateway.wire.kernels import NAMES, is_bytes_name

    if not is_bytes_name(name):
        raise Refusal(f"{name!r} names no kernel", "write lower-case letters, digits and dashes, a letter first")
    if name in NAMES:
        raise Refusal(f"{name} is a kernel of ours", "choose another name")


def _refuse_existing(folder: Path) -> None:
    from gateway.errors import Refusal

    raise Refusal(f"{folder} exists", "name another folder with --dir")


def _record(folder: Path) -> int:
    from gateway import config, project
    from gateway.new import record
    from gateway.progress import Steps

    made = project.parse(folder / config.FILE_NAME, config.read(folder / config.FILE_NAME))
    assert made is not None  # noqa: S101 - the template names a kernel
    with Steps(1).step("record vectors from the Go function") as say:
        return record.record(record.build(made, say), made)


def _say(wanted: "Wanted", vectors: int) -> None:
    import os

    folder = os.path.relpath(wanted.folder)
    click.echo(f"{folder}: a project for {wanted.function.package}.{wanted.function.name}, {vectors} vectors recorded")
    click.echo(
        f"next: write the twin in {folder}/src/main.rs, then cd {folder} && gateway verify && gateway bench --quick"
    )
