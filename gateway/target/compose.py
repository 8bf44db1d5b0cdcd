"""One compose project: brought up, asked, taken down. All that we want of `docker compose` goes through here."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from gateway.config import ROOT
from gateway.errors import Failure, GatewayError, Refusal
from gateway.target import engine, processes, running
from gateway.target.running import Running

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from types import TracebackType

FILE = "docker-compose.yml"
PROJECT = "sidecar"
SOCKETS = "sockets"
"""The volume that the sockets lie in."""
OWN_IMAGES = "sidecar-ipc/"
REGISTRY = "/v2/"
"""What an engine that asks a registry for an image says of it."""
UP_WITHIN_S = 60.0
DOWN_WITHIN_S = 60.0
_COMPOSE_LABEL = "com.docker.compose"


class Composed:
    """A handle of a compose project, and a context manager that takes down what it brought up: never what ran before.

    `environment` are variables of the compose file beside those of this process; `profiles` are its further services,
    `also` files that say something else of some.
    Every method raises Refusal or Failure: no engine, no compose, a taken port, a missing image, a container that does
    not become healthy.
    """

    def __init__(
        self,
        file: Path = ROOT / FILE,
        project: str = PROJECT,
        environment: "Mapping[str, str] | None" = None,
        profiles: tuple[str, ...] = (),
        also: tuple[Path, ...] = (),
    ) -> None:
        self.file = file
        self.also = also
        self.project = project
        self.profiles = profiles
        self.environment = dict(environment or {})
        self._brought_up = False
        self._volumes_before: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        if self._brought_up:
            self.down()

    def up(self, *services: str, timeout_s: float = UP_WITHIN_S) -> None:
        """Start the services (all without names) and wait until they are healthy; images are never built here."""
        self._check_images(services)
        if not self._brought_up and not self.running():
            self._brought_up, self._volumes_before = True, self._volumes()
        waiting = ("--detach", "--wait", "--wait-timeout", f"{timeout_s:.0f}", "--no-build")
        ended = self.run("up", *waiting, *services, timeout_s=timeout_s + DOWN_WITHIN_S)
        if ended.returncode:
            raise self._not_up(ended, services)

    def down(self) -> None:
        """Stop and remove containers and networks, and the volumes that this handle's `up` made."""
        self._done("down", "--remove-orphans", timeout_s=DOWN_WITHIN_S)
        made = self._volumes() - self._volumes_before if self._brought_up else set()
        if made:
            engine.asked("volume", "rm", *sorted(made))
        self._brought_up = False

    @property
    def brought_up(self) -> bool:
        """Whether the project runs because this handle started it."""
        return self._brought_up

    def running(self) -> list[Running]:
        """The containers that run now; none where the project is not up."""
        return [one for one in running.parse(self._done("ps", "--format", "json")) if one.state == "running"]

    def address(self, service: str, port: int) -> str:
        """Where a container's port is published on this machine, `127.0.0.1:NNN`."""
        printed = self._done("port", service, str(port)).splitlines()
        host, _, number = (printed[0] if printed else "").rpartition(":")
        if not number.isdigit() or number == "0":
            raise Failure(f"port {port} of {service} is not published", f"see `ports` in {self.file}")
        return f"{'127.0.0.1' if host in ('0.0.0.0', '[::]') else host}:{number}"  # noqa: S104 - what is read, not bound

    def container(self, service: str) -> str:
        """The id of the service's container that runs."""
        found = [one.container for one in self.running() if one.service == service]
        if not found:
            raise Failure(f"{service} of the project {self.project} does not run", f"see `{self.command} ps --all`")
        return self._inspected_id(found[0])

    def pid(self, service: str) -> int:
        """The process of the service as this machine counts it, not the init before it; 0 where it cannot be seen."""
        container = self.container(service)
        return processes.of_container(container, int(engine.inspected("container", container)["State"]["Pid"]))

    def socket_folder(self) -> Path | None:
        """Where the volume of the sockets lies, None where this user cannot reach it."""
        for name in self._volumes(f"{_COMPOSE_LABEL}.volume={SOCKETS}"):
            folder = Path(str(engine.inspected("volume", name).get("Mountpoint", "")))
            with suppress(OSError):  # of a folder above it that is not ours to search
                if folder.is_dir() and os.access(folder, os.R_OK | os.W_OK | os.X_OK):
                    return folder
        return None

    def logs(self, service: str) -> str:
        """What the service has logged, stdout and stderr."""
        return self._done("logs", "--no-color", "--no-log-prefix", service)

    def kill(self, service: str, signal: str = "SIGKILL") -> None:
        """Send a signal to the service's container."""
        self._done("kill", "--signal", str(signal), service)

    def restart(self, service: str) -> None:
        """Stop the service's container and start it again."""
        self._done("restart", service)

    def run(self, *arguments: str, timeout_s: float = engine.ANSWER_WITHIN_S) -> "subprocess.CompletedProcess[str]":
        """`docker compose ARGUMENTS` for this project, whatever its exit code."""
        for one in (self.file, *self.also):
            if not one.is_file():
                raise Refusal(f"{one} does not exist", "run it in a checkout, or name the file")
        options = ["--project-name", self.project, *(f"--file={one}" for one in (self.file, *self.also))]
        options += [part for one in self.profiles for part in ("--profile", one)]
        environment = {**os.environ, **self.environment}
        return engine.docker("compose", *options, *arguments, environment=environment, timeout_s=timeout_s)

    @property
    def command(self) -> str:
        """How a person asks compose for this project, in the folder of its file."""
        return f"docker compose --project-name {self.project}"

    def _done(self, *arguments: str, timeout_s: float = engine.ANSWER_WITHIN_S) -> str:
        """What it prints when it ends well."""
        ended = self.run(*arguments, timeout_s=timeout_s)
        if ended.returncode:
            raise engine.complaint(ended, f"docker compose {arguments[0]}")
        return ended.stdout.strip()

    def _check_images(self, services: tuple[str, ...]) -> None:
        """Refuse when one of our own images is missing: compose would look for it at a registry."""
        missing = engine.missing_images([name for name in self.images(*services) if name.startswith(OWN_IMAGES)])
        if missing:
            raise Refusal(f"no image {', '.join(sorted(missing))}", "run `make images`")

    def images(self, *services: str) -> list[str]:
        """The images of the services, of all without names."""
        return self._done("config", "--images", *services).split()

    def _not_up(self, ended: "subprocess.CompletedProcess[str]", services: tuple[str, ...]) -> GatewayError:
        """Why it did not come up, with the log's end of a container that is not healthy."""
        error = engine.complaint(ended, "docker compose up")
        if REGISTRY in ended.stderr and (missing := engine.missing_images(self.images(*services))):
            named = ", ".join(missing)
            return Refusal(f"no image {named}, and no registry gives it", "pull it, or load it from a file")
        if isinstance(error, Refusal):
            return error
        ill = [one for one in self._all() if one.state != "running" or one.health not in ("", "healthy")]
        if not ill:
            return error
        named = ", ".join(f"{one.service} is {one.health or one.state}" for one in ill)
        log = "\n".join(self.logs(ill[0].service).splitlines()[-20:])
        return Failure(f"the stack did not come up: {named}", f"its log is above; see `{self.command} ps --all`", log)

    def _all(self) -> list[Running]:
        return running.parse(self._done("ps", "--all", "--format", "json"))

    def _volumes(self, *labels: str) -> set[str]:
        """The names of the project's volumes that have the labels."""
        wanted = (f"{_COMPOSE_LABEL}.project={self.project}", *labels)
        filters = [part for one in wanted for part in ("--filter", f"label={one}")]
        return set(engine.asked("volume", "ls", "--quiet", *filters).split())

    def _inspected_id(self, name: str) -> str:
        return str(json.loads(engine.asked("inspect", "--type", "container", "--format", "{{json .Id}}", name)))
