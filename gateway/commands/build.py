"""`gateway build`: the worker, the service, the driver and the in-process library."""

import click

from gateway import exit_codes


@click.command(
    help="""Build the worker, the service, the driver and the in-process library into bin/.

    Nothing happens when the sources have not changed since. All that the compilers say is in build/build.log.

    \b
    Examples:
      gateway build
      gateway build --force
    """
)
@click.option("--force", is_flag=True, help="Run the compilers even when nothing changed.")
@click.option("--plant", is_flag=True, hidden=True, help="The test build, into bin/plant.")
def command(*, force: bool, plant: bool) -> int:
    """Build when needed."""
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
