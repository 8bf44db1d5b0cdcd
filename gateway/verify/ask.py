"""Asking the driver for the answers of many requests by one route, several at once and more than once each."""

from typing import TYPE_CHECKING

from gateway.verify.outcome import Answer, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.gen.bench.v1 import driver_pb2
    from gateway.supervise.rpc import Driven

SCENARIO = "verify"
CALLERS = 8
REPEATS = 3
TIMEOUT_NS = 30_000_000_000


def load(session: "Driven", kernel: str, requests: "Sequence[bytes]") -> None:
    """Hand requests (protobuf) to the driver; they take the place of those before."""
    from gateway.gen.bench.v1 import driver_pb2

    session.driver.Load(driver_pb2.LoadRequest(scenario=SCENARIO, kernel=kernel, requests=requests))


def answers(session: "Driven", route: str, repeats: int = REPEATS) -> dict[int, Answer]:
    """Index of the request → what the route answered, for what was loaded last."""
    from gateway.gen.bench.v1 import driver_pb2

    asked = driver_pb2.AnswerRequest(
        scenario=SCENARIO, route=route, callers=CALLERS, repeats=repeats, timeout_ns=TIMEOUT_NS
    )
    return {
        answer.index: Answer(Outcome(answer.response, answer.status, answer.reason), answer.outcomes, answer.message)
        for answer in session.driver.Answer(asked)
    }


def kernels(session: "Driven") -> "dict[str, driver_pb2.Kernel]":
    """Name → what the driver says of each kernel that it knows."""
    from gateway.gen.bench.v1 import driver_pb2

    return {kernel.name: kernel for kernel in session.driver.Describe(driver_pb2.DescribeRequest()).kernels}


def unavailable(session: "Driven") -> dict[tuple[str, str], str]:
    """(kernel, route) → why it cannot be called, "" when it can; as the driver describes itself."""
    from gateway.gen.bench.v1 import driver_pb2

    described = session.driver.Describe(driver_pb2.DescribeRequest())
    return {(route.kernel, route.route): route.unavailable for route in described.routes}
