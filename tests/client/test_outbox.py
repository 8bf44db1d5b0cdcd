"""What waits to be written goes out so that a small call passes a large one."""

from gateway.client.outbox import WRITE_BYTES, Outbox


def test_everything_ready_goes_out_in_one_write():
    outbox = Outbox()
    for part in (b"a", b"b", b"c"):
        outbox.put_frame(part)
    assert outbox.take() == b"abc"
    assert outbox.take() == b""
    assert not outbox


def test_a_small_call_passes_the_pieces_of_a_large_one_but_not_its_first():
    outbox = Outbox()
    outbox.put(iter([b"L1", b"L2", b"L3"]))
    first = outbox.take()
    outbox.put(iter([b"s"]))
    assert [first, outbox.take(), outbox.take()] == [b"L1L2", b"sL3", b""]


def test_large_calls_take_turns():
    outbox = Outbox()
    outbox.put(iter([b"A1", b"A2", b"A3"]))
    outbox.put(iter([b"B1", b"B2", b"B3"]))
    assert [outbox.take() for _ in range(4)] == [b"A1B1A2", b"B2", b"A3", b"B3"]


def test_no_write_is_over_the_bound():
    outbox = Outbox()
    part = bytes(WRITE_BYTES // 3)
    for _ in range(7):
        outbox.put_frame(part)
    sizes = [len(outbox.take()) for _ in range(3)]
    assert sizes == [3 * len(part), 3 * len(part), len(part)]


def test_what_was_not_taken_is_known():
    outbox = Outbox()
    first = outbox.put_frame(b"a")
    outbox.take()
    second = outbox.put_frame(b"b")
    assert first <= outbox.taken < second
