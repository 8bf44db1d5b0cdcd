"""The oracle, the Rust kernel and both Go twins tokenize random texts alike."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from tests.oracle import tokenize
from tests.oracle.tokenize_texts import random_text

ROOT = Path(__file__).resolve().parents[2]
TEXTS = 3000
RUST = ["cargo", "test", "--release", "--locked", "-q", "-p", "sidecar-kernels", "--test", "tokenize", "--", "oracle"]
GO = ["go", "test", "-count=1", "-v", "-run", "TestRandomTextsAreTokenizedAsTheOracleDoes", "./kernel/tokenize"]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of lines: a text in hex and the oracle's ids. SIDECAR_SEED picks other texts."""
    rng = random.Random(int(os.environ.get("SIDECAR_SEED", "42")))
    texts = [random_text(rng, 30) for _ in range(TEXTS)]
    path = tmp_path_factory.mktemp("tokenize") / "cases"
    lines = (" ".join([text.encode().hex(), *map(str, tokenize.ids(text))]) for text in texts)
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def _agrees(command: list[str], folder: str, cases: Path, proof: str) -> None:
    environment = {**os.environ, "SIDECAR_TOKENIZE_CASES": str(cases)}
    done = subprocess.run(command, cwd=ROOT / folder, env=environment, capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    assert proof in output, output


def test_the_rust_kernel_agrees_with_the_oracle(cases: Path) -> None:
    _agrees(RUST, "rust_worker", cases, "1 passed")


def test_both_go_twins_agree_with_the_oracle(cases: Path) -> None:
    _agrees(GO, "go_service", cases, "--- PASS: TestRandomTextsAreTokenizedAsTheOracleDoes")


def test_pieces_are_the_whole_text_and_ids_give_it_back() -> None:
    rng, words = random.Random(7), {rank: token for token, rank in tokenize.vocabulary().items()}
    for text in (random_text(rng, 30) for _ in range(500)):
        assert "".join(tokenize.pieces(text)) == text
        assert b"".join(words[token] for token in tokenize.ids(text)) == text.encode()


def test_the_specification_shows_what_the_oracle_answers() -> None:
    specification = (ROOT / "protos/kernels/v1/tokenize.md").read_text("utf-8")
    assert f'"hello world" → {" ".join(map(str, tokenize.ids("hello world")))} ' in specification
    assert f'"<|endoftext|>" → {" ".join(map(str, tokenize.ids("<|endoftext|>")))}\n' in specification
    assert tokenize.VOCABULARY_SHA256 in specification
