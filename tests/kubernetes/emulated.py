"""An emulation of a kubelet, not a kubelet: a rendered pod's containers on a plain engine, in the order of the API.

It does what the API's text of `initContainers.restartPolicy` and the page "Sidecar Containers" of the Kubernetes
documentation say: a native sidecar is started in its place among the init containers, and what follows waits for its
startup probe; it is started again whenever it ends; at the end the main containers are told first, and each sidecar,
in reverse, when those after it have ended; what is left at the end of the grace period is killed. One network, limits,
users, capabilities and volumes are as the manifest has them. What it cannot show: scheduling, NetworkPolicy, eviction,
image pulls, and whatever a real kubelet does otherwise than its documentation says.
"""

from __future__ import annotations

import json
import os
import threading
import time
import uuid
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

from gateway.target.engine import asked, docker, inspected
from tests.kubernetes import probes
from tests.kubernetes.rendered import Resource, cpus, mebibytes, pod, render

if TYPE_CHECKING:
    from types import TracebackType

NODE = "emulated-node"
TAG = os.environ.get("SIDECAR_TAG", "dev")
"""Of the images, in place of the manifests' own, as compose has it."""
SANDBOX_IMAGE = f"sidecar-ipc/gateway:{TAG}"
"""Stands for the pause container, which holds the network: any image with a program that sleeps."""
POLL_S = 0.05
_LOOK_S = 0.2
_LONGEST_S = 300.0


