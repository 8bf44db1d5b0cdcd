"""Calls of the HTTP service, as anybody makes them."""

import http.client
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

TEXT, MASKED = b"from 10.1.2.3", b"from ********"
GONE = 0
"""In a status's place where there was no answer."""


@dataclass(frozen=True)
class Answer:
    """Status and body; the status is 0 where the connection was refused or ended."""

    status: int
    body: bytes


def post(base: str, path: str, body: bytes, timeout_s: float = 10.0, headers: dict[str, str] | None = None) -> Answer:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=timeout_s)
    try:
        connection.request("POST", path, body, headers or {})
        reply = connection.getresponse()
        return Answer(reply.status, reply.read())
    except (OSError, http.client.HTTPException) as error:
        return Answer(GONE, repr(error).encode())
    finally:
        connection.close()


def redacts(base: str, timeout_s: float = 10.0) -> bool:
    """Whether a call of redact is answered right; one that is answered wrong fails at once."""
    answer = post(base, "/v1/kernels/redact", TEXT, timeout_s)
    assert answer.status != 200 or answer.body == MASKED, "another answer"
    return answer.status == 200


def redacts_within_s(base: str, bound_s: float) -> float:
    """Seconds until a call of redact is answered; fails at the bound."""
    began_s = time.monotonic()
    while not redacts(base):
        assert time.monotonic() < began_s + bound_s, f"redact was not answered within {bound_s:g} s"
        time.sleep(0.02)
    return time.monotonic() - began_s
