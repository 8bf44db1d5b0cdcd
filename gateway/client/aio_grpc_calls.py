"""Calls by unary gRPC under asyncio."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
import grpc.aio

from gateway.client import unary
from gateway.client.call import Call, Reply, in_hand
from gateway.client.error import failed
from gateway.gen.wire.v1.wire_pb2 import Receipt
from gateway.wire.lists_generated import Reason

if TYPE_CHECKING:
    from gateway.client.address import Settings


class AsyncGrpcChannel:
    """For one event loop."""

    def __init__(self, settings: Settings) -> None:
        self._limit = settings.max_message_bytes
        self._channel = grpc.aio.insecure_channel(unary.target(settings.target), options=unary.options(self._limit))

    async def call(self, call: Call) -> Reply:
        """Make one call; raises CallError. Cancelling the task cancels the call."""
        unary.check_size(call, self._limit)
        method = self._channel.unary_unary(call.method)
        try:
            made = method(call.payload, timeout=call.left_s(), metadata=unary.metadata(call))
            payload = await made
        except grpc.aio.AioRpcError as error:
            places = (tuple(error.initial_metadata() or ()), tuple(error.trailing_metadata() or ()))
            unary.check_contract(*places)
            raise unary.error(error.code(), error.details() or "", *places) from error
        except grpc.aio.UsageError as error:
            raise failed(Reason.NO_WORKER, "the client was closed") from error
        places = (tuple(await made.initial_metadata()), tuple(await made.trailing_metadata()))
        unary.check_contract(*places)
        return in_hand(unary.receipt(*places) or Receipt(), payload, stamps=call.stamps)

    async def close(self) -> None:
        """End the connection; calls in flight fail."""
        await self._channel.close()
