"""Comparers: what counts as the same answer, and when one does not fit."""

import pytest

from gateway.verify.comparer import DoesNotFit, named, nearly_same, same_bytes, same_json


def test_bytes_need_no_comparer_of_their_own():
    assert named("bytes", 0.1) is None


@pytest.mark.parametrize(
    ("expected", "got", "difference"),
    [
        (b"abc", b"abc", ""),
        (b"abc", b"abd", "the answer differs at byte 2; it has 3 bytes, expected 3"),
        (b"abc", b"", "the answer differs at byte 0; it has 0 bytes, expected 3"),
        (b"a", b"ab", "the answer differs at byte 1; it has 2 bytes, expected 1"),
    ],
)
def test_bytes_part_at_a_place_that_is_told(expected: bytes, got: bytes, difference: str):
    assert same_bytes(expected, got) == difference


@pytest.mark.parametrize(
    ("expected", "got", "difference"),
    [
        (b'{"a": 1, "b": [2, 3]}', b'{"b":[2,3.0],"a":1e0}', ""),
        (b"null", b" null\n", ""),
        (b'{"n": 12345678901234567890}', b'{"n": 12345678901234567891}', "another value at /0"),
        (b'{"a": 1}', b'{"a": true}', "another kind of value at /0"),
        (b'{"a": 1}', b'{"b": 1}', "other keys at the top"),
        (b"[1, 2]", b"[1]", "1 elements at the top, expected 2"),
        (b"[1, 2]", b"[1, 2", "the answer is not JSON"),
        (b"1", b"NaN", "the answer is not JSON"),
        (b"1", b"\xff", "the answer is not JSON"),
        (b"[" * 300 + b"]" * 300, b"[" * 300 + b"]" * 300, ""),
    ],
)
def test_json_is_compared_by_value(expected: bytes, got: bytes, difference: str):
    assert same_json(expected, got) == difference


def test_a_value_a_line_is_json_too():
    assert same_json(b'{"a":1}\n{"b":2}\n', b'{"a": 1.0}\r\n{"b": 2}') == ""
    assert same_json(b'{"a":1}\n{"b":2}\n', b'{"a":1}\n') != ""


@pytest.mark.parametrize("text", [b"", b"plain", b"\xff", b"NaN", b"{} {}"])
def test_json_does_not_fit_what_is_no_json(text: bytes):
    with pytest.raises(DoesNotFit, match="is not JSON"):
        same_json(text, b"{}")


@pytest.mark.parametrize(
    ("expected", "got", "difference"),
    [
        (b"sum 1.0000000001 of 3", b"sum 1 of 3", ""),
        (b"sum 1.1 of 3", b"sum 1 of 3", "number 1 differs by more than 1e-09 of it"),
        (b"a -2e3", b"a -2000.0", ""),
        (b"a -2", b"a 2", "number 1 differs by more than 1e-09 of it"),
        (b"0", b"1e-300", "number 1 differs by more than 1e-09 of it"),
        (b"x 1", b"y 1", "the text between the numbers differs"),
        (b"1 2", b"1", "the text between the numbers differs"),
        (b"a", b"\xff", "the answer is not UTF-8 text"),
        (b"1e99999999", b"2e99999999", "number 1 differs by more than 1e-09 of it"),
    ],
)
def test_numbers_in_text_may_differ_by_the_tolerance(expected: bytes, got: bytes, difference: str):
    assert nearly_same(1e-9, expected, got) == difference


def test_approx_does_not_fit_bytes_that_are_no_text():
    with pytest.raises(DoesNotFit, match="is not UTF-8 text"):
        nearly_same(0.1, b"\xff\xfe", b"")
