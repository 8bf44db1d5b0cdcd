"""The contract's kernels as asyncio methods. `gateway/client/kernels.py` has the same for blocking callers."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, Unpack

from google.protobuf.message import Message

from gateway.gen.kernels.v1.digest_pb2 import DigestRequest, DigestResponse
from gateway.gen.kernels.v1.echo_pb2 import EchoRequest, EchoResponse
from gateway.gen.kernels.v1.inflate_pb2 import InflateRequest, InflateResponse
from gateway.gen.kernels.v1.redact_pb2 import RedactRequest, RedactResponse
from gateway.gen.kernels.v1.spin_pb2 import SpinRequest, SpinResponse
from gateway.gen.kernels.v1.tokenize_pb2 import TokenizeRequest, TokenizeResponse
from gateway.gen.kernels.v1.topk_pb2 import TopkRequest, TopkResponse

if TYPE_CHECKING:
    from gateway.client.exchange import Options

M = TypeVar("M", bound=Message)


class AsyncKernels:
    """Each method makes one call of the kernel of its name; its proto says what it does. All raise CallError."""

    if TYPE_CHECKING:

        async def typed(self, kernel: str, request: Message, response: type[M], options: Options) -> M:
            """Make the call."""
            ...

    async def echo(self, payload: bytes, **options: Unpack[Options]) -> EchoResponse:
        """The same bytes back."""
        return await self.typed("echo", EchoRequest(payload=payload), EchoResponse, options)

    async def spin(self, steps: int, seed: int = 0, payload: bytes = b"", **options: Unpack[Options]) -> SpinResponse:
        """Compute for so many steps."""
        return await self.typed("spin", SpinRequest(steps=steps, seed=seed, payload=payload), SpinResponse, options)

    async def digest(self, data: bytes, **options: Unpack[Options]) -> DigestResponse:
        """The SHA-256 of the bytes."""
        return await self.typed("digest", DigestRequest(data=data), DigestResponse, options)

    async def redact(self, text: bytes, **options: Unpack[Options]) -> RedactResponse:
        """The text with what is personal masked."""
        return await self.typed("redact", RedactRequest(text=text), RedactResponse, options)

    async def tokenize(self, text: bytes, count_only: bool = False, **options: Unpack[Options]) -> TokenizeResponse:
        """The cl100k tokens of UTF-8 text, or their number alone."""
        return await self.typed(
            "tokenize", TokenizeRequest(text=text, count_only=count_only), TokenizeResponse, options
        )

    async def topk(self, query: bytes, k: int, **options: Unpack[Options]) -> TopkResponse:
        """The k vectors of the resident index that are nearest to 384 signed bytes."""
        return await self.typed("topk", TopkRequest(query=query, k=k), TopkResponse, options)

    async def inflate(self, data: bytes, max_bytes: int = 0, **options: Unpack[Options]) -> InflateResponse:
        """The content of gzip data, at most so many bytes; 0 stands for the kernel's own bound."""
        return await self.typed("inflate", InflateRequest(data=data, max_bytes=max_bytes), InflateResponse, options)
