"""The parts of verify that need no process: vectors, pieces, comparison, results."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from gateway.errors import Refusal
from gateway.inputs import logs
from gateway.verify import junit, pieces, run, vectors
from gateway.verify.outcome import Answer, Outcome, difference
from gateway.verify.result import Result, Results
from gateway.wire import kernels
from gateway.wire.lists_generated import Reason, Status

GOOD = Outcome(b"\x0a\x02hi")
DEADLINE = Outcome(status=Status.DEADLINE_EXCEEDED, reason=Reason.DEADLINE)


@pytest.mark.parametrize(
    ("expected", "answer", "says"),
    [
        (GOOD, Answer(GOOD), ""),
        (DEADLINE, Answer(DEADLINE, message="one text"), ""),
        (GOOD, None, "no answer came"),
        (GOOD, Answer(GOOD, outcomes=2), "repeated calls gave 2 different outcomes"),
        (GOOD, Answer(Outcome(b"\x0a\x02ho")), "the response differs at byte 3 of its protobuf"),
        (GOOD, Answer(Outcome(b"\x0a\x02")), "the response differs at byte 2 of its protobuf"),
        (GOOD, Answer(Outcome()), "the response differs at byte 0 of its protobuf"),
        (
            GOOD,
            Answer(DEADLINE, message="late"),
            "expected a response of 4 bytes, got DEADLINE_EXCEEDED DEADLINE: late",
        ),
        (DEADLINE, Answer(GOOD), "expected DEADLINE_EXCEEDED DEADLINE, got a response of 4 bytes"),
        (
            DEADLINE,
            Answer(Outcome(status=Status.UNAVAILABLE, reason=Reason.NO_WORKER)),
            "expected DEADLINE_EXCEEDED DEADLINE, got UNAVAILABLE NO_WORKER",
        ),
        (DEADLINE, Answer(Outcome(status=99, reason=98)), "expected DEADLINE_EXCEEDED DEADLINE, got 99 98"),
    ],
)
def test_answers_are_compared_by_bytes_and_errors_by_code_and_reason(
    expected: Outcome, answer: Answer | None, says: str
):
    assert difference(expected, answer) == says


def test_a_difference_shows_no_byte_of_the_response():
    secret = Outcome(b"alice@example.com")
    assert "alice" not in difference(secret, Answer(Outcome(b"alicf@example.com")))
    assert "alice" not in str(secret)


@pytest.mark.parametrize("kernel", kernels.NAMES)
def test_every_kernel_has_vectors_whose_bytes_are_its_messages(kernel: str):
    of_kernel = vectors.read([kernel])
    assert len(of_kernel) >= 5
    for vector in of_kernel:
        request = kernels.request_type(kernel).FromString(vector.request)
        response = kernels.response_type(kernel).FromString(vector.expected.response)
        assert request.SerializeToString(deterministic=True) == vector.request, vector.name
        assert response.SerializeToString(deterministic=True) == vector.expected.response, vector.name


def test_a_folder_without_vectors_is_refused(tmp_path: Path):
    with pytest.raises(Refusal, match=f"no vectors of echo in {tmp_path}"):
        vectors.read(["echo"], tmp_path)


@pytest.mark.parametrize(
    ("written", "content"),
    [
        ("", b""),
        ("00ff", b"\x00\xff"),
        ({"parts": ["61", {"repeat": "6263", "times": 3}, "64"]}, b"abcbcbcd"),
    ],
)
def test_bytes_of_a_vector_file(written: object, content: bytes):
    assert vectors.bytes_of(written) == content


@pytest.mark.parametrize("how", [pieces.LINES, pieces.ANYWHERE])
@pytest.mark.parametrize("size", [1, 511, 512, 513, 200_000])
def test_pieces_cover_the_whole_input_and_are_named_by_their_place(how: str, size: int):
    content = logs.generate(5, size)
    cut = list(pieces.cut(content, how))
    assert b"".join(piece.content for piece in cut) == content
    assert all(len(piece.content) <= max(pieces.SIZES) for piece in cut)
    assert cut[0].name.startswith("bytes 0 to ")
    assert cut[-1].name.endswith(f" to {len(content) - 1}")


def test_pieces_for_redact_and_tokenize_end_at_line_ends():
    assert pieces.CUTS == {"redact": pieces.LINES, "tokenize": pieces.LINES}
    cut = list(pieces.cut(logs.generate(5, 300_000), pieces.LINES))
    assert all(piece.content.endswith(b"\n") for piece in cut)
    assert {len(piece.content) > 4096 for piece in cut} == {True, False}


RESULTS = Results(
    [
        Result("redact", "native", "cards"),
        Result("redact", "uds/raw", "cards", "the response differs at byte 3 of its protobuf"),
        Result("redact", "uds/raw", "emails"),
    ],
    {"built without cgo": ["redact cgo/raw"]},
)


def test_the_summary_is_one_line():
    assert RESULTS.summary() == "2 passed, 1 failed"
    assert RESULTS.failed[0].name == "redact uds/raw cards"


def test_results_are_put_together():
    whole = run.merged([RESULTS, Results([], {"built without cgo": ["echo cgo/raw"], "x": ["y"]})])
    assert len(whole.cases) == 3
    assert whole.not_run == {"built without cgo": ["redact cgo/raw", "echo cgo/raw"], "x": ["y"]}
    assert RESULTS.not_run == {"built without cgo": ["redact cgo/raw"]}


def test_junit_has_a_suite_a_route_a_failure_a_difference_and_what_was_not_run():
    root = ET.fromstring(junit.document(RESULTS))  # noqa: S314 - our own bytes
    counts = {suite.get("name"): (suite.get("tests"), suite.get("failures")) for suite in root}
    assert counts == {"redact native": ("1", "0"), "redact uds/raw": ("2", "1"), "redact cgo/raw": ("1", "0")}
    (failure,) = root.iter("failure")
    assert "byte 3" in str(failure.get("message"))
    assert [skipped.get("message") for skipped in root.iter("skipped")] == ["built without cgo"]
