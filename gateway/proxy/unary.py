"""The typed unary services and `BytesService`. One handler serves every kernel: its payload is never parsed."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

import grpc

from gateway.proxy import header, metadata, watch
from gateway.proxy.call import Call
from gateway.proxy.failure import Failure, fail
from gateway.wire.bytes import BYTES_METHOD
from gateway.wire.frame import COUNTED_PREFIX_BYTES, MORE
from gateway.wire.lists_generated import (
    KERNELS,
    MAX_FRAME_BYTES,
    MAX_KERNEL_NAME_BYTES,
    METADATA_CONTRACT,
    METADATA_KERNEL,
    METADATA_STAMPS,
    Codec,
    Reason,
    Status,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.proxy.core import Core
    from gateway.proxy.header import Fields

    Context = grpc.aio.ServicerContext[bytes, bytes]
    Handler = Callable[[bytes, Context], Awaitable[bytes]]

READ = frozenset({METADATA_CONTRACT, METADATA_KERNEL, METADATA_STAMPS, "traceparent", "tracestate"})
"""The entries that mean something here."""
CODES = {code.value[0]: code for code in grpc.StatusCode}
CHANNEL = "gateway-unary"
_PROTOBUF = int(Codec.PROTOBUF)


class Unary:
    """Serves the unary methods."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._loop = asyncio.get_running_loop()
        self._success = metadata.Success()

    def handlers(self) -> dict[str, Handler]:
        """Method path → handler."""
        typed = {kernel.method: partial(self._serve, kernel.name.encode()) for kernel in KERNELS}
        return {**typed, BYTES_METHOD: self._bytes}

    async def _bytes(self, request: bytes, context: Context) -> bytes:
        """A kernel without a proto, named by its metadata entry."""
        name = _entries(context).get(METADATA_KERNEL, "").encode()
        if not 0 < len(name) <= MAX_KERNEL_NAME_BYTES:
            text = f"the metadata entry {METADATA_KERNEL} is missing, or over {MAX_KERNEL_NAME_BYTES} bytes"
            return await self._refuse(fail(Reason.MALFORMED_HEADER, text), context)
        if name in TYPED:
            text = f"the kernel {name.decode()} has a service of its own; call that"
            return await self._refuse(fail(Reason.UNKNOWN_KERNEL, text), context)
        return await self._serve(name, request, context)

    async def unknown(self, _request: bytes, context: Context) -> bytes:
        """A method that the contract does not have."""
        text = "no kernel of that name here; reflection lists the services"
        return await self._refuse(fail(Reason.UNKNOWN_KERNEL, text), context)

    async def _serve(self, name: bytes, request: bytes, context: Context) -> bytes:
        wishes = metadata.read(_entries(context))
        if isinstance(wishes, Failure):
            return await self._refuse(wishes, context)
        left_s = context.time_remaining()
        deadline_ns = 0 if left_s is None else max(1, int(left_s * 1e9))
        packed = header.pack([name, _PROTOBUF, len(request), deadline_ns, *wishes])
        exchange = self._exchange()
        try:
            reply = await exchange.ask(name, packed, request, plain=wishes is metadata.NONE)
        except asyncio.CancelledError:
            exchange.give_up()
            raise
        finally:
            self._core.gate.in_flight -= 1
        return await self._answer(reply, context)

    def _exchange(self) -> Exchange:
        return Exchange(self._core, self._loop.create_future())

    async def _refuse(self, failure: Failure, context: Context) -> bytes:
        return await _abort(context, failure.receipt)

    async def _answer(self, reply: Reply, context: Context) -> bytes:
        if reply.failure is not None:
            return await _abort(context, reply.failure)
        if reply.hop is not None:
            reply.hop[header.HOPS_NS] = watch.sent_now(reply.hop[header.HOPS_NS])
            await context.send_initial_metadata(metadata.receipt_metadata(reply.hop))
        else:
            # With the trailers: initial metadata are an operation of their own in grpcio, 55 µs of 350.
            context.set_trailing_metadata(self._success.of(reply.receipt))
        return reply.payload


TYPED = frozenset(kernel.name.encode() for kernel in KERNELS)
"""Kernels that have a proto of their own."""


