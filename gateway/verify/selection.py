"""Which kernels are verified, and against what: vectors of the contract or of a project, and inputs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import Refusal, unknown
from gateway.inputs.pieces import read
from gateway.verify import ask, judge, pieces, run, vectors
from gateway.wire.kernels import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.project import Project
    from gateway.supervise.rpc import Driven
    from gateway.verify.judge import Comparers
    from gateway.verify.result import Results


@dataclass(frozen=True)
class Selection:
    """The kernels to verify, how their answers are compared, and the project that has them."""

    kernels: tuple[str, ...]
    comparers: "Comparers"
    project: "Project | None"


def choose(session: "Driven", names: "Sequence[str]", project: "Project | None") -> Selection:
    """The kernels of those names, else the project's, else ours; refuses what the driver does not know."""
    described = ask.kernels(session)
    kernels = tuple(names or (project.kernels if project else NAMES))
    for name in kernels:
        if name not in described:
            raise unknown("kernel of the driver", name, described)
    return Selection(kernels, judge.comparers(described.values(), project), project)


def verify(
    session: "Driven",
    chosen: Selection,
    routes: "Sequence[str]",
    content: bytes | None,
    say: "Callable[[str], None]",
) -> "Results":
    """By `content` where it is given, else by the vectors, and by the input of each kernel of a project."""
    inputs = _inputs(chosen, content)
    names = chosen.kernels if content is None else ()
    known = [vector for kernel in names for vector in _vectors(kernel, chosen.project, inputs)]
    by_vectors = run.by_vectors(session, known, routes, say, chosen.comparers)
    by_input = [
        run.by_input(session, kernel, pieces.cut(given, cut_of(kernel, chosen.project)), routes, say, chosen.comparers)
        for kernel, given in inputs.items()
    ]
    return run.merged([by_vectors, *by_input])


def cut_of(kernel: str, project: "Project | None") -> str:
    """How an input of the kernel is cut into requests."""
    if project and kernel in project.kernels:
        return project.kernels[kernel].cut
    return pieces.CUTS.get(kernel, pieces.ANYWHERE)


def _inputs(chosen: Selection, content: bytes | None) -> dict[str, bytes]:
    if content is not None:
        return dict.fromkeys(chosen.kernels, content)
    own = chosen.project.kernels if chosen.project else {}
    return {kernel: read(path) for kernel in chosen.kernels if kernel in own and (path := own[kernel].input)}


def _vectors(kernel: str, project: "Project | None", inputs: dict[str, bytes]) -> list[vectors.Vector]:
    """The kernel's vectors; a kernel of a project may do with its input."""
    if project is None or kernel in NAMES:
        return vectors.read([kernel])
    found = vectors.some(kernel, project.vectors)
    if not found and kernel not in inputs:
        remedy = f"name an input in [kernels.{kernel}] of {project.file}, or add --input FILE"
        raise Refusal(f"{kernel} has neither vectors in {project.vectors} nor an input", remedy)
    return found
