"""A proxy drains under load and another takes its place: no call fails.

The client makes a call again when the answer says that it was not executed, and for a kernel declared idempotent
also when it may have been. Over frames the first is enough, since a goaway names the calls that were taken: `append`,
which is not idempotent, shows it. A server of unary gRPC that ends can't say what it took: there `redact` is called.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from google.protobuf.message import Message

from gateway.client import AsyncClient, CallError, aconnect
from gateway.gen.faults.v1.append_pb2 import AppendRequest
from gateway.gen.kernels.v1.redact_pb2 import RedactRequest
from tests.plain_worker import plain_proxy, plain_worker, private_folder
from tests.running import wait_until

CALLS = 10_000
CALLERS = 64
DRAIN_AFTER = 2_000
"""Calls that were answered when the first proxy is told to end."""

Request = Callable[[int], Message]


class Load:
    """Callers that share a number of calls, and what came of them."""

    def __init__(self, client: AsyncClient, kernel: str, request: Request) -> None:
        self._client = client
        self._kernel = kernel
        self._request = request
        self._left = iter(range(CALLS))
        self.answered = 0
        self.failed: Counter[str] = Counter()
        self.started = asyncio.Event()

    async def run(self) -> None:
        """Make all calls."""
        await asyncio.gather(*(self._calls() for _ in range(CALLERS)))

    async def _calls(self) -> None:
        for number in self._left:
            try:
                await self._client.call(self._kernel, self._request(number))
                self.answered += 1
            except CallError as error:
                self.failed[str(error)] += 1
            if self.answered >= DRAIN_AFTER:
                self.started.set()


@pytest.mark.parametrize(
    ("channel", "kernel", "request_of"),
    [
        ("gateway", "append", lambda number: AppendRequest(call_id=str(number).encode())),
        ("gateway-unary", "redact", lambda number: RedactRequest(text=b"call %d from 10.1.2.3" % number)),
    ],
)
def test_no_call_fails_while_a_proxy_drains_and_another_takes_over(channel: str, kernel: str, request_of: Request):
    with private_folder() as folder, ExitStack() as stack:
        written = folder / "appended"
        worker = stack.enter_context(plain_worker("--faults", "--append-file", str(written), folder=folder))
        upstream = ("--upstream", worker.endpoints["uds"])
        first = stack.enter_context(plain_proxy(*upstream, folder=folder))

        def take_over() -> int:
            """Let a second proxy wait for the first one's place, then end the first; its exit code."""
            with ThreadPoolExecutor(1) as starting:
                second = starting.submit(stack.enter_context, plain_proxy(*upstream, folder=folder))
                wait_until(lambda: any(folder.glob("gateway.sock.[0-9]*")), 10)
                code = first.end()
                second.result()
            return code

        address = f"{channel}:{first.endpoints[channel]}"
        load, code = asyncio.run(_under_load(address, kernel, request_of, take_over))
        lines = Counter(written.read_text().split()) if kernel == "append" else Counter()
    assert load.failed == Counter()
    assert load.answered == CALLS
    assert code == 0
    if kernel == "append":
        assert len(lines) == CALLS
        assert set(lines.values()) == {1}


async def _under_load(address: str, kernel: str, request_of: Request, take_over: Callable[[], int]) -> tuple[Load, int]:
    async with aconnect(address, retries=50, timeout_s=30) as client:
        load = Load(client, kernel, request_of)
        calling = asyncio.create_task(load.run())
        await load.started.wait()
        code = await asyncio.to_thread(take_over)
        assert load.answered < CALLS, "the load was over before the second proxy had taken over"
        await calling
        return load, code
