"""Route names: which there are, which ones a person means, and where they lead. Pure."""

from __future__ import annotations

from gateway.errors import Refusal, unknown
from gateway.wire.lists_generated import CHANNELS, NATIVES, Codec

NATIVE = "native"
ROUTES: dict[str, str] = {
    **dict.fromkeys(NATIVES, NATIVE),
    **{f"{channel.name}/{codec.name.lower()}": channel.placement for channel in CHANNELS for codec in channel.codecs},
}
"""Route name → placement, in the order of the contract's lists."""


def expand(pattern: str) -> list[str]:
    """Return the routes that an exact name or leading segments mean: `uds` is every `uds/…` and never `grpc-uds/…`.

    Raises Refusal for a name that means none.
    """
    if pattern in ROUTES:
        return [pattern]
    found = [route for route in ROUTES if route.startswith(f"{pattern}/")]
    if not found:
        raise _unknown(pattern)
    return found


def placement_of(route: str) -> str:
    """Return native, inproc or process; raises KeyError for a name that is no whole route."""
    return ROUTES[route]


def is_proxied(route: str) -> bool:
    """Whether a hop stands on the way, which is measured and never recommended."""
    return any(channel.proxied and route.startswith(f"{channel.name}/") for channel in CHANNELS)


def processes_of(route: str) -> int:
    """How many processes take part in a call, and export spans of it: the caller's, a worker's, a proxy's."""
    return 1 + (placement_of(route) == "process") + is_proxied(route)


def _unknown(pattern: str) -> Refusal:
    """The refusal that names the part that is wrong: the channel, the codec, or the pair of them."""
    channel, _, codec = pattern.partition("/")
    carried = [route.partition("/")[2] for route in ROUTES if route.startswith(f"{channel}/")]
    if channel not in {known.name for known in CHANNELS}:
        return unknown("route", pattern, ROUTES if codec else (*NATIVES, *(known.name for known in CHANNELS)))
    noun = f"codec of {channel}" if codec not in {known.name.lower() for known in Codec} else f"route: {channel} has no"
    return unknown(noun, codec, carried)
