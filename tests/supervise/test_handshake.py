"""The line by which a child announces itself."""

import json
from typing import Any

import pytest

from gateway.supervise.handshake import Handshake, HandshakeError, parse

GOOD: dict[str, Any] = {
    "contract": "1.0",
    "role": "worker",
    "pid": 4711,
    "start_ns": 81230000123,
    "nonce": "5f0c",
    "version": "0.1.0",
    "endpoints": {"uds": "/run/user/0/sg-4f/w.sock"},
}


def line(**changed: object) -> bytes:
    return json.dumps({**GOOD, **changed}).encode() + b"\n"


def parsed(text: bytes) -> Handshake:
    return parse(text, role="worker", nonce="5f0c", contract_major=1)


def test_a_good_line_gives_the_endpoints():
    assert parsed(line()).endpoints == {"uds": "/run/user/0/sg-4f/w.sock"}


def test_another_minor_and_keys_of_later_minors_are_taken():
    assert parsed(line(contract="1.7", colour="blue")).contract == "1.7"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (line(contract="2.0"), "it speaks contract 2.0, this gateway 1.x"),
        (line(role="driver"), "the role 'driver' instead of 'worker'"),
        (line(nonce="0000"), "nonce"),
        (line(endpoints={"uds": 7}), "wrong type"),
        (line(endpoints=[]), "wrong type"),
        (line(pid="4711"), "wrong type"),
        (b'{"contract":"1.0"}\n', "no handshake"),
        (b"[]\n", "no handshake"),
        (b"\xff\xfe\n", "no handshake"),
        (b"listening on port 80\n", "no handshake"),
        (line()[:-1], "not whole"),
        (line(version="v" * 4096), "not whole"),
        (b"", "not whole"),
    ],
)
def test_any_other_line_is_refused_by_name(text: bytes, says: str):
    with pytest.raises(HandshakeError, match=says):
        parsed(text)
