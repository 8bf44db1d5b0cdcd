"""`make release`: every step in its order."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from release import artefacts, environment, inventory, notices, provenance, sbom, source, sums, vocabularies

if TYPE_CHECKING:
    from pathlib import Path

    from release.source import Source

SBOM = "sbom.cdx.json"
NOTICE = f"bin/{notices.FILE}"
"""Inside the tree, where git ignores it and the wheel's build finds it."""


def release(root: Path, work: Path, out: Path, revision: str = "HEAD") -> Source:
    """Build the revision in `work` and put all that is shipped into `out`. Raises ReleaseError."""
    began_s = time.time()
    of = source.checked_out(root, work / "tree", revision)
    artefacts.clear(out)
    papers(of, out)
    variables = compiled(of, work)
    shipped(of, variables, out)
    sums.write(out)
    builder = provenance.here(of.tree, began_s, time.time())
    (out / provenance.FILE).write_text(provenance.document(of, sums.read(out), builder), encoding="utf-8")
    return of


def papers(of: Source, out: Path) -> None:
    """NOTICE and the bill of materials."""
    components = inventory.read(of.tree)
    data = vocabularies.read(of.tree, components)
    notice = notices.document(of.tree, components)
    for file in (of.tree / NOTICE, out / notices.FILE):
        file.parent.mkdir(exist_ok=True)
        file.write_text(notice, encoding="utf-8")
    (out / SBOM).write_text(sbom.document(of, components, data), encoding="utf-8")


def compiled(of: Source, work: Path) -> dict[str, str]:
    """The programs; gives the environment that they were built in."""
    wrapper = work / "rustc"
    environment.write(environment.folders(of.tree), wrapper)
    variables = environment.variables(of.tree, of.epoch_s, wrapper)
    artefacts.build(of, variables)
    return variables


def shipped(of: Source, variables: dict[str, str], out: Path) -> None:
    """Everything that is made of the tree and the programs."""
    artefacts.programs(of, of.tree / NOTICE, out)
    artefacts.wheel(of, variables, out)
    artefacts.crates(of, variables, out)
    artefacts.go_module(of, out)
    artefacts.sources(of, out)