class Pod:
    """A pod of a folder below deploy/kubernetes, as a context manager; `arguments` stand in for a container's own."""

    def __init__(self, target: str, arguments: dict[str, list[str]] | None = None) -> None:
        self.spec = pod(target)
        self._config_maps = {
            one["metadata"]["name"]: one["data"] for one in render(target) if one["kind"] == "ConfigMap"
        }
        self._arguments = arguments or {}
        self._prefix = f"emulated-{uuid.uuid4().hex[:8]}"
        self._stack = ExitStack()
        self._ending = threading.Event()
        self._restarts: Counter[str] = Counter()
        self._volumes: dict[str, str] = {}
        self.published: dict[int, int] = {}

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._folder = Path(stack.enter_context(TemporaryDirectory(prefix="pod", dir="/tmp")))
            stack.callback(self._remove)
            for volume in self.spec.get("volumes", []):
                self._volumes[volume["name"]] = self._volume(volume)
            self._start_sandbox()
            self._start()
            threading.Thread(target=self._keep, daemon=True).start()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._stack.close()

    @property
    def sidecars(self) -> list[Resource]:
        """The init containers that stay."""
        return [one for one in self.spec.get("initContainers", []) if one.get("restartPolicy") == "Always"]

    def state(self, name: str) -> Resource:
        """What the engine says of a container: StartedAt, FinishedAt, ExitCode, OOMKilled, Running."""
        return inspected("container", self._name(name))["State"]

    def ended_with(self, name: str) -> int:
        """Wait for a container's end, and return its exit code."""
        return int(docker("wait", self._name(name), timeout_s=_LONGEST_S).stdout)

    def restarts(self, name: str) -> int:
        """How often a container was started again."""
        return self._restarts[name]

    def kill(self, name: str, signal: str = "KILL") -> None:
        """Send a signal to a container's first process."""
        asked("kill", "--signal", signal, self._name(name))

    def log(self, name: str) -> str:
        """What a container wrote to stdout and stderr."""
        ended = docker("logs", self._name(name))
        return ended.stdout + ended.stderr

    def ready(self) -> bool:
        """Whether every container that has a readiness probe passes it."""
        every = [*self.sidecars, *self.spec["containers"]]
        return all(
            probes.passes(one, one["readinessProbe"], self.published) for one in every if "readinessProbe" in one
        )

    def base(self) -> str:
        """The address of the container port 8080 on the host."""
        return f"http://127.0.0.1:{self.published[8080]}"

    def terminate(self) -> None:
        """End the pod as its deletion does."""
        self._ending.set()
        deadline_s = time.monotonic() + self.spec["terminationGracePeriodSeconds"]
        self._end(self.spec["containers"], deadline_s)
        for one in reversed(self.sidecars):
            self._end([one], deadline_s)

    def _start(self) -> None:
        """Start every container in its place."""
        for one in self.spec.get("initContainers", []):
            self._run(one)
            if one.get("restartPolicy") == "Always":
                self._await_started(one)
            else:
                code = self.ended_with(one["name"])
                assert code == 0, f"{one['name']} ended with {code}:\n{self.log(one['name'])}"
        for one in self.spec["containers"]:
            self._run(one)

    def _run(self, one: Resource) -> None:
        limits, context = one["resources"]["limits"], self.spec["securityContext"]
        memory = f"{mebibytes(limits['memory']):.0f}m"
        arguments = [
            *("run", "--detach", "--name", self._name(one["name"]), "--network", f"container:{self._name('sandbox')}"),
            *("--user", f"{context['runAsUser']}:{context['runAsGroup']}", "--read-only", "--cap-drop", "ALL"),
            *("--security-opt", "no-new-privileges", "--memory", memory, "--memory-swap", memory),
            *(["--cpus", str(cpus(limits["cpu"]))] if "cpu" in limits else []),
            *(part for name, value in self._environment(one).items() for part in ("--env", f"{name}={value}")),
            *(part for mount in one.get("volumeMounts", []) for part in ("--volume", self._mounted(mount))),
        ]
        image = f"{one['image'].rpartition(':')[0]}:{TAG}"
        asked(*arguments, image, *(self._arguments.get(one["name"]) or one["args"]))

    def _environment(self, one: Resource) -> dict[str, str]:
        found = {entry["name"]: entry.get("value", "") for entry in one.get("env", [])}
        references = [entry for entry in one.get("env", []) if "valueFrom" in entry]
        assert all(entry["valueFrom"]["fieldRef"]["fieldPath"] == "spec.nodeName" for entry in references)
        return found | {entry["name"]: NODE for entry in references}

    def _mounted(self, mount: Resource) -> str:
        source = self._volumes[mount["name"]]
        return f"{source}:{mount['mountPath']}:{'ro' if mount.get('readOnly') else 'rw'}"

    def _volume(self, volume: Resource) -> str:
        """Make a volume: an emptyDir is open to all and of root, a ConfigMap is files."""
        if "configMap" in volume:
            folder = self._folder / volume["name"]
            folder.mkdir()
            for name, text in self._config_maps[volume["configMap"]["name"]].items():
                (folder / name).write_text(text, encoding="utf-8")
            folder.chmod(0o755)
            self._folder.chmod(0o755)
            return str(folder)
        name, size = f"{self._prefix}-{volume['name']}", mebibytes(volume["emptyDir"]["sizeLimit"])
        options = ("--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", f"o=mode=0777,size={size:.0f}m")
        return asked("volume", "create", *options, name)

    def _start_sandbox(self) -> None:
        """Start what holds the network, the published ports and the volumes as long as the pod lives."""
        every = [*self.spec.get("initContainers", []), *self.spec["containers"]]
        ports = [port["containerPort"] for one in every for port in one.get("ports", [])]
        published = (part for port in ports for part in ("--publish", f"127.0.0.1::{port}"))
        held = (part for name in self._volumes.values() for part in ("--volume", f"{name}:/held/{Path(name).name}"))
        sleeping = ("--entrypoint", "python3", SANDBOX_IMAGE, "-c", "import signal; signal.pause()")
        asked("run", "--detach", "--init", "--name", self._name("sandbox"), *published, *held, *sleeping)
        bound = inspected("container", self._name("sandbox"))["NetworkSettings"]["Ports"]
        self.published = {
            int(port.partition("/")[0]): int(hosts[0]["HostPort"]) for port, hosts in bound.items() if hosts
        }

    def _await_started(self, one: Resource) -> None:
        probe = one["startupProbe"]
        deadline_s = time.monotonic() + probe["periodSeconds"] * probe["failureThreshold"]
        while not probes.passes(one, probe, self.published):
            assert time.monotonic() < deadline_s, f"{one['name']} did not start:\n{self.log(one['name'])}"
            time.sleep(POLL_S)

    def _keep(self) -> None:
        """Start again what ends, until the pod is to end; a kubelet's back-off only comes with a second end."""
        kept = [*self.sidecars, *(self.spec["containers"] if self.spec.get("restartPolicy") != "Never" else [])]
        while not self._ending.wait(_LOOK_S):
            for one in kept:
                if self._ended(one) and not self._ending.is_set():
                    self._restarts[one["name"]] += 1
                    docker("start", self._name(one["name"]))

    def _end(self, group: list[Resource], deadline_s: float) -> None:
        """Tell all of a group at once, and wait for each."""
        threads = [threading.Thread(target=self._tell, args=(one,)) for one in group]
        for thread in threads:
            thread.start()
        for thread, one in zip(threads, group, strict=True):
            thread.join()
            self._await_end(one, deadline_s)

    def _tell(self, one: Resource) -> None:
        """Run a container's preStop, then send it SIGTERM."""
        time.sleep(one.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0))
        docker("kill", "--signal", "TERM", self._name(one["name"]))

    def _await_end(self, one: Resource, deadline_s: float) -> None:
        while not self._ended(one) and time.monotonic() < deadline_s:
            time.sleep(POLL_S)
        if not self._ended(one):
            docker("kill", "--signal", "KILL", self._name(one["name"]))
            time.sleep(POLL_S)

    def _ended(self, one: Resource) -> bool:
        told = docker("inspect", "--format", "{{json .State.Running}}", self._name(one["name"]))
        return told.returncode == 0 and not json.loads(told.stdout)

    def _name(self, container: str) -> str:
        return f"{self._prefix}-{container}"

    def _remove(self) -> None:
        """Remove every container and volume of this pod, by its prefix."""
        self._ending.set()
        names = [one["name"] for one in (*self.spec.get("initContainers", []), *self.spec["containers"])]
        docker("rm", "--force", *(self._name(name) for name in (*names, "sandbox")))
        volumes = [name for name in self._volumes.values() if name.startswith(self._prefix)]
        if volumes:
            docker("volume", "rm", "--force", *volumes)
