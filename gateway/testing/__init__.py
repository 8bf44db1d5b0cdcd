"""Fixtures for the tests of a project that calls a worker: the pytest plugin `gateway.testing.plugin`.

    def test_what_leaves_us_is_redacted(gateway_stack: GatewayStack):
        with gateway_stack.client() as client:
            assert client.redact(b"from 10.1.2.3").text == b"from ********"

`docs/testing.md` has a whole project. pytest is not installed with this package: a project that tests has its own.
"""

from gateway.testing.stack import GatewayStack

__all__ = ["GatewayStack"]
