"""The Dockerfiles agree with each other and with how a checkout is built. Reads files; no engine is needed."""

import re
from pathlib import Path

import pytest

from gateway.build import recipe
from gateway.build.layout import Layout
from gateway.config import ROOT

FOLDER = ROOT / "deploy" / "docker"
NAMES = ("worker", "service", "gateway", "bench")
CRATES = sorted(manifest.parent.name for manifest in (ROOT / "rust_worker").glob("*/Cargo.toml"))


def text(name: str) -> str:
    return (FOLDER / f"{name}.Dockerfile").read_text(encoding="utf-8")


def stage(name: str, called: str) -> list[str]:
    """The lines of a stage, without comments, up to the first that only this image has."""
    found = re.search(rf"^FROM \S+ AS {called}\n(.*?)(?=^FROM |\Z)", text(name), re.MULTILINE | re.DOTALL)
    assert found, f"{name} has no stage {called}"
    return [line for line in found[1].splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize(("called", "names"), [("rust", ("worker", "service", "bench")), ("go", ("service", "bench"))])
def test_a_stage_that_images_share_begins_alike_so_that_it_is_built_once(called: str, names: tuple[str, ...]):
    stages = [stage(name, called) for name in names]
    shared = stage("service", called)
    common = next(
        (at for at, lines in enumerate(zip(*stages, strict=False)) if len(set(lines)) > 1), min(map(len, stages))
    )
    until = "COPY rust_worker ./" if called == "rust" else "COPY --from=rust"
    assert any(line.startswith(until) for line in shared[:common]), f"they differ at: {shared[common]}"


@pytest.mark.parametrize("name", ["worker", "service", "bench"])
def test_images_build_rust_as_a_checkout_does(name: str):
    command = " ".join(recipe.rust(Layout.of_checkout()).command)
    assert text(name).count(command) == 2, f"{command} is to stand twice: for what we depend on, and for ours"


@pytest.mark.parametrize("name", ["worker", "service", "bench"])
def test_every_crate_has_its_manifest_in_the_layer_of_what_we_depend_on(name: str):
    copied = re.findall(r"^COPY rust_worker/(\w+)/Cargo\.toml \1/$", text(name), re.MULTILINE)
    assert sorted(copied) == CRATES


@pytest.mark.parametrize("name", NAMES)
def test_base_images_are_pinned_and_public(name: str):
    for base in re.findall(r"^FROM (\S+)", text(name), re.MULTILINE):
        assert base == "scratch" or re.fullmatch(r"(rust|golang|python):\d+\.\d+-(slim-)?bookworm", base), base


@pytest.mark.parametrize("name", NAMES)
def test_no_syntax_line_asks_for_a_frontend_to_be_pulled(name: str):
    assert "# syntax" not in text(name)


@pytest.mark.parametrize(("image", "shell"), [("worker", "scratch"), ("service", "scratch")])
def test_the_last_stage_of_what_faces_the_network_is_empty_but_for_the_program(image: str, shell: str):
    last = re.findall(r"^FROM (\S+)", text(image), re.MULTILINE)[-1]
    assert last == shell


@pytest.mark.parametrize("name", ["core", "build"])
def test_packages_of_an_image_are_those_of_the_lock_file(name: str):
    locked = pins(ROOT / "requirements.lock")
    of_image = pins(FOLDER / f"requirements-{name}.lock")
    assert of_image
    assert {package: version for package, version in of_image.items() if locked.get(package) != version} == {}


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE))
