"""The bill of materials and the notices: everything that the lock files pin, with licences, and nothing by chance."""

import json
import re
import tomllib
from functools import cache
from typing import Any
from urllib.parse import unquote

import pytest

from release import inventory, notices, sbom, source, vocabularies
from release.component import Component, Use
from release.errors import ReleaseError
from release.source import ROOT
from tests.licences.allow import Allowed


@cache
def components() -> list[Component]:
    """Those of this checkout."""
    return inventory.read(ROOT)


@cache
def bill() -> dict[str, Any]:
    """The document of this checkout."""
    return json.loads(text())


def text() -> str:
    """The same as it is written."""
    return sbom.document(source.described(ROOT), components(), vocabularies.read(ROOT, components()))


def of_kind(kind: str) -> set[tuple[str, str]]:
    """(name, version) of a language's packages, as the bill's package URLs say."""
    found = (re.fullmatch(rf"pkg:{kind}/(.+)@(.+)", one.get("purl", "")) for one in bill()["components"])
    return {(match[1], unquote(match[2])) for match in found if match}


def test_every_crate_of_the_lock_file_is_in_the_bill():
    entries = tomllib.loads((ROOT / "rust_worker" / "Cargo.lock").read_text())["package"]
    locked = {(one["name"], one["version"]) for one in entries if "source" in one}
    assert len(locked) > 100
    assert of_kind("cargo") == locked


def test_every_module_of_go_mod_is_in_the_bill():
    lines = (ROOT / "go_service" / "go.mod").read_text().splitlines()
    required = {tuple(line.split()[:2]) for line in lines if line.startswith("\t")}
    assert len(required) > 20
    assert of_kind("golang") - {one for one in of_kind("golang") if one[0] == "std"} == required


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_python_package_of_the_lock_files_is_in_the_bill(name: str):
    lines = (ROOT / name).read_text().splitlines()
    pinned = {re.split(r"==|\[", line)[0].lower() for line in lines if line[:1].isalnum()}
    assert len(pinned) > 20
    assert pinned <= {name for name, _ in of_kind("pypi")}


def test_what_is_shipped_or_installed_has_a_licence_that_is_allowed():
    allowed = Allowed.load()
    wanted = [one for one in components() if one.use is not Use.BUILT_WITH and one.folder]
    assert len(wanted) > 100
    assert [one.key for one in wanted if not allowed.passes(one.licence)] == []


def test_cargo_deny_lets_every_crate_pass_and_no_licence_that_the_licence_check_refuses():
    table = tomllib.loads((ROOT / "rust_worker" / "deny.toml").read_text())["licenses"]["allow"]
    identifiers = {licence.partition(" WITH ")[0] for licence in table}
    assert identifiers <= Allowed.load().identifiers
    allowed = Allowed(frozenset(identifiers), {}, {})
    crates = [one for one in components() if one.kind == "cargo" and one.licence]
    assert [one.key for one in crates if not allowed.passes(one.licence)] == []


def test_the_bill_is_valid_by_its_schema():
    validation = pytest.importorskip("cyclonedx.validation.json", reason="no cyclonedx-python-lib: make setup-dev")
    schema = pytest.importorskip("cyclonedx.schema")
    problem = validation.JsonStrictValidator(schema.SchemaVersion.V1_6).validate_str(text())
    assert problem is None


def test_every_dependency_of_the_bill_is_one_of_its_components():
    known = {one["bom-ref"] for one in bill()["components"]} | {bill()["metadata"]["component"]["bom-ref"]}
    for entry in bill()["dependencies"]:
        assert {entry["ref"], *entry["dependsOn"]} <= known


def test_every_component_can_be_reached_from_ours():
    below = {entry["ref"]: entry["dependsOn"] for entry in bill()["dependencies"]}
    todo, found = [bill()["metadata"]["component"]["bom-ref"]], set[str]()
    while todo:
        ref = todo.pop()
        if ref not in found:
            found.add(ref)
            todo.extend(below[ref])
    assert {component.key for component in components()} <= found


def test_the_same_commit_gives_the_same_bill():
    inventory_again = inventory.read(ROOT)
    of = source.described(ROOT)
    assert sbom.document(of, inventory_again, vocabularies.read(ROOT, inventory_again)) == text()


def test_linked_code_is_told_from_what_only_tests_and_compilers_use():
    used = {component.name: component.use for component in components()}
    linked = ("tokio", "google.golang.org/grpc", "std", "rust-std")
    others = ("tempfile", "go.uber.org/goleak", "clap_derive", "pytest", "tiktoken-rs")
    assert {used[name] for name in linked} == {Use.LINKED}
    assert {used[name] for name in others} == {Use.BUILT_WITH}
    assert used["click"] is Use.INSTALLED


def test_the_notice_has_the_terms_of_all_that_is_linked_and_of_the_vocabularies():
    notice = notices.document(ROOT, components())
    linked = [component for component in components() if component.use is Use.LINKED]
    headings = " ".join(notice.split("=" * 100)[2:])
    assert [one.key for one in linked if f"{one.name} {one.version}" not in headings] == []
    assert "OpenAI, Shantanu Jain" in notice
    for name in (one.name for one in vocabularies.read(ROOT, components())):
        assert name.partition(".")[0] in notice


def test_code_whose_terms_cannot_be_told_is_not_shipped():
    unknown = Component("cargo", "unknown", "1.0.0", Use.LINKED, "MIT")
    with pytest.raises(ReleaseError, match=r"unknown 1\.0\.0 is linked, and its package has no licence text"):
        notices.document(ROOT, [unknown])
