"""`python -m release make|vendor|twice`: what the Make targets release, vendor and reproducible run."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from release import make, twice, vendor
from release.errors import ReleaseError
from release.source import ROOT


def main() -> int:
    """Exit code 0, 1 when two builds differ, 2 when one cannot be made."""
    parser = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, function in (("make", _make), ("vendor", _vendor), ("twice", _twice)):
        command = commands.add_parser(name, help=(function.__doc__ or "").strip())
        command.add_argument("--out", type=Path, default=None, help="the folder to write into")
        command.set_defaults(run=function)
    arguments = parser.parse_args()
    try:
        return arguments.run(arguments.out)
    except ReleaseError as error:
        print(f"release: {error}", file=sys.stderr)
        return 2


def _make(out: Path | None) -> int:
    """Everything that is shipped, into dist/."""
    out = out or ROOT / "dist"
    of = make.release(ROOT, ROOT / "build" / "release", out)
    print(f"{of.version} of commit {of.commit[:12]} in {out}")
    return 0


def _vendor(out: Path | None) -> int:
    """All that a build downloads, into build/vendor."""
    out = out or ROOT / "build" / "vendor"
    vendor.fill(ROOT, out)
    print(f"vendored into {out}: build without a network by `make build OFFLINE=1`")
    return 0


def _twice(out: Path | None) -> int:
    """Two releases in two folders, the second from vendored packages without a network; their checksums compared."""
    return twice.main(ROOT, out)


if __name__ == "__main__":
    sys.exit(main())
