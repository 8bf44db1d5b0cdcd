"""Frames in Python agree with the vectors, whatever the pieces they come in."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.wire import frame
from gateway.wire.frame import Frame, FrameReader, ProtocolError, Side
from gateway.wire.lists_generated import MAX_FRAME_BYTES, FrameType
from tests.contract.vectors import FOLDER, bytes_of, read

FRAMES: dict[str, dict[str, Any]] = {path.stem: read(path) for path in sorted((FOLDER / "frames").glob("*.json"))}
REFUSED: dict[str, dict[str, Any]] = {
    case["name"]: case for case in read(FOLDER / "malformed" / "frames.json")["refused"]
}


def expected(vector: dict[str, Any]) -> Frame:
    parts = bytes_of(vector["header"]), bytes_of(vector["payload"])
    return Frame(FrameType(vector["type"]), vector["flags"], vector["call_id"], *parts)


@pytest.mark.parametrize("vector", FRAMES.values(), ids=FRAMES)
def test_a_frame_is_written_as_the_vector_says(vector: dict[str, Any]) -> None:
    wanted = expected(vector)
    written = frame.encode(wanted.type, wanted.call_id, wanted.header, wanted.payload, wanted.flags)
    assert written == bytes_of(vector["bytes"])


@pytest.mark.parametrize("vector", FRAMES.values(), ids=FRAMES)
def test_a_frame_is_read_as_the_vector_says(vector: dict[str, Any]) -> None:
    assert FrameReader(sender=Side(vector["sender"])).feed(bytes_of(vector["bytes"])) == [expected(vector)]


@pytest.mark.parametrize("step", [1, 7, 16, 1000, 1 << 20])
def test_frames_come_out_whatever_the_pieces(step: int) -> None:
    vectors = [vector for name, vector in FRAMES.items() if step > 1 or name != "call_largest"]
    stream = b"".join(bytes_of(vector["bytes"]) for vector in vectors)
    reader = FrameReader()
    found = [one for at in range(0, len(stream), step) for one in reader.feed(stream[at : at + step])]
    assert found == [expected(vector) for vector in vectors]
    assert reader.unread_bytes == 0


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_a_broken_rule_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError):
        FrameReader(sender=Side(case["sender"])).feed(bytes_of(case["bytes"]))


def test_a_limit_of_ones_own_is_kept() -> None:
    data = frame.encode(FrameType.CALL, 1, b"", bytes(100))
    assert len(FrameReader(max_frame_bytes=112).feed(data)) == 1
    with pytest.raises(ProtocolError, match="over the limit of 111"):
        FrameReader(max_frame_bytes=111).feed(data)


@pytest.mark.parametrize("size", [0, 1, 4084, 4085, 100_000])
def test_a_cut_message_adds_up(size: int) -> None:
    payload, header = bytes(range(256)) * (size // 256) + bytes(size % 256), b"\x91\xc4\x00"
    pieces = list(frame.cut(FrameType.CALL, 3, header, payload, 4096))
    frames = FrameReader(4096, Side.CLIENT).feed(b"".join(pieces))
    assert b"".join(one.payload for one in frames) == payload
    assert [one.header for one in frames] == [header, *[b""] * (len(frames) - 1)]
    assert [one.more for one in frames] == [True] * (len(frames) - 1) + [False]


def test_the_largest_frame_is_not_cut() -> None:
    assert len(list(frame.cut(FrameType.REPLY, 1, b"", bytes(MAX_FRAME_BYTES - 12)))) == 1
    assert len(list(frame.cut(FrameType.REPLY, 1, b"", bytes(MAX_FRAME_BYTES - 11)))) == 2
