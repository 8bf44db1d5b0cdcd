"""Whether two answers are the same: to the byte, as JSON, or as text with numbers that are nearly the same. Pure.

A comparer takes the expected payload and one that came, and says how they differ without a byte of either; "" is the
same. It raises DoesNotFit when the expected payload is nothing that it can compare.
"""

import json
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

Comparer = Callable[[bytes, bytes], str]

_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)


class DoesNotFit(ValueError):  # noqa: N818 - it reads as a sentence
    """The expected answer is nothing that the comparer can compare; the text says what it is not."""


def named(name: str, tolerance: float) -> Comparer | None:
    """The comparer of that name, None for `bytes`: there whole messages are compared."""
    return {"json": same_json, "approx": partial(nearly_same, tolerance)}.get(name)


def same_bytes(expected: bytes, got: bytes) -> str:
    """Compare to the byte; tells where an answer without a proto parts, not where its message does."""
    if expected == got:
        return ""
    pairs = enumerate(zip(expected, got, strict=False))
    shorter = min(len(expected), len(got))
    place = next((at for at, (one, other) in pairs if one != other), shorter)
    return f"the answer differs at byte {place}; it has {len(got)} bytes, expected {len(expected)}"


def same_json(expected: bytes, got: bytes) -> str:
    """Compare JSON values: one, or one a line. Order of keys and white space are nothing, numbers count by value."""
    right = _values(expected)
    if right is None:
        raise DoesNotFit("is not JSON")
    answer = _values(got)
    if answer is None:
        return "the answer is not JSON"
    single = len(right) == len(answer) == 1
    try:
        return _value_difference("", *((right[0], answer[0]) if single else (right, answer)))
    except RecursionError:
        return "the values are nested too deeply to be compared"


def nearly_same(tolerance: float, expected: bytes, got: bytes) -> str:
    """Compare UTF-8 text: what stands between decimal numbers is the same, and each number a agrees with its b.

    They agree when |a - b| <= tolerance * max(|a|, |b|); a sign belongs to its number.
    """
    right = _text(expected)
    if right is None:
        raise DoesNotFit("is not UTF-8 text")
    answer = _text(got)
    if answer is None:
        return "the answer is not UTF-8 text"
    if _NUMBER.split(right) != _NUMBER.split(answer):
        return "the text between the numbers differs"
    pairs = zip(_NUMBER.findall(right), _NUMBER.findall(answer), strict=True)
    far = next((place for place, (one, other) in enumerate(pairs, 1) if not _near(one, other, tolerance)), None)
    return f"number {far} differs by more than {tolerance:g} of it" if far else ""


def _near(one: str, other: str, tolerance: float) -> bool:
    if one == other:
        return True
    try:
        left, right = Decimal(one), Decimal(other)
        return abs(left - right) <= Decimal(tolerance) * max(abs(left), abs(right))
    except (InvalidOperation, ArithmeticError):  # an exponent beyond what is counted
        return False


def _text(content: bytes) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


def _values(content: bytes) -> list[Any] | None:
    text = _text(content)
    if text is None:
        return None
    whole = _parsed(text)
    if whole is not None:
        return whole
    parts = [_parsed(line) for line in text.splitlines() if line.strip()]
    values = [value for part in parts if part is not None for value in part]
    return values if parts and len(values) == len(parts) else None


def _parsed(text: str) -> list[Any] | None:
    """The value in a list of one, since None is a value."""
    try:
        return [json.loads(text, parse_int=Decimal, parse_float=Decimal, parse_constant=_refuse_constant)]
    except (ValueError, RecursionError, ArithmeticError):
        return None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)  # NaN and the infinities are no JSON


def _value_difference(path: str, right: Any, answer: Any) -> str:
    """Where two values part, by position: names of keys come from the answer and are not told."""
    where = path or "the top"
    if type(right) is not type(answer):
        return f"another kind of value at {where}"
    if isinstance(right, dict):
        if right.keys() != answer.keys():
            return f"other keys at {where}"
        pairs = [(f"{path}/{place}", right[key], answer[key]) for place, key in enumerate(sorted(right))]
    elif isinstance(right, list):
        if len(right) != len(answer):
            return f"{len(answer)} elements at {where}, expected {len(right)}"
        pairs = [(f"{path}/{place}", *pair) for place, pair in enumerate(zip(right, answer, strict=True))]
    else:
        return "" if right == answer else f"another value at {where}"
    return next((text for pair in pairs if (text := _value_difference(*pair))), "")
