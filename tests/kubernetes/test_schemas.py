"""Every rendered resource is one that the API of two Kubernetes versions takes, with nothing that they do not know."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING

import kubernetes_validate
import pytest
import yaml

from tests.kubernetes.rendered import FOLDER, TARGETS, only, render

if TYPE_CHECKING:
    from tests.kubernetes.rendered import Resource

VERSIONS = ("1.33", "1.37")
"""The first in which native sidecars are stable, and the newest."""


def check(resource: Resource, version: str) -> None:
    kubernetes_validate.validate(resource, version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("target", TARGETS)
def test_every_resource_is_valid(target: str, version: str) -> None:
    for resource in render(target):
        check(resource, version)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_misspelt_field_would_have_been_seen(version: str) -> None:
    wrong = copy.deepcopy(only("base", "Deployment"))
    wrong["spec"]["template"]["spec"]["initContainers"][0]["restartPolicies"] = "Always"
    with pytest.raises(kubernetes_validate.ValidationError):
        check(wrong, version)


def test_no_file_is_forgotten_by_every_kustomization() -> None:
    for folder in (path.parent for path in FOLDER.rglob("kustomization.yaml")):
        content = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
        named = {*content.get("resources", []), *(one["path"] for one in content.get("patches", []))}
        named |= {name for one in content.get("configMapGenerator", []) for name in one["files"]}
        there = {path.name for path in folder.iterdir() if path.is_file()} - {"kustomization.yaml"}
        assert there == {name for name in named if "/" not in name}, folder


def test_names_of_resources_and_of_pods_are_short_enough_for_dns() -> None:
    for target in TARGETS:
        for resource in render(target):
            assert len(resource["metadata"]["name"]) <= 63, Path(target)
