"""`python -m tests.recorded`: records every run anew, on a quiet machine; by bin/plant where something is planted."""

import shutil
import sys

from gateway.bench.record import REPORT
from gateway.config import ROOT
from tests.recorded import PLAN, RECORDINGS, RUNS, Recording
from tests.running import gateway


def main() -> int:
    """Replaces the folders of all recordings."""
    for recording in RECORDINGS:
        _record(recording)
    return 0


def _record(recording: Recording) -> None:
    folder = (RUNS / recording.name).relative_to(ROOT)
    shutil.rmtree(folder, ignore_errors=True)
    arguments = ("--plan", str(PLAN.relative_to(ROOT)), "--out", str(folder), *recording.arguments)
    ended = gateway("bench", *arguments, plant=recording.plant)
    print(ended.stdout, ended.stderr if ended.returncode else "")
    (folder / REPORT).unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