class Reply:
    """How a call ended: `failure`, or `receipt` and `payload`; `hop` is the receipt of a call with stamps."""

    __slots__ = ("failure", "hop", "payload", "receipt")

    def __init__(self) -> None:
        self.failure: Fields | None = None
        self.hop: Fields | None = None
        self.receipt = b""
        self.payload = b""


class Exchange:
    """One unary call: what is sent on, and what comes back."""

    __slots__ = ("_call", "_core", "_future", "_pieces", "_reply")

    def __init__(self, core: Core, future: asyncio.Future[Reply]) -> None:
        self._core = core
        self._future = future
        self._reply = Reply()
        self._pieces: list[bytes] | None = None
        self._call: Call | None = None

    async def ask(self, name: bytes, packed: bytes, request: bytes, *, plain: bool) -> Reply:
        """Forward the call and wait for its end. It counts as in flight from here on."""
        core = self._core
        taken = core.gate.enter()
        call = self._call = cut(self, packed, request)
        if plain and taken and call.rest is None and not core.watches_all and len(request) <= core.max_message_bytes:
            upstream = core.routes[name]
            connection = upstream.connection
            while connection is not None and connection.paused:
                await connection.resumed()
                connection = upstream.connection
            upstream.begin(call)
        elif (refusal := core.gate.refusal()) is not None:
            self.fail(call, refusal)
        else:
            core.open(call, CHANNEL)
        return await self._future

    def give_up(self) -> None:
        """The caller is gone."""
        call = self._call
        if call is not None and not call.answered:
            call.answered = True
            call.cancel()

    def deliver(self, call: Call, flags: int, header_bytes: int, data: bytearray, start: int, stop: int) -> None:
        """Take a piece of the reply."""
        if call.answered:
            return
        if header_bytes:
            self._reply.receipt = bytes(data[start : start + header_bytes])
        piece = bytes(memoryview(data)[start + header_bytes : stop])
        if flags or self._pieces is not None:
            self._pieces = self._pieces or []
            self._pieces.append(piece)
            piece = b"".join(self._pieces) if not flags else b""
        if not flags:
            self._reply.payload = piece
            self._end(call)

    def fail(self, call: Call, failure: Failure) -> None:
        """Take the end of a call that no worker answers."""
        if call.answered:
            return
        self._reply.failure = failure.receipt
        if call.watch is not None:
            call.watch.finish(failure.receipt)
        self._done(call)

    def _end(self, call: Call) -> None:
        reply = self._reply
        if call.watch is not None or reply.receipt[1:2] != OK:
            fields = header.read_receipt(reply.receipt)
            if fields is None:
                self.fail(call, fail(Reason.INTERNAL_ERROR, "the worker's receipt does not decode"))
                return
            self._look(call, fields)
        self._done(call)

    def _look(self, call: Call, fields: Fields) -> None:
        if call.watch is not None:
            call.watch.add_hop(fields)
            call.watch.finish(fields)
            self._reply.hop = fields if call.watch.stamps else None
        if fields[header.STATUS] != Status.OK:
            self._reply.failure = fields

    def _done(self, call: Call) -> None:
        call.answered = True
        if not self._future.done():
            self._future.set_result(self._reply)


OK = bytes([Status.OK])
"""How the first field of a receipt looks when the call succeeded."""


def cut(sink: Exchange, packed: bytes, request: bytes) -> Call:
    """The call, in as many frames as it takes."""
    room = MAX_FRAME_BYTES - COUNTED_PREFIX_BYTES
    first = room - len(packed)
    if len(request) <= first:
        return Call(sink, 0, 0, len(packed), packed + request)
    call = Call(sink, 0, MORE, len(packed), packed + request[:first])
    for at in range(first, len(request), room):
        call.add(MORE if at + room < len(request) else 0, request[at : at + room])
    return call


def _entries(context: Context) -> dict[str, str]:
    """What is read of the metadata; grpcio gives entries whose names do not end in -bin as text."""
    found: Any = context.invocation_metadata() or ()
    return {key: value for key, value in found if key in READ}


async def _abort(context: Context, receipt: Fields) -> bytes:
    text = receipt[header.MESSAGE].decode("utf-8", "replace")
    code = CODES.get(receipt[header.STATUS], grpc.StatusCode.UNKNOWN)
    return await context.abort(code, text, metadata.failure_metadata(receipt))
