"""A project of a user's own, outside of this checkout, whose tests run in a pytest of their own."""

import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.running import built

ENDED_S = 100
OUTCOMES = re.compile(r"(\d+) (passed|failed|error|skipped)s?\b")


@dataclass(frozen=True)
class Tested:
    """How a project's pytest ended: its exit code, what it printed, and how many tests came to what."""

    code: int
    printed: str

    @property
    def outcomes(self) -> Counter[str]:
        """passed, failed, error, skipped → how many, of the last line."""
        last = self.printed.strip().splitlines()[-1]
        return Counter({word: int(number) for number, word in OUTCOMES.findall(last)})


def run_tests(folder: Path, content: str, *options: str, **environment: str) -> Tested:
    """Write the one test file of a project and run it, by the plugin as it is installed."""
    (folder / "test_leaving.py").write_text(content, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", *options]
    variables = {**os.environ, "GATEWAY_BIN": str(built()), **environment}
    ended = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, timeout=ENDED_S, check=False
    )
    return Tested(ended.returncode, ended.stdout + ended.stderr)
