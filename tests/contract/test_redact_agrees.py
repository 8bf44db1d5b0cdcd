"""The oracle, the Rust kernel and both Go twins mask random texts alike: matches, near misses, what lies between."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
from pathlib import Path

import pytest

from tests.oracle import redact
from tests.oracle.redact_texts import access_log, random_text

ROOT = Path(__file__).resolve().parents[2]
TEXTS = 2000
LOGS = 20
RUST = ["cargo", "test", "--release", "--locked", "-q", "-p", "sidecar-kernels", "--test", "redact", "--", "random"]
GO = ["go", "test", "-count=1", "-v", "-run", "TestRandomTextsAreAnsweredAsTheOracleDoes", "./kernel"]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of lines: a text and the oracle's answer in hex. SIDECAR_SEED picks other texts."""
    rng = random.Random(int(os.environ.get("SIDECAR_SEED", "42")))
    texts = [random_text(rng, 30) for _ in range(TEXTS)] + [access_log(rng, rng.randrange(4096)) for _ in range(LOGS)]
    path = tmp_path_factory.mktemp("redact") / "cases"
    path.write_text("".join(f"{text.hex()} {redact.answer({'text': text})['text'].hex()}\n" for text in texts))
    return path


def _agrees(command: list[str], folder: str, cases: Path, proof: str) -> None:
    environment = {**os.environ, "SIDECAR_REDACT_CASES": str(cases)}
    done = subprocess.run(command, cwd=ROOT / folder, env=environment, capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    assert proof in output, output


def test_the_rust_kernel_agrees_with_the_oracle(cases: Path) -> None:
    _agrees(RUST, "rust_worker", cases, "1 passed")


def test_both_go_twins_agree_with_the_oracle(cases: Path) -> None:
    _agrees(GO, "go_service", cases, "--- PASS: TestRandomTextsAreAnsweredAsTheOracleDoes")


def test_an_answer_is_as_long_as_its_text_and_differs_in_stars_only() -> None:
    rng = random.Random(7)
    for text in (random_text(rng, 30) for _ in range(500)):
        masked = redact.answer({"text": text})["text"]
        assert len(masked) == len(text)
        assert all(new in (old, ord("*")) for old, new in zip(text, masked, strict=True))


def test_the_specification_shows_what_the_oracle_answers() -> None:
    """Each example in redact.md is a line, and below it its answer."""
    lines = (ROOT / "protos/kernels/v1/redact.md").read_text("utf-8").splitlines()
    examples = [
        (above, line) for above, line in itertools.pairwise(lines) if "***" in line and above.startswith("    ")
    ]
    assert len(examples) == 6
    for text, masked in examples:
        assert redact.answer({"text": text.encode()})["text"].decode() == masked
