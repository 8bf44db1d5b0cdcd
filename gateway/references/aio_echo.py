"""A bare grpc.aio echo on uvloop: what a proxy in Python is held against.

It hands bytes through without decoding them, which is the fastest that the library can do a unary call.
Run it as `python -m gateway.references.aio_echo SOCKET`.
"""

import asyncio
import sys

import grpc
import uvloop

METHOD = "kernels.v1.EchoService"


async def echo(request: bytes, _context: "grpc.aio.ServicerContext[bytes, bytes]") -> bytes:
    """Give the request back: EchoRequest and EchoResponse are alike."""
    return request


async def serve(socket: str) -> None:
    """Serve on the socket until the process is killed; say so on stdout."""
    server = grpc.aio.server()
    handlers = {"Echo": grpc.unary_unary_rpc_method_handler(echo)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(METHOD, handlers),))
    server.add_insecure_port(f"unix:{socket}")
    await server.start()
    print("serving", flush=True)
    await server.wait_for_termination()


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(serve(sys.argv[1]))
