"""Inside the network of a compose project: its addresses are told by the environment, and no engine is asked."""

import os
import re

from gateway.errors import Refusal, unknown
from gateway.wire.lists_generated import CHANNELS

ADDRESSES = "SIDECAR_ADDRESSES"
"""`uds=/run/sidecar/worker.sock,grpc-tcp=worker:50051,…`: a channel and where it leads, any number of times."""


def here() -> bool:
    """Whether this process stands inside of the network."""
    return ADDRESSES in os.environ


def parse(text: str) -> dict[str, str]:
    """The addresses that the variable tells, by channel; refuses what is none."""
    known = [channel.name for channel in CHANNELS if channel.placement == "process"]
    found: dict[str, str] = {}
    for part in filter(None, re.split(r"[,\s]+", text)):
        channel, _, address = part.partition("=")
        if channel not in known:
            raise unknown(f"channel in {ADDRESSES}", channel, known)
        if not address:
            raise Refusal(f"{part!r} in {ADDRESSES} has no address", f"write {channel}=ADDRESS")
        found[channel] = address
    if not found:
        raise Refusal(f"{ADDRESSES} names no address", "write uds=/run/sidecar/worker.sock,grpc-tcp=worker:50051")
    return found
