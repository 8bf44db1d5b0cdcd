"""Blocking calls by unary gRPC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc

from gateway.client import unary
from gateway.client.call import Call, Reply, in_hand
from gateway.client.error import failed
from gateway.gen.wire.v1.wire_pb2 import Receipt
from gateway.wire.lists_generated import Reason

if TYPE_CHECKING:
    from gateway.client.address import Settings


class GrpcChannel:
    """Safe for any number of threads."""

    def __init__(self, settings: Settings) -> None:
        self._limit = settings.max_message_bytes
        self._channel = grpc.insecure_channel(unary.target(settings.target), options=unary.options(self._limit))

    def call(self, call: Call) -> Reply:
        """Make one call; raises CallError."""
        unary.check_size(call, self._limit)
        method = self._channel.unary_unary(call.method)
        try:
            payload, made = method.with_call(call.payload, timeout=call.left_s(), metadata=unary.metadata(call))
        except grpc.RpcError as error:
            if isinstance(error, grpc.Call):
                places = (error.initial_metadata() or (), error.trailing_metadata() or ())
                unary.check_contract(*places)
                raise unary.error(error.code(), error.details() or "", *places) from error
            raise
        except ValueError as error:
            raise failed(Reason.NO_WORKER, "the client was closed") from error
        places = (made.initial_metadata() or (), made.trailing_metadata() or ())
        unary.check_contract(*places)
        return in_hand(unary.receipt(*places) or Receipt(), payload, stamps=call.stamps)

    def close(self) -> None:
        """End the connection; calls in flight fail."""
        self._channel.close()
