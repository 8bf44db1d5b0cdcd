"""Build the programs out of the checkout's sources, when those have changed."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.config import Common
    from gateway.project import Project
    from gateway.supervise.programs import Programs


def ensure(common: "Common") -> "Programs":
    """The programs to run; builds them first when they come from this checkout and are older than its sources.

    In a project its own commands run each time: cargo and go know best what is up to date.
    """
    from gateway import installed
    from gateway.build.layout import Layout
    from gateway.supervise.programs import Programs

    layout = Layout.of_checkout()
    if common.project and common.bin_dir is None:
        return _of_project(common.project, common)
    if common.bin_dir is None and layout.has_sources():
        from gateway.build import sources

        if sources.changed(layout):
            from gateway.build.run import build

            build(layout)
    return Programs.chosen(common, installed.programs())


def _of_project(project: "Project", common: "Common") -> "Programs":
    """A project without commands is built elsewhere."""
    from gateway import installed
    from gateway.supervise.programs import Programs

    if not project.commands:
        return Programs.chosen(common, installed.programs())
    from gateway.build.project import build

    return build(project, common)
