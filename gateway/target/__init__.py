"""Where calls lead: to processes that a command starts itself, or to the containers of a compose project."""

from dataclasses import dataclass, field

LOCAL, COMPOSE = "local", "compose"
NAMES = (LOCAL, COMPOSE)


@dataclass(frozen=True)
class Target:
    """What answers calls: `name` is local or compose, `addresses` maps a channel to where it leads."""

    name: str = LOCAL
    addresses: dict[str, str] = field(default_factory=dict[str, str])
