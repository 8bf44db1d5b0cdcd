"""The contract's kernels as blocking methods. `gateway/client/aio_kernels.py` has the same for asyncio."""

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


class Kernels:
    """Each method makes one call of the kernel of its name; its proto says what it does. All raise CallError."""

    if TYPE_CHECKING:

        def typed(self, kernel: str, request: Message, response: type[M], options: Options) -> M:
            """Make the call."""
            ...

    def echo(self, payload: bytes, **options: Unpack[Options]) -> EchoResponse:
        """The same bytes back."""
        return self.typed("echo", EchoRequest(payload=payload), EchoResponse, options)

    def spin(self, steps: int, seed: int = 0, payload: bytes = b"", **options: Unpack[Options]) -> SpinResponse:
        """Compute for so many steps."""
        return self.typed("spin", SpinRequest(steps=steps, seed=seed, payload=payload), SpinResponse, options)

    def digest(self, data: bytes, **options: Unpack[Options]) -> DigestResponse:
        """The SHA-256 of the bytes."""
        return self.typed("digest", DigestRequest(data=data), DigestResponse, options)

    def redact(self, text: bytes, **options: Unpack[Options]) -> RedactResponse:
        """The text with what is personal masked."""
        return self.typed("redact", RedactRequest(text=text), RedactResponse, options)

    def tokenize(self, text: bytes, count_only: bool = False, **options: Unpack[Options]) -> TokenizeResponse:
        """The cl100k tokens of UTF-8 text, or their number alone."""
        return self.typed("tokenize", TokenizeRequest(text=text, count_only=count_only), TokenizeResponse, options)

    def topk(self, query: bytes, k: int, **options: Unpack[Options]) -> TopkResponse:
        """The k vectors of the resident index that are nearest to 384 signed bytes."""
        return self.typed("topk", TopkRequest(query=query, k=k), TopkResponse, options)

    def inflate(self, data: bytes, max_bytes: int = 0, **options: Unpack[Options]) -> InflateResponse:
        """The content of gzip data, at most so many bytes; 0 stands for the kernel's own bound."""
        return self.typed("inflate", InflateRequest(data=data, max_bytes=max_bytes), InflateResponse, options)
