"""What a kernel is asked with a piece of an input: the same everywhere, so that call, verify and bench mean one thing.

Most kernels take the piece as it is. The size of a request is that of the piece, so for `inflate` that of its content.
"""

import codecs
import gzip
import hashlib
import zlib
from typing import TYPE_CHECKING

from gateway.errors import Refusal
from gateway.wire import kernels

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from google.protobuf.message import Message

QUERY_BYTES = 384
"""A query of `topk`, protos/kernels/v1/topk.md; it has this size whatever piece it comes from."""
K = 10
INFLATED_BYTES = 4_000_000
"""The most that `inflate` answers, protos/kernels/v1/inflate.md."""
LEVEL = 6
MEMBERS_OF_SOME = 3
"""About one piece in so many becomes two gzip members."""
_GZIP = b"\x1f\x8b\x08"


def request(kernel: str, content: bytes, **scalars: int) -> "Message":
    """The kernel's request for a piece of an input."""
    shaped = _SHAPES.get(kernel, bytes)(content)
    return kernels.request(kernel, shaped, **({"k": K} if kernel == "topk" else {}), **scalars)


def sizes(kernel: str, asked: "Sequence[int]") -> "Sequence[int]":
    """The sizes that a scenario of the kernel has when these were asked for."""
    return (QUERY_BYTES,) if kernel == "topk" else asked


def utf8(content: bytes) -> bytes:
    """As long, every byte that is no part of a whole UTF-8 character replaced by `?`."""
    return content.decode(errors=_MARKED).encode()


def _marks(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "?" * (error.end - error.start), error.end


_MARKED = "sidecar-question-marks"
codecs.register_error(_MARKED, _marks)


def query(content: bytes) -> bytes:
    """A query that depends on all of the content: SHAKE-256 of it, or the content itself where it has the size."""
    return content if len(content) == QUERY_BYTES else hashlib.shake_256(content).digest(QUERY_BYTES)


def gzipped(content: bytes) -> bytes:
    """Gzip data of the content, some of it in two members; content that is gzip data already stays as it is."""
    if content.startswith(_GZIP):
        return content
    if len(content) > INFLATED_BYTES:
        raise Refusal(f"{len(content)} bytes for inflate, which answers {INFLATED_BYTES} at most", "ask for less")
    cut = len(content) // 2 if zlib.crc32(content) % MEMBERS_OF_SOME == 0 else 0
    parts = [content[:cut], content[cut:]] if cut else [content]
    return b"".join(gzip.compress(part, LEVEL, mtime=0) for part in parts)


_SHAPES: "Mapping[str, Callable[[bytes], bytes]]" = {"tokenize": utf8, "topk": query, "inflate": gzipped}
