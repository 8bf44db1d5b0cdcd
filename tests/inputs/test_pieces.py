"""Cutting an input into requests."""

from pathlib import Path

import pytest

from gateway.errors import Refusal
from gateway.inputs import logs, pieces

LINES = b"one\ntwo two\r\nthree three three\nfour"
INPUTS = {
    "lines of both ends": LINES,
    "no line end": b"x" * 100,
    "line ends only": b"\n" * 50,
    "one byte": b"a",
    "generated logs": logs.generate(1, 5000),
}


@pytest.mark.parametrize("size", [1, 2, 7, 16, 64, 4096])
@pytest.mark.parametrize("content", INPUTS.values(), ids=INPUTS.keys())
def test_pieces_joined_are_the_input_and_none_is_too_long(content: bytes, size: int):
    for cut in (pieces.at_line_ends, pieces.anywhere):
        parts = list(cut(content, size))
        assert b"".join(parts) == content
        assert all(0 < len(part) <= size for part in parts)


def test_a_piece_ends_after_the_last_line_end_that_fits():
    assert list(pieces.at_line_ends(LINES, 14)) == [b"one\ntwo two\r\n", b"three three th", b"ree\nfour"]


@pytest.mark.parametrize("size", [1, 10, 64, 1000])
@pytest.mark.parametrize("content", INPUTS.values(), ids=INPUTS.keys())
def test_packed_requests_have_exactly_the_size(content: bytes, size: int):
    requests = pieces.packed(content, size, 20)
    assert [len(request) for request in requests] == [size] * 20


def test_packed_requests_begin_at_lines_and_differ():
    content = logs.generate(3, 20_000)
    starts = {line[:24] for line in content.splitlines(keepends=True)}
    requests = pieces.packed(content, 1000, 15)
    assert all(request[:24] in starts for request in requests)
    assert len(set(requests)) == 15


@pytest.mark.parametrize(("name", "says"), [("missing", "No such file"), ("empty", "is empty"), (".", "directory")])
def test_an_input_that_cannot_be_read_or_is_empty_is_refused_by_name(tmp_path: Path, name: str, says: str):
    (tmp_path / "empty").touch()
    with pytest.raises(Refusal, match=f"{tmp_path}.*{says}"):
        pieces.read(tmp_path / name)
