"""The Python client of workers and proxies: typed, blocking or asyncio, by frames or by gRPC.

    with connect("uds:/run/user/0/sg-4f/worker.sock") as client:
        client.redact(b"from 10.1.2.3").text

    async with aconnect("gateway-unary:/run/user/0/sg-4f/gateway.sock") as client:
        (await client.redact(b"from 10.1.2.3")).text

An address is a channel's name, a colon, and what a handshake announces for it: a socket's path, or HOST:PORT.
Every failed call raises CallError, the same for the same fault on every channel.
"""

from gateway.client.address import FRAME_CHANNELS, GRPC_CHANNELS
from gateway.client.aio import AsyncClient, aconnect
from gateway.client.blocking import Client, connect
from gateway.client.error import CallError
from gateway.client.observation import Observation
from gateway.wire.lists_generated import Codec, Executed, Reason, Status

__all__ = [
    "FRAME_CHANNELS",
    "GRPC_CHANNELS",
    "AsyncClient",
    "CallError",
    "Client",
    "Codec",
    "Executed",
    "Observation",
    "Reason",
    "Status",
    "aconnect",
    "connect",
]
