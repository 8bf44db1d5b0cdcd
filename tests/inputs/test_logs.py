"""The generated logs look as services write them."""

import re
from collections import Counter

import pytest

from gateway.inputs import logs

LOGS = logs.generate(42, 1 << 20)
LINES = LOGS.splitlines(keepends=True)


def share(pattern: bytes) -> float:
    return sum(bool(re.search(pattern, line)) for line in LINES) / len(LINES)


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others():
    assert logs.generate(42, 10_000) == LOGS[: len(logs.generate(42, 10_000))]
    assert logs.generate(43, 10_000) != logs.generate(42, 10_000)


def test_whole_lines_of_at_least_the_size_are_given():
    assert len(LOGS) >= 1 << 20
    assert LOGS.endswith(b"\n")


@pytest.mark.parametrize(
    ("what", "pattern", "low", "high"),
    [
        ("access log lines", rb'"(?:GET|POST|PUT) ', 0.55, 0.65),
        ("lines with CRLF", rb"\r\n$", 0.02, 0.04),
        ("e-mail addresses", rb"@(?:\w+\.)+\w+", 0.001, 0.01),
        ("cards", rb"\b4\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}\b", 0.001, 0.01),
        ("IPv4 addresses", rb"\b(?:\d{1,3}\.){3}[1-9]\d{0,2}\b", 0.003, 0.02),
        ("bearer tokens", rb"Bearer \w{40}", 0.001, 0.01),
        ("keys", rb"(?:api_key=|x-api-key: |ghp_|sk_live_)\w{32}|AKIA\w{16}", 0.001, 0.01),
        ("Cyrillic", "запрос".encode(), 0.001, 0.2),
        ("Japanese", "注文".encode(), 0.001, 0.2),
        ("Arabic", "تسجيل".encode(), 0.001, 0.2),
    ],
)
def test_the_share_of_lines_with(what: str, pattern: bytes, low: float, high: float):
    assert low <= share(pattern) <= high, what


def test_a_few_lines_are_no_utf8():
    invalid = sum(line.decode("utf-8", "ignore").encode() != line for line in LINES)
    assert 0.001 <= invalid / len(LINES) <= 0.01


def test_paths_repeat_with_a_skew():
    paths = Counter(re.findall(rb"(?:GET|POST|PUT) (\S+) ", LOGS)).most_common()
    assert paths[0][1] > 1.6 * paths[1][1] > 1.6 * 10
    assert len(paths) > 200


@pytest.mark.parametrize(("digits", "check"), [("411111111111111", 1), ("7992739871", 3), ("000000000000000", 0)])
def test_the_check_digit_is_that_of_luhn(digits: str, check: int):
    assert logs.luhn_digit(digits) == check
