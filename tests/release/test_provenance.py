"""The provenance statement: what is in it is true, and in the form that verifiers read."""

import hashlib
import json
from pathlib import Path

import pytest

from release import provenance, source, sums
from release.provenance import Builder
from release.source import ROOT

BUILDER = Builder("https://example.test/builder", "https://example.test/runs/1", {"go": "go1.26.8"}, 0.0, 90.5)


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """Two shipped files and their checksums."""
    for name in ("b.tar.gz", "a.whl"):
        (tmp_path / name).write_text(name)
    sums.write(tmp_path)
    return tmp_path


def test_checksums_are_those_of_the_files_and_sha256sum_reads_them(dist: Path):
    digest = hashlib.sha256(b"a.whl").hexdigest()
    assert (dist / sums.FILE).read_text().splitlines()[0] == f"{digest}  a.whl"
    assert sums.read(dist) == sums.of_folder(dist)


def test_the_statement_names_every_file_by_its_hash(dist: Path):
    statement = json.loads(provenance.document(source.described(ROOT), sums.read(dist), BUILDER))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://slsa.dev/provenance/v1"
    subjects = {one["name"]: one["digest"]["sha256"] for one in statement["subject"]}
    assert subjects == sums.of_folder(dist)


def test_materials_are_the_commit_and_the_lock_files():
    predicate = json.loads(provenance.document(source.described(ROOT), {}, BUILDER))["predicate"]
    commit, *locks = predicate["buildDefinition"]["resolvedDependencies"]
    assert commit["digest"]["gitCommit"] == source.described(ROOT).commit
    assert {one["name"] for one in locks} >= {"rust_worker/Cargo.lock", "go_service/go.sum", "requirements.lock"}
    for one in locks:
        assert one["digest"]["sha256"] == hashlib.sha256((ROOT / one["name"]).read_bytes()).hexdigest()


def test_times_are_those_of_rfc_3339_and_the_builder_is_named():
    details = json.loads(provenance.document(source.described(ROOT), {}, BUILDER))["predicate"]["runDetails"]
    assert details["metadata"]["finishedOn"] == "1970-01-01T00:01:30Z"
    assert details["builder"]["id"] == BUILDER.identity


def test_a_run_of_github_actions_is_told_from_a_build_at_home(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("GITHUB_WORKFLOW_REF", raising=False)
    monkeypatch.delenv("GITHUB_RUN_ID", raising=False)
    assert provenance.here(ROOT, 0, 0).identity == provenance.LOCAL_BUILDER
    for name, value in (
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_REPOSITORY", "sidecar-ipc/gateway"),
        ("GITHUB_WORKFLOW_REF", "sidecar-ipc/gateway/.github/workflows/release.yml@refs/tags/v0.1.0"),
        ("GITHUB_RUN_ID", "7"),
    ):
        monkeypatch.setenv(name, value)
    builder = provenance.here(ROOT, 0, 0)
    assert builder.identity.endswith("/.github/workflows/release.yml@refs/tags/v0.1.0")
    assert builder.invocation == "https://github.com/sidecar-ipc/gateway/actions/runs/7"


def test_the_statement_is_what_the_in_toto_library_reads(dist: Path):
    statement_pb2 = pytest.importorskip("in_toto_attestation.v1.statement_pb2", reason="no in-toto-attestation")
    provenance_pb2 = pytest.importorskip("in_toto_attestation.predicates.provenance.v1.provenance_pb2")
    from google.protobuf import json_format

    document = json.loads(provenance.document(source.described(ROOT), sums.read(dist), BUILDER))
    json_format.ParseDict(document["predicate"], provenance_pb2.Provenance())
    json_format.ParseDict(document, statement_pb2.Statement())
