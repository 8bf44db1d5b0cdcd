"""The alerts, and Prometheus's own tool over them."""

import os
import subprocess
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "metrics" / "alerts.yml"
PROMTOOL = Path(os.environ.get("PROMTOOL", ROOT / "build" / "tools" / "promtool"))


def alerts() -> list[dict[str, Any]]:
    """Every alert of the file."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def promtool(*arguments: str) -> str:
    """Run it; what it says when it fails fails the test."""
    assert PROMTOOL.is_file(), f"{PROMTOOL} is missing: run `make {PROMTOOL}`"
    ended = subprocess.run([str(PROMTOOL), *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout
