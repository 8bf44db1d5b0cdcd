"""Names that are safe as an anchor, an id and the stem of a file. Pure."""

from __future__ import annotations

import re

_OTHER = re.compile(r"[^a-z0-9]+")


def anchor(text: str) -> str:
    """Return `redact-4-kib-16-callers` for `redact 4 KiB, 16 callers`."""
    return _OTHER.sub("-", text.lower()).strip("-")
