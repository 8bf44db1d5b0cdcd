"""A real worker, proxy and service with metrics, and what they show after calls whose number is known."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.supervise import roles
from gateway.supervise.child import Child
from gateway.supervise.programs import PROXY, Programs
from gateway.supervise.surroundings import surroundings
from tests.metrics import traffic
from tests.metrics.exposed import Exposed, scrape
from tests.running import built

ANYWHERE = ("--metrics", "127.0.0.1:0")
POLICIES = """
[kernels.digest]
route = "uds/msgpack"
percent = 50
shadow = 10
fallback = true
[kernels.digest.rollback]
error_rate = 0.01
"""


@dataclass(frozen=True)
class Processes:
    """The three of them; jobs are named as in prometheus.yml."""

    worker: Child
    gateway: Child
    service: Child

    def scrape(self) -> dict[str, Exposed]:
        """Job → what it shows now."""
        jobs = {"worker": self.worker, "gateway": self.gateway, "service": self.service}
        return {job: scrape(process.endpoints["metrics"]) for job, process in jobs.items()}


@pytest.fixture(scope="package")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """One compute thread and one place to wait, so that both can be filled."""
    programs = Programs.in_folder(built())
    policies = tmp_path_factory.mktemp("metrics") / "policies.toml"
    policies.write_text(POLICIES)
    small = ("--compute-threads", "1", "--queue", "1", "--faults")
    with surroundings({}) as around:
        worker = Child("worker", programs.worker, (*small, *ANYWHERE), around)
        gateway = _proxy(worker.endpoints["uds"], around.socket_dir / "nobody.sock", around)
        addresses = {**worker.endpoints, **gateway.endpoints}
        named = tuple(part for kernel, route in traffic.ROUTES.items() for part in ("--route", f"{kernel}={route}"))
        flags = ("--http", "127.0.0.1:0", "--policies", str(policies), *named)
        service = roles.service(programs.service, flags, addresses, around)(None)
        yield Processes(worker, gateway, service)
        for child in (service, gateway, worker):
            child.stop()


def _proxy(worker_socket: str, nobodys_socket: Path, around: "roles.Surroundings") -> Child:
    program, *command = PROXY
    upstreams = ("--upstream", worker_socket, "--upstream", f"{traffic.AWAY}={nobodys_socket}")
    away = ("--kernel", f"{traffic.AWAY_KERNEL}={traffic.AWAY}")
    return Child("gateway", program, (*command, *upstreams, *away, *ANYWHERE), around)


@pytest.fixture(scope="package")
def scraped(processes: Processes) -> dict[str, Exposed]:
    """Job → what it shows after the traffic."""
    traffic.call_worker(processes.worker.endpoints)
    traffic.fill_worker(processes.worker.endpoints)
    for socket in (processes.worker.endpoints["grpc-uds"], processes.gateway.endpoints["gateway-unary"]):
        traffic.leave_call(socket, processes.worker.endpoints)
    traffic.call_proxy(processes.gateway.endpoints)
    traffic.call_service(processes.service.endpoints["http"])
    return processes.scrape()
