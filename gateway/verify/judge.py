"""Whether a route's answers to one kernel's requests are right, by the kernel's comparer."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gateway.errors import Refusal
from gateway.verify import ask
from gateway.verify.comparer import Comparer, DoesNotFit, named, same_bytes
from gateway.verify.outcome import Answer, Outcome, difference
from gateway.wire import kernels
from gateway.wire.routes import NATIVE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gateway.gen.bench.v1 import driver_pb2
    from gateway.project import Project
    from gateway.supervise.rpc import Driven

Comparers = Mapping[str, "Comparison"]
Asked = list[dict[int, Answer]]
"""What a route answered, by index of the request: once for all repeats, or one dict a repeat."""


class Comparison:
    """A comparer with its name, for the kernels that are not compared to the byte."""

    def __init__(self, name: str, tolerance: float) -> None:
        self.name = name
        self.comparer: Comparer | None = named(name, tolerance)


class Judge:
    """Compares the answers of one kernel."""

    def __init__(self, kernel: str, comparers: Comparers) -> None:
        self._kernel = kernel
        self._comparison = comparers.get(kernel)

    @property
    def exact(self) -> bool:
        """Whether answers must be equal to the byte."""
        return self._comparison is None or self._comparison.comparer is None

    def ask(self, session: "Driven", route: str) -> Asked:
        """The route's answers to what was loaded last, each request sent more than once.

        The driver tells repeats apart by their bytes; where bytes may differ each repeat is compared on its own.
        """
        return self.repeated(lambda repeats: ask.answers(session, route, repeats), ask.REPEATS)

    def repeated(self, answers: "Callable[[int], dict[int, Answer]]", repeats: int) -> Asked:
        """As `ask`, for any way to ask for so many repeats."""
        return [answers(repeats)] if self.exact else [answers(1) for _ in range(repeats)]

    def difference(self, request: str, expected: Outcome, index: int, asked: Asked) -> str:
        """The first difference of the repeats from what is expected of the request with that name and index."""
        found = (self._difference(request, expected, answers.get(index)) for answers in asked)
        return next((text for text in found if text), "")

    def against_native(self, request: str, native: Asked, index: int, asked: Asked) -> str:
        """As `difference`, from what native answered; which has to agree with itself."""
        expected = native[0].get(index)
        if expected is None or self.difference(request, expected.outcome, index, native):
            return f"{NATIVE} itself gives no single answer"
        return self.difference(request, expected.outcome, index, asked)

    def _difference(self, request: str, expected: Outcome, answer: Answer | None) -> str:
        if self.exact and self._kernel in kernels.NAMES:
            return difference(expected, _normal(self._kernel, answer))
        return difference(expected, answer, lambda right, got: self._compare(request, right, got))

    def _compare(self, request: str, expected: bytes, got: bytes) -> str:
        comparison = self._comparison
        same = (comparison.comparer if comparison else None) or same_bytes
        name = comparison.name if comparison else "bytes"
        try:
            return same(kernels.payload(self._kernel, expected), kernels.payload(self._kernel, got))
        except DoesNotFit as error:
            raise Refusal(
                f"the comparer {name} does not fit {self._kernel}: its answer to {request} {error}",
                f'write comparer = "bytes" in [kernels.{self._kernel}] of gateway.toml, or mend the Go function',
            ) from error


def comparers(described: "Iterable[driver_pb2.Kernel]", project: "Project | None") -> Comparers:
    """The comparison of each kernel that the driver describes: gateway.toml's, or the driver's own word."""
    found: dict[str, Comparison] = {}
    for kernel in described:
        own = project.kernel(kernel.name) if project else None
        name = (own.comparer if own else None) or kernel.comparer
        found[kernel.name] = Comparison(name, own.tolerance if own else 0.0)
    return found


def _normal(kernel: str, answer: Answer | None) -> Answer | None:
    """The answer with its response written as this library writes it, so that bytes compare as messages do."""
    if answer is None or answer.outcome.status:
        return answer
    message = kernels.response_type(kernel).FromString(answer.outcome.response)
    return Answer(Outcome(message.SerializeToString(deterministic=True)), answer.outcomes, answer.message)
