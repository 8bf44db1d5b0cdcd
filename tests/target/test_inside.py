"""Inside of a stack's network the environment tells where the channels lead."""

from __future__ import annotations

import pytest

from gateway.errors import Refusal
from gateway.target import inside


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("uds=/run/sidecar/worker.sock", {"uds": "/run/sidecar/worker.sock"}),
        ("uds=/a.sock,grpc-tcp=worker:50051", {"uds": "/a.sock", "grpc-tcp": "worker:50051"}),
        ("uds=/a.sock grpc-tcp=worker:50051\n", {"uds": "/a.sock", "grpc-tcp": "worker:50051"}),
    ],
)
def test_pairs_are_set_apart_by_commas_or_spaces(text: str, found: dict[str, str]) -> None:
    assert inside.parse(text) == found


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("udp=/a.sock", "unknown channel in SIDECAR_ADDRESSES 'udp': did you mean uds?"),
        ("cgo=/a.sock", "unknown channel in SIDECAR_ADDRESSES 'cgo'"),
        ("uds", "'uds' in SIDECAR_ADDRESSES has no address: write uds=ADDRESS"),
        (" , ", "SIDECAR_ADDRESSES names no address"),
    ],
)
def test_what_names_no_channel_or_no_address_is_refused(text: str, named: str) -> None:
    with pytest.raises(Refusal) as refused:
        inside.parse(text)
    assert str(refused.value).startswith(named)
