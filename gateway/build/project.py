"""Build a project of one's own: its commands, with this checkout in place of what is not published."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gateway import installed
from gateway.build import links
from gateway.build.layout import Layout
from gateway.build.recipe import Step
from gateway.build.run import locked, run_step
from gateway.errors import Failure, Refusal
from gateway.progress import Steps
from gateway.supervise.programs import Programs

if TYPE_CHECKING:
    from typing import BinaryIO

    from gateway.config import Common
    from gateway.project import Project

LINKED_AS = "libsidecar_inproc.a"
"""The name by which Go's cgo channel links the library."""


@dataclass(frozen=True)
class ProjectLayout:
    """Where a project's build writes, below its folder."""

    folder: Path

    @property
    def bin(self) -> Path:
        """The library as it is linked, and whatever the project's commands put there."""
        return self.folder / "build"

    @property
    def log(self) -> Path:
        """All that the tools wrote."""
        return self.bin / "build.log"

    @property
    def lock(self) -> Path:
        """Held while building."""
        return self.bin / "build.lock"


def build(project: "Project", common: "Common") -> Programs:
    """Run the project's commands and give its programs.

    Raises Refusal where gateway.toml names no program, Failure with the log's end for a command that fails.
    """
    programs = _programs(project, common)
    layout, commands = ProjectLayout(project.folder), project.commands
    progress = Steps(len(commands))
    with locked(layout), layout.log.open("wb") as log:
        environment = links.write(project.folder, Layout.of_checkout())
        if "worker" in commands:
            _run(_worker(project, environment), layout, log, progress)
            _link_library(project, layout)
        if "driver" in commands:
            _run(_driver(project, layout, environment), layout, log, progress)
    return programs


def _programs(project: "Project", common: "Common") -> Programs:
    if common.worker is None or common.driver is None:
        missing = "worker" if common.worker is None else "driver"
        raise Refusal(f"{project.file} names no {missing}", f'write {missing} = "FILE", the program that [build] makes')
    service = Programs.in_folder(installed.programs()).service
    return Programs(project.built(common.worker), common.service or service, project.built(common.driver))


def _run(step: Step, layout: ProjectLayout, log: "BinaryIO", progress: Steps) -> None:
    with progress.step(step.name, step.note) as say:
        run_step(step, layout, log, say)


def _worker(project: "Project", environment: dict[str, str]) -> Step:
    return Step("worker", project.commands["worker"], project.folder, "minutes the first time only", environment)


def _driver(project: "Project", layout: ProjectLayout, environment: dict[str, str]) -> Step:
    cgo = {"CGO_ENABLED": "1", "CGO_LDFLAGS": f"-L{layout.bin}"} if project.library else {}
    return Step("driver", project.commands["driver"], project.folder, "", {**environment, **cgo})


def _link_library(project: "Project", layout: ProjectLayout) -> None:
    """Copy the library under the name that the driver links it by, when it is a new one."""
    if project.library is None:
        return
    built, linked = project.built(project.library), layout.bin / LINKED_AS
    if not built.is_file():
        raise Failure(f"the build made no {built}", f"mend library in {project.file}, or the [lib] of Cargo.toml")
    if not linked.is_file() or linked.stat().st_mtime_ns != built.stat().st_mtime_ns:
        shutil.copy2(built, linked)
