"""`python -m protos.generator [--check]`: writes every generated file, or names those that drifted."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from protos.generator import outputs
from protos.generator.descriptors import NotFlatError
from protos.generator.lists import ListError
from protos.generator.protoc import ToolError

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Exit code 0, 1 for drift, 2 for an input or a tool that cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m protos.generator", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file drifted")
    check = parser.parse_args().check
    try:
        files = outputs.generate(ROOT)
    except (ListError, NotFlatError, ToolError) as error:
        print(f"generate: {error}", file=sys.stderr)
        return 2
    return _check(files) if check else _write(files)


def _check(files: outputs.Files) -> int:
    drifted = outputs.differences(ROOT, files)
    for path in drifted:
        print(f"generate: {path} is not what protos/ gives; run `make generate` and commit it", file=sys.stderr)
    return 1 if drifted else 0


def _write(files: outputs.Files) -> int:
    for path in outputs.write(ROOT, files):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
