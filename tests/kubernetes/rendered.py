"""The manifests as kustomize renders them, and what a reader of a pod asks of them."""

from __future__ import annotations

import functools
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
OVERLAYS = ("process", "inproc", "gateway")
TARGETS = ("base", "bench", *(f"overlays/{name}" for name in OVERLAYS))
Resource = dict[str, Any]


@functools.cache
def render(target: str) -> tuple[Resource, ...]:
    """The resources of a folder below deploy/kubernetes."""
    done = subprocess.run(
        [*_kustomize(), str(FOLDER / target)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return tuple(yaml.safe_load_all(done.stdout))


def _kustomize() -> list[str]:
    own = ROOT / "build" / "tools" / "kustomize"
    if own.is_file():
        return [str(own), "build"]
    assert shutil.which("kubectl"), "no kustomize: run `make build/tools/kustomize`"
    return ["kubectl", "kustomize"]


def only(target: str, kind: str) -> Resource:
    """The one resource of a kind."""
    (found,) = (one for one in render(target) if one["kind"] == kind)
    return found


def pod(target: str) -> Resource:
    """The spec of the pods that a folder starts."""
    return only(target, "Job" if target == "bench" else "Deployment")["spec"]["template"]["spec"]


def labels(target: str) -> dict[str, str]:
    """The labels of those pods."""
    return only(target, "Job" if target == "bench" else "Deployment")["spec"]["template"]["metadata"]["labels"]


def containers(target: str) -> list[Resource]:
    """All containers of the pod, in the order in which they start."""
    spec = pod(target)
    return [*spec.get("initContainers", []), *spec["containers"]]


def sidecars(target: str) -> list[Resource]:
    """The containers that start before the main ones and end after them."""
    return [one for one in pod(target).get("initContainers", []) if one.get("restartPolicy") == "Always"]


def container(target: str, name: str) -> Resource:
    """The container of a name."""
    return next(one for one in containers(target) if one["name"] == name)


def flags(one: Resource) -> dict[str, str]:
    """The value of each `--flag=value` of a container; "" without one."""
    pairs = (argument.partition("=") for argument in one.get("args", []) if argument.startswith("--"))
    return {name: value for name, _, value in pairs}


def variables(one: Resource) -> dict[str, str]:
    """The plain values of a container's environment."""
    return {entry["name"]: entry["value"] for entry in one.get("env", []) if "value" in entry}


def seconds(text: str) -> float:
    """What `5s` is."""
    assert text.endswith("s"), text
    return float(text.removesuffix("s"))


def mebibytes(text: str) -> float:
    """What `256Mi`, `256m` (as compose writes it), `230MiB` or `2Gi` is."""
    number = float("".join(letter for letter in text if letter.isdigit() or letter == "."))
    return number * (1024 if text.lower().lstrip("0123456789.").startswith("g") else 1)


def cpus(text: str) -> float:
    """What `500m` or `1` is."""
    return float(text.removesuffix("m")) / 1000 if text.endswith("m") else float(text)
