"""`gateway build`: the worker, the service, the driver and the in-process library."""

from typing import TYPE_CHECKING

import click

from gateway import exit_codes

if TYPE_CHECKING:
    from gateway.config import Common
    from gateway.project import Project


@click.command(
    help="""Build the worker, the service, the driver and the in-process library into bin/.

    In a project of one's own, its commands in gateway.toml run instead.

    Nothing happens when the sources have not changed since. All that the compilers say is in build/build.log.

    \b
    Examples:
      gateway build
      gateway build --force
    """
)
@click.option("--force", is_flag=True, help="Run the compilers even when nothing changed.")
@click.option("--plant", is_flag=True, hidden=True, help="The test build, into bin/plant.")
@click.pass_obj
def command(common: "Common", /, *, force: bool, plant: bool) -> int:
    """Build when needed."""
    if common.project and common.project.commands:
        return _project(common.project, common)
    return _checkout(force=force, plant=plant)


def _project(project: "Project", common: "Common") -> int:
    from gateway.build.project import build

    programs = build(project, common)
    click.echo(f"built {programs.worker} and {programs.driver}")
    return exit_codes.OK


def _checkout(*, force: bool, plant: bool) -> int:
    from gateway.build import sources
    from gateway.build.layout import Layout
    from gateway.build.run import build

    layout = Layout.of_checkout(plant=plant)
    if not force and layout.has_sources() and not sources.changed(layout):
        click.echo(f"{layout.bin} is up to date")
        return exit_codes.OK
    build(layout, force=force)
    click.echo(f"built into {layout.bin}")
    return exit_codes.OK
