"""The container engine as its client `docker` tells it: runs the client, and puts its complaints into our words."""

import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

from gateway.errors import Failure, GatewayError, Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

DOCKER = "docker"
ANSWER_WITHIN_S = 120.0
_DETAIL_LINES = 20
_PORT = re.compile(r"(?:0\.0\.0\.0|127\.0\.0\.1|\[::\]):(\d+)")
_IMAGE = re.compile(r"(?:No such image: |image \"?|pull access denied for )([\w./:-]+)")
_COMPLAINTS: tuple[tuple[str, str, str], ...] = (
    ("permission denied while trying to connect", "this user may not use the engine", "join the group docker"),
    ("cannot connect to the docker daemon", "no container engine answers", "start it, or set DOCKER_HOST"),
    ("failed to connect to the docker api", "no container engine answers", "start it, or set DOCKER_HOST"),
    ("is the docker daemon running", "no container engine answers", "start it, or set DOCKER_HOST"),
    ("is not a docker command", "docker has no compose", "install its plugin, version 2.20 or newer"),
    ("unknown flag: --project-name", "docker has no compose", "install its plugin, version 2.20 or newer"),
)
"""What the client says, in small letters; what failed; what to do."""


def docker(
    *arguments: str,
    environment: "Mapping[str, str] | None" = None,
    folder: "Path | None" = None,
    timeout_s: float = ANSWER_WITHIN_S,
) -> "subprocess.CompletedProcess[str]":
    """Run `docker ARGUMENTS` to its end, whatever its exit code.

    Raises Refusal where there is no client, Failure where it does not end in time.
    """
    try:
        return subprocess.run(
            [DOCKER, *arguments],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except OSError as error:
        remedy = "install a container engine with compose, such as Docker Engine 24"
        raise Refusal("there is no program docker", remedy) from error
    except subprocess.TimeoutExpired as error:
        what = f"docker {_verb(arguments)} did not end within {timeout_s:g} s"
        raise Failure(what, "look at the engine with `docker info`") from error


def asked(*arguments: str, environment: "Mapping[str, str] | None" = None) -> str:
    """What `docker ARGUMENTS` prints; a Refusal or Failure where it does not end well."""
    ended = docker(*arguments, environment=environment)
    if ended.returncode:
        raise complaint(ended, f"docker {_verb(arguments)}")
    return ended.stdout.strip()


def version() -> str:
    """The engine's version; refused where none answers."""
    return asked("version", "--format", "{{.Server.Version}}")


def compose_version() -> str:
    """The version of the client's compose; refused where it has none."""
    return asked("compose", "version", "--short")


def inspected(kind: str, name: str) -> dict[str, Any]:
    """What the engine says of a container, image or volume."""
    found = json.loads(asked("inspect", "--type", kind, name))
    return found[0] if found else {}


def missing_images(names: "Sequence[str]") -> list[str]:
    """Those of the images that the engine does not have."""
    version()  # else an engine that does not answer would look like one without images
    return [name for name in names if docker("image", "inspect", "--format", "{{.Id}}", name).returncode]


def complaint(ended: "subprocess.CompletedProcess[str]", what: str) -> GatewayError:
    """The client's complaint as a Refusal where we know what to do, else as a Failure with the end of what it said."""
    said = ended.stderr or ended.stdout
    lowered = said.lower()
    for words, known, remedy in _COMPLAINTS:
        if words in lowered:
            return Refusal(known, remedy)
    if "port is already allocated" in lowered or "address already in use" in lowered:
        return _taken_port(said)
    if "no such image" in lowered or "pull access denied" in lowered:
        return _no_image(said)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    last = lines[-1] if lines else f"exit code {ended.returncode}"
    detail = "\n".join(lines[-_DETAIL_LINES:-1])
    return Failure(f"{what}: {last}", "what docker said before is above" if detail else "see `docker info`", detail)


def _taken_port(said: str) -> Refusal:
    found = _PORT.findall(said)
    port = f"port {found[-1]}" if found else "a port"
    remedy = "end what listens there, or set the SIDECAR_…_PORT of docker-compose.yml to another; 0 takes a free one"
    return Refusal(f"{port} is taken", remedy)


def _no_image(said: str) -> Refusal:
    found = _IMAGE.search(said)
    return Refusal(f"image {found[1]} is missing" if found else "an image is missing", "run `make images`")


def _verb(arguments: "Sequence[str]") -> str:
    """The words of a command without its options."""
    return " ".join(one for one in arguments[:1] if not one.startswith("-"))
