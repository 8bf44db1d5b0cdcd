"""That a lost call would be found."""

import pytest

from tests.compose.counted import Counted


def calls() -> Counted:
    return Counted({"a", "b"}, {"n"}, {"u"})


@pytest.mark.parametrize("lines", [["a", "b"], ["b", "a", "u"]])
def test_a_call_that_failed_midway_may_have_run_or_not(lines: list[str]):
    assert calls().wrong(lines) == ""


@pytest.mark.parametrize(
    ("lines", "every_answer", "told"),
    [
        (["a"], False, "1 acknowledged calls are lost"),
        (["a", "b", "b"], False, "1 calls ran more than once"),
        (["a", "b", "n"], False, "1 calls ran of which the caller was told that they did not"),
        (["a", "b", "x"], False, "1 calls ran that nobody made"),
        (["a", "b", "u"], True, "1 calls ran without an answer"),
    ],
)
def test_each_wrong_is_told(lines: list[str], every_answer: bool, told: str):
    assert calls().wrong(lines, every_answer=every_answer).startswith(f"{told} (")


def test_calls_that_all_fail_show_nothing():
    assert Counted(set(), {"n"}, set()).wrong([]).startswith("no call was acknowledged")
