"""A bare grpc.aio echo on uvloop: what a proxy in Python is held against.

It hands bytes through without decoding them, which is the fastest that the library can do a unary call.
Run it as `python -m gateway.references.aio_echo --socket-dir DIR`, with the flags of every child (protos/HANDSHAKE.md).
"""

import argparse
import asyncio
import json
import os
import sys
import time
from pathlib import Path

import grpc
import uvloop

from gateway import __version__
from gateway.proxy.ending import Ending
from gateway.wire.lists_generated import CONTRACT_TEXT

NAME = "bare-aio"
ROLE = "reference-aio"
SERVICE = "kernels.v1.EchoService"


async def echo(request: bytes, _context: "grpc.aio.ServicerContext[bytes, bytes]") -> bytes:
    """Give the request back: EchoRequest and EchoResponse are alike."""
    return request


async def serve(options: argparse.Namespace, start_ns: int) -> None:
    """Serve until a signal or the lifeline's end; say so on stdout by a handshake."""
    ending = Ending(options.lifeline_fd)
    socket = Path(options.socket_dir) / f"{NAME}.sock"
    server = grpc.aio.server()
    handlers = {"Echo": grpc.unary_unary_rpc_method_handler(echo)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    server.add_insecure_port(f"unix:{socket}")
    await server.start()
    print(handshake(socket, options.nonce, start_ns), flush=True)
    await ending.wait()
    await server.stop(None)


def handshake(socket: Path, nonce: str, start_ns: int) -> str:
    """The line by which a child announces itself (protos/HANDSHAKE.md)."""
    line = {
        "contract": CONTRACT_TEXT,
        "role": ROLE,
        "pid": os.getpid(),
        "start_ns": start_ns,
        "nonce": nonce,
        "version": __version__,
        "endpoints": {NAME: str(socket)},
    }
    return json.dumps(line, separators=(",", ":"))


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The flags of every child; those that an echo has no use for are taken and left."""
    parser = argparse.ArgumentParser(prog="aio_echo", description="A bare grpc.aio echo.")
    parser.add_argument("--socket-dir", required=True, metavar="DIR")
    parser.add_argument("--nonce", default="", metavar="HEX")
    parser.add_argument("--lifeline-fd", type=int, metavar="N")
    parser.add_argument("--clock-offset-ns", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--drain-timeout", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    started_ns = time.monotonic_ns()
    uvloop.install()
    asyncio.run(serve(parsed(sys.argv[1:]), started_ns))
