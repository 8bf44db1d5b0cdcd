"""The software bill of materials, CycloneDX 1.6 in JSON (ECMA-424). Pure."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from release.component import Use
from release.source import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from release.component import Component
    from release.source import Source
    from release.vocabularies import Vocabulary

SCOPES = {Use.LINKED: "required", Use.INSTALLED: "required", Use.BUILT_WITH: "excluded"}
USE = "sidecar:use"
"""The property that says what becomes of a component (`release.component.Use`)."""


def document(source: Source, components: Sequence[Component], vocabularies: Sequence[Vocabulary]) -> str:
    """The whole document; the same for the same commit, so that its number and time come from the commit too."""
    main = f"pkg:github/sidecar-ipc/gateway@{source.commit}"
    content = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, main)}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(source.epoch_s, UTC).isoformat(),
            "component": _ours(source, main),
        },
        "components": [*map(_component, components), *map(_vocabulary, vocabularies)],
        "dependencies": [{"ref": main, "dependsOn": _roots(components)}, *map(_needs, components)],
    }
    return json.dumps(content, indent=1) + "\n"


def _ours(source: Source, main: str) -> dict[str, Any]:
    return {
        "type": "application",
        "bom-ref": main,
        "name": "sidecar-ipc-gateway",
        "version": source.version,
        "purl": main,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
        "externalReferences": [{"type": "vcs", "url": REPOSITORY}],
    }


def _component(component: Component) -> dict[str, Any]:
    about: dict[str, Any] = {
        "type": "library",
        "bom-ref": component.key,
        "name": component.name,
        "version": component.version,
        "purl": component.key,
        "scope": SCOPES[component.use],
        "properties": [{"name": USE, "value": component.use.value}],
    }
    if component.licence:
        about["licenses"] = [{"expression": component.licence}]
    if component.sha256:
        about["hashes"] = [{"alg": "SHA-256", "content": component.sha256}]
    return about


def _vocabulary(vocabulary: Vocabulary) -> dict[str, Any]:
    return {
        "type": "data",
        "bom-ref": f"vocabulary:{vocabulary.name}",
        "name": vocabulary.name,
        "scope": "required",
        "licenses": [{"license": {"id": vocabulary.licence}}],
        "copyright": vocabulary.copyright,
        "hashes": [{"alg": "SHA-256", "content": vocabulary.sha256}],
        "externalReferences": [{"type": "distribution", "url": vocabulary.source}],
    }


def _roots(components: Sequence[Component]) -> list[str]:
    """What we ask for, and what nothing that we ask for is known to need: from us all can be reached."""
    below = {component.key: component.needs for component in components}
    direct = [component.key for component in components if component.direct]
    found: set[str] = set()
    todo = list(direct)
    while todo:
        key = todo.pop()
        if key not in found:
            found.add(key)
            todo.extend(below[key])
    return sorted({*direct, *(below.keys() - found)})


def _needs(component: Component) -> dict[str, Any]:
    return {"ref": component.key, "dependsOn": list(component.needs)}
