"""What this machine can run, which routes are unavailable and why, and what disturbs measuring."""

import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway import elsewhere, installed, machine
from gateway.build import layout, sources, toolchain
from gateway.errors import GatewayError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.config import Common
    from gateway.supervise import Programs


@dataclass(frozen=True)
class Finding:
    """One line of the diagnosis; `ok` None is neither good nor bad, `remedy` is "" where none is needed."""

    section: str
    name: str
    text: str
    ok: bool | None = True
    remedy: str = ""


def examine(common: "Common") -> list[Finding]:
    """All findings, section by section."""
    return [*_tools(), *_programs(common), *_routes(common), *_containers(), *_machine(), *_elsewhere()]


def _tools() -> list[Finding]:
    where = layout.Layout.of_checkout()
    return [_tool(tool) for tool in toolchain.tools(where)] if where.has_sources() else []


def _tool(tool: toolchain.Tool) -> Finding:
    found = tool.found()
    needed = toolchain.dotted(tool.needed)
    if found is None or found < tool.needed:
        text = f"missing, {needed} needed" if found is None else f"{toolchain.dotted(found)} is older than {needed}"
        return Finding("tool chains", tool.name, text, ok=False, remedy=f"get it from {tool.source}")
    return Finding("tool chains", tool.name, toolchain.dotted(found))


def _programs(common: "Common") -> list[Finding]:
    where = layout.Layout.of_checkout()
    if common.bin_dir:
        return []
    if not where.has_sources():
        return [_carried()]
    stale = sources.changed(where)
    text = "not built, or older than the sources" if stale else "up to date"
    return [Finding("programs", "bin", text, ok=None if stale else True, remedy="gateway build" if stale else "")]


def _carried() -> Finding:
    """Whether the package was installed with programs."""
    folder = installed.programs()
    if folder.is_dir():
        return Finding("programs", folder.name, "came with this package")
    return Finding("programs", folder.name, "this package came without", ok=False, remedy=installed.remedy())


def _routes(common: "Common") -> list[Finding]:
    from gateway.supervise import Programs

    programs = Programs.chosen(common, installed.programs())
    if not programs.driver.is_file() or not programs.worker.is_file():
        return [Finding("routes", "all", "there are no programs", ok=None, remedy=installed.remedy())]
    try:
        return _described(programs)
    except GatewayError as error:
        return [Finding("routes", "all", error.what, ok=False, remedy=error.remedy)]


def _described(programs: "Programs") -> list[Finding]:
    """One finding a route: available when every kernel that has it can be called."""
    from gateway.supervise import Session, SessionOptions
    from gateway.supervise.rpc import driver_errors
    from gateway.verify.ask import unavailable
    from gateway.wire.kernels import NAMES
    from gateway.wire.routes import ROUTES

    with Session(programs, SessionOptions(proxied=True)) as session, driver_errors(session):
        described = unavailable(session)
    return [
        _route(route, {kernel: described.get((kernel, route), "not in the driver") for kernel in NAMES})
        for route in ROUTES
    ]


def _route(route: str, reasons: dict[str, str]) -> Finding:
    callable_for = [kernel for kernel, reason in reasons.items() if not reason]
    if len(callable_for) == len(reasons):
        return Finding("routes", route, "available")
    if callable_for:
        return Finding("routes", route, f"available for {', '.join(callable_for)}")
    return Finding("routes", route, f"unavailable: {next(iter(reasons.values()))}", ok=False)


def _containers() -> list[Finding]:
    """The engine and compose: what `--target compose` and docker-compose.yml need, and nothing else does."""
    from gateway.target import engine

    return [_answering("engine", engine.version), _answering("compose", engine.compose_version)]


def _answering(name: str, version: "Callable[[], str]") -> Finding:
    try:
        return Finding("containers", name, version())
    except GatewayError as error:
        return Finding("containers", name, error.what, ok=None, remedy=error.remedy)


def _machine() -> list[Finding]:
    here = machine.read()
    cpus = f"{len(here.cpus_usable)} of {here.cpus_online} CPUs usable, {here.cpu_model or here.architecture}"
    about = [
        Finding("machine", "system", f"{here.system} {here.kernel} {here.architecture}"),
        Finding("machine", "CPU", cpus),
        Finding("machine", "memory", f"{here.memory_bytes / (1 << 30):.1f} GiB"),
        Finding("machine", "clock", here.clock_source or "not told"),
    ]
    return about + [
        Finding("disturbs measuring", "", disturbance.what, ok=None, remedy=disturbance.remedy)
        for disturbance in machine.disturbances(here)
    ]


def _elsewhere() -> list[Finding]:
    """What this system lacks beside the tested one."""
    lacks = elsewhere.lacks(platform.system(), platform.machine())
    return [Finding("not on this system", lack.name, lack.text, ok=None, remedy=lack.remedy) for lack in lacks]


def bad(findings: list[Finding]) -> list[Finding]:
    """Those that keep something from running."""
    return [finding for finding in findings if finding.ok is False]
