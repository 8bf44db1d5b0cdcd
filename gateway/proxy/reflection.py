"""Server reflection, v1 and v1alpha, made when the first question comes.

The package has v1alpha only. v1 is the same protocol under another package name, so its descriptor is v1alpha's with
that name, and one servicer answers both.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gateway.wire.bytes import BYTES_SERVICE
from gateway.wire.lists_generated import KERNELS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

V1 = "grpc.reflection.v1"
V1ALPHA = "grpc.reflection.v1alpha"
SERVICE = "ServerReflection"
METHOD = "ServerReflectionInfo"
SERVICES = (
    *(kernel.service for kernel in KERNELS if not kernel.misbehaves),
    BYTES_SERVICE,
    "wire.v1.FrameService",
    "grpc.health.v1.Health",
    f"{V1}.{SERVICE}",
    f"{V1ALPHA}.{SERVICE}",
)
"""What is listed. The kernels that misbehave are not, but their descriptors are found by name."""

OWNERS = {*SERVICES, *(kernel.service for kernel in KERNELS)}


async def answer(requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
    """Answer each question of a stream, in either version."""
    async for response in _servicer().ServerReflectionInfo(map_requests(requests), context):
        yield response.SerializeToString()


async def map_requests(requests: AsyncIterator[bytes]) -> AsyncIterator[Any]:
    """The questions out of their bytes. The descriptor pool finds no method: a question for one goes to its service."""
    from grpc_reflection.v1alpha import reflection_pb2

    async for request in requests:
        question = reflection_pb2.ServerReflectionRequest.FromString(request)
        owner = question.file_containing_symbol.rpartition(".")[0]
        if owner in OWNERS:
            question.file_containing_symbol = owner
        yield question


@cache
def _servicer() -> Any:
    from grpc_reflection.v1alpha import reflection

    for kernel in KERNELS:
        import_module(f"gateway.gen.{kernel.package}.{kernel.name}_pb2")
    for module in ("gateway.gen.kernels.v1.bytes_pb2", "gateway.gen.wire.v1.frames_pb2", "grpc_health.v1.health_pb2"):
        import_module(module)
    _add_v1()
    return reflection.aio.ReflectionServicer(SERVICES)


def _add_v1() -> None:
    """v1alpha's file under v1's names, for tools that ask the reflection service about itself."""
    from google.protobuf import descriptor_pb2, descriptor_pool
    from grpc_reflection.v1alpha import reflection_pb2

    alpha = reflection_pb2.DESCRIPTOR.serialized_pb
    file = descriptor_pb2.FileDescriptorProto.FromString(alpha)
    file.name, file.package = "grpc/reflection/v1/reflection.proto", V1
    for message in file.message_type:
        for field in [one for one in message.field if one.type_name]:
            field.type_name = field.type_name.replace(f".{V1ALPHA}.", f".{V1}.")
    for method in file.service[0].method:
        method.input_type = method.input_type.replace(f".{V1ALPHA}.", f".{V1}.")
        method.output_type = method.output_type.replace(f".{V1ALPHA}.", f".{V1}.")
    file.ClearField("options")
    descriptor_pool.Default().AddSerializedFile(file.SerializeToString())
