"""docker-compose.yml as compose reads it. Needs the program, no engine."""

import json
from functools import cache
from typing import Any

from gateway.target.compose import Composed

PROFILES = ("bench", "metrics")


@cache
def services() -> dict[str, dict[str, Any]]:
    """Every service of every profile by name, variables at their defaults."""
    composed = Composed(environment={"OTEL_TRACES_SAMPLER": "always_on"}, profiles=PROFILES)
    ended = composed.run("config", "--format", "json")
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)["services"]
