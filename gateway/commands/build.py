"""`gateway build`: the worker, the service, the driver and the in-process library."""

from typing import TYPE_CHECKING

import click

from gateway import exit_codes
from gateway.errors import Refusal

if TYPE_CHECKING:
    from gateway.config import Common
    from gateway.project import Project


@click.command(
    help="""Build the worker, the service, the driver and the in-process library into bin/.

    In a project of one's own, its commands in gateway.toml run instead.

    Nothing happens when the sources have not changed since. All that the compilers say is in build/build.log.

    --facts writes bin/facts.json besides: time to build, size, base images that fit, other processors. `gateway bench`
    takes it into its run.

    \b
    Examples:
      gateway build
      gateway build --force
      gateway build --facts
    """
)
@click.option("--force", is_flag=True, help="Run the compilers even when nothing changed.")
@click.option("--facts", is_flag=True, help="Then tell what the programs need, and how long they take to build.")
@click.option("--cold", is_flag=True, help="With --facts: time Go with an empty build cache too; some minutes.")
@click.option("--plant", is_flag=True, hidden=True, help="The test build, into bin/plant.")
@click.pass_obj
def command(common: "Common", /, *, force: bool, facts: bool, cold: bool, plant: bool) -> int:
    """Build when needed."""
    if cold and not facts:
        raise Refusal("--cold without --facts", "give both: an empty cache is for timing")
    if common.project and common.project.commands:
        return _project(common.project, common)
    built = _checkout(force=force, plant=plant)
    return _facts(cold=cold, plant=plant) if facts else built


def _project(project: "Project", common: "Common") -> int:
    from gateway.build.project import build

    programs = build(project, common)
    click.echo(f"built {programs.worker} and {programs.driver}")
    return exit_codes.OK


def _facts(*, cold: bool, plant: bool) -> int:
    from gateway.build import facts
    from gateway.build.layout import Layout

    click.echo(f"facts of the build in {facts.write(Layout.of_checkout(plant=plant), cold=cold)}")
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
