"""What is made of a commit: its tree, its Go module, its sources."""

import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from release import artefacts, contents, source
from release.errors import ReleaseError
from release.source import ROOT, Source


@pytest.fixture(scope="module")
def of(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """The commit that is checked out, in a tree of its own."""
    return source.checked_out(ROOT, tmp_path_factory.mktemp("release") / "tree")


def test_a_tree_is_the_commit_and_nothing_that_was_left_in_it(of: Source):
    (of.tree / "gateway" / "left.py").write_text("")
    (of.tree / "LICENSE").write_text("changed")
    (of.tree / "bin").mkdir(exist_ok=True)
    (of.tree / "bin" / "kept").write_text("")
    again = source.checked_out(ROOT, of.tree, of.commit)
    assert again == of
    assert not (of.tree / "gateway" / "left.py").exists()
    assert (of.tree / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert (of.tree / "bin" / "kept").exists()


def test_outside_of_git_nothing_is_released(tmp_path: Path):
    with pytest.raises(ReleaseError, match="is no git checkout: release from a clone"):
        source.checked_out(tmp_path, tmp_path / "tree")


def test_the_go_command_takes_the_module_from_its_zip(of: Source, tmp_path: Path):
    """A Go proxy is a folder of files (Go Modules Reference, GOPROXY protocol); go checks the zip's form."""
    artefacts.go_module(of, tmp_path)
    version = f"v{of.version}"
    served = tmp_path / "proxy" / artefacts.GO_MODULE / "@v"
    served.mkdir(parents=True)
    (tmp_path / f"go_service-{version}.zip").rename(served / f"{version}.zip")
    (served / f"{version}.mod").write_bytes((of.tree / "go_service" / "go.mod").read_bytes())
    (served / f"{version}.info").write_text(json.dumps({"Version": version}))
    environment = {
        **os.environ,
        "GOPROXY": f"file://{tmp_path}/proxy",
        "GONOSUMDB": "*",
        "GOMODCACHE": str(tmp_path / "cache"),
        "GOFLAGS": "-modcacherw",
    }
    command = ["go", "mod", "download", "-json", f"{artefacts.GO_MODULE}@{version}"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = Path(json.loads(done.stdout)["Dir"])
    assert (folder / "client" / "client.go").is_file() or list((folder / "client").glob("*.go"))
    assert (folder / "LICENSE").is_file()
    assert not (folder / "tools").exists()


def test_the_source_archive_has_what_git_has(of: Source, tmp_path: Path):
    artefacts.sources(of, tmp_path)
    names = {name.partition("/")[2] for name in contents.members(tmp_path / f"{of.name}-source.tar.gz")}
    assert names == set(source.files(of))


@pytest.mark.parametrize("write", [artefacts.sources, artefacts.go_module])
def test_two_trees_of_a_commit_give_the_same_archive(of: Source, tmp_path: Path, write: object):
    other = source.checked_out(ROOT, tmp_path / "elsewhere" / "tree", of.commit)
    made = []
    for one in (of, other):
        out = tmp_path / one.tree.parent.name
        out.mkdir(exist_ok=True)
        write(one, out)  # type: ignore[operator]
        made.append({path.name: path.read_bytes() for path in out.iterdir() if path.is_file()})
    assert made[0] == made[1]


def test_a_program_that_is_missing_is_named(tmp_path: Path):
    of = Source("0" * 40, 0, "0.1.0", tmp_path)
    with pytest.raises(ReleaseError, match=r"sidecar-worker, .* missing"):
        artefacts.programs(of, tmp_path / "NOTICE", tmp_path)


def test_programs_libraries_and_terms_are_in_one_archive(of: Source, tmp_path: Path):
    for name in artefacts.PROGRAMS:
        (of.tree / "bin").mkdir(exist_ok=True)
        (of.tree / "bin" / name).write_text(name)
    (tmp_path / "NOTICE").write_text("terms")
    artefacts.programs(of, tmp_path / "NOTICE", tmp_path)
    with tarfile.open(next(tmp_path.glob("*.tar.gz"))) as archive:
        names = {Path(name).name for name in archive.getnames()}
        assert names == {*artefacts.PROGRAMS, "sidecar_inproc.h", "LICENSE", "NOTICE"}
        assert {entry.mtime for entry in archive} == {of.epoch_s}
