"""What a kernel is asked with a piece of an input."""

import gzip

import pytest

from gateway.errors import Refusal
from gateway.inputs import logs, shapes
from gateway.wire import kernels
from tests.oracle import inflate, tokenize, topk

LOGS = logs.generate(42, 100_000)


@pytest.mark.parametrize("kernel", kernels.NAMES)
@pytest.mark.parametrize("content", [LOGS[:1], LOGS[:384], LOGS[:4097], b"\xff\xfe\0"], ids=["1", "384", "4097", "odd"])
def test_the_same_piece_makes_the_same_request(kernel: str, content: bytes):
    assert shapes.request(kernel, content) == shapes.request(kernel, content)


@pytest.mark.parametrize(
    "kernel", [kernel for kernel in kernels.NAMES if kernel not in ("tokenize", "topk", "inflate")]
)
def test_most_kernels_take_a_piece_as_it_is(kernel: str):
    assert shapes.request(kernel, b"\xff\0piece") == kernels.request(kernel, b"\xff\0piece")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"plain", b"plain"),
        ("schön 世界".encode(), "schön 世界".encode()),
        ("世界".encode()[1:5], b"???" + b"?"),
        (b"a\xffb\xc3", b"a?b?"),
        (b"\xed\xa0\x80\xc0\xaf", b"?????"),
        (b"\xf0\x9f\x98", b"???"),
        (b"", b""),
    ],
)
def test_text_for_tokenize_is_as_long_and_utf8(content: bytes, text: bytes):
    assert shapes.utf8(content) == text
    assert len(text) == len(content)


def test_generated_logs_are_tokenized_once_they_are_utf8():
    assert tokenize.answer({"text": shapes.utf8(LOGS[:5000])})["count"] > 1000


def test_a_query_depends_on_all_of_the_piece_and_is_taken_as_it_is_where_it_fits():
    first, second = shapes.query(LOGS[:4096]), shapes.query(LOGS[:4095] + b"~")
    assert len(first) == len(second) == shapes.QUERY_BYTES == topk.COMPONENTS
    assert first != second
    assert shapes.query(first) == first
    assert shapes.request("topk", LOGS).k == shapes.K  # pyright: ignore[reportAttributeAccessIssue]


def test_gzip_data_for_inflate_holds_the_piece_in_one_member_or_two():
    pieces = [LOGS[at : at + 1000] for at in range(0, 60_000, 1000)]
    packed = [shapes.gzipped(piece) for piece in pieces]
    assert [inflate.answer({"data": data})["data"] for data in packed] == pieces
    of_two = sum(data.count(gzip.compress(b"")[:4]) == 2 for data in packed)
    assert 10 <= of_two <= 30
    assert shapes.gzipped(packed[0]) == packed[0]


def test_a_piece_that_inflate_would_refuse_is_refused_before():
    with pytest.raises(Refusal, match="4000001 bytes for inflate"):
        shapes.gzipped(bytes(4_000_001))


def test_a_query_has_one_size_whatever_was_asked_for():
    assert list(shapes.sizes("topk", [64, 4096])) == [384]
    assert list(shapes.sizes("tokenize", [64, 4096])) == [64, 4096]
