"""`python -m tests.oracle [--check]`: writes the golden vectors, or names those that drifted."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.oracle.vectors import files

FOLDER = Path(__file__).resolve().parents[2] / "protos" / "vectors"


def main() -> int:
    """Exit code 0, or 1 for drift."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a vector drifted")
    check = parser.parse_args().check
    made = files()
    different = _differences(made)
    for path in different:
        if check:
            print(f"oracle: {path} is not what tests/oracle gives; run `make generate` and commit it", file=sys.stderr)
        else:
            _write(FOLDER / path, made.get(path))
    return 1 if check and different else 0


def _differences(made: dict[str, str]) -> list[str]:
    there = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.json")}
    changed = {path for path, text in made.items() if path not in there or (FOLDER / path).read_text("utf-8") != text}
    return sorted(changed | (there - made.keys()))


def _write(target: Path, text: str | None) -> None:
    if text is None:
        target.unlink()
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
