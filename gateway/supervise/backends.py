"""What answers calls: the worker, and a proxy before it where one is wanted; both kept alive."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import Refusal
from gateway.supervise import roles
from gateway.supervise.keeper import Kept

if TYPE_CHECKING:
    import threading
    from contextlib import ExitStack

    from gateway.supervise.child import Surroundings
    from gateway.supervise.programs import Programs


@dataclass(frozen=True)
class BackendOptions:
    """`proxied` asks for the proxy, which costs a moment at the start and memory; `worker_args` are further flags."""

    proxied: bool = False
    worker_args: tuple[str, ...] = ()


@dataclass(frozen=True)
class Backends:
    """The worker, and the proxy or None."""

    worker: Kept
    proxy: Kept | None

    @property
    def kept(self) -> dict[str, Kept]:
        """Role → who keeps it."""
        return {"worker": self.worker, **({"gateway": self.proxy} if self.proxy else {})}

    @property
    def addresses(self) -> dict[str, str]:
        """Channel → where it leads, for whoever calls."""
        return {name: address for kept in self.kept.values() for name, address in kept.endpoints.items()}

    def check(self) -> None:
        """Raise the Failure of the one whose restarts were given up."""
        for kept in self.kept.values():
            kept.check()


def start(
    stack: "ExitStack",
    programs: "Programs",
    around: "Surroundings",
    options: BackendOptions,
    gave_up: "threading.Event | None" = None,
) -> Backends:
    """Start them; `stack` ends them in the order proxy, worker."""
    worker = Kept(roles.worker(programs.worker, options.worker_args, around), gave_up)
    stack.callback(worker.stop)
    if not options.proxied:
        return Backends(worker, None)
    socket = worker.endpoints.get("uds")
    if socket is None:
        raise Refusal("the proxy needs a worker that serves frames", "give the worker the flag --uds")
    proxy = Kept(roles.proxy(socket, around), gave_up)
    stack.callback(proxy.stop)
    return Backends(worker, proxy)
