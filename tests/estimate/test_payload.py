"""How a user's input becomes pieces."""

import pytest

from gateway.errors import Refusal
from gateway.estimate.payload import A_LINE, payloads

LOG = b"".join(b"%05d a line of a log, such as services write them\r\n" % number for number in range(3000))


def test_by_default_there_are_single_lines_without_their_ends_and_the_usual_sizes():
    lines, small, large = payloads(LOG, (), "lines")
    assert lines.name == A_LINE
    assert {len(piece) for piece in lines.pieces} == {len(LOG.splitlines()[0])}
    assert (small.name, large.name) == ("4 KiB", "64 KiB")
    assert all(piece.endswith(b"\n") for piece in small.pieces)


def test_what_the_end_of_the_input_leaves_over_is_no_piece():
    (only,) = payloads(LOG, (10_000,), "anywhere")
    assert {len(piece) for piece in only.pieces} == {10_000}


def test_an_input_smaller_than_the_usual_sizes_is_one_piece_or_its_lines():
    assert [one.name for one in payloads(b"one line only", (), "lines")] == ["the whole file"]
    assert [one.name for one in payloads(b"two\nlines\n\n", (), "lines")] == [A_LINE]
    assert [one.name for one in payloads(b"two\nlines", (), "whole")] == ["the whole file"]


@pytest.mark.parametrize(
    ("content", "sizes", "cut", "told"),
    [
        (b"short", (4096,), "lines", r"--size 4 KiB is more than the input's 5 B"),
        (b"x" * (5 << 20), (), "whole", r"the input has 5 MiB, and a call 4 MiB at most"),
    ],
)
def test_what_no_call_can_have_is_refused(content: bytes, sizes: tuple[int, ...], cut: str, told: str):
    with pytest.raises(Refusal, match=told):
        payloads(content, sizes, cut)
