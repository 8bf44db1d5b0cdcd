"""What the fixture `gateway_stack` hands to a test: a running worker, proxy and service, wherever they run."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import Refusal, unknown

if TYPE_CHECKING:
    from gateway.client.blocking import Client
    from gateway.supervise.programs import Programs
    from gateway.target.compose import Composed
    from gateway.testing.roles import Roles

TIMEOUT_S = 5.0
"""A test that hangs tells less than one that fails."""
ROUTE = "uds/msgpack"
WORKER = "worker"


@dataclass(frozen=True)
class GatewayStack:
    """Addresses of what runs, and clients of it."""

    target: str
    """`local`: processes of this machine; `compose`: containers."""
    addresses: dict[str, str]
    """Channel → where it leads: a socket's path, or HOST:PORT. `gateway-tcp` is the proxy's own port."""
    http: str
    """Base URL of the service, such as http://127.0.0.1:40123."""
    programs: "Programs"
    """The programs of this machine; what runs when the target is local."""
    composed: "Composed | None"
    """The compose project when the target is compose."""
    roles: "Roles"
    """The running worker, gateway and service."""

    def client(self, route: str = ROUTE, *, timeout_s: float = TIMEOUT_S, retries: int = 0) -> "Client":
        """A client that makes its calls by `route`; use it in a `with` block.

        A call without an answer within `timeout_s` fails; `retries` counts further tries of a call that was surely not
        executed, or whose kernel is idempotent. Raises Refusal for a route that it cannot take.
        """
        from gateway.client import Codec, connect

        channel, _, codec = _to_a_process(route).partition("/")
        if channel not in self.addresses:
            raise Refusal(f"{channel} is not reachable from here", f"take one of {', '.join(sorted(self.addresses))}")
        address = f"{channel}:{self.addresses[channel]}"
        return connect(address, codec=Codec[codec.upper()], timeout_s=timeout_s, retries=retries)

    def kill(self, role: str = WORKER) -> None:
        """End `worker`, `gateway` or `service` by SIGKILL.

        Another one takes its place at the same addresses; within a second or two calls are answered again.
        """
        self.roles.kill(role)

    def log(self, role: str = WORKER) -> str:
        """The last lines that it has logged."""
        return self.roles.log(role)


def _to_a_process(route: str) -> str:
    """The route when a client of Python can take it."""
    from gateway.client.address import FRAME_CHANNELS, GRPC_CHANNELS
    from gateway.wire.routes import ROUTES

    takes = [one for one in ROUTES if one.partition("/")[0] in (*FRAME_CHANNELS, *GRPC_CHANNELS)]
    if route not in takes:
        raise unknown("route to a process", route, takes)
    return route
