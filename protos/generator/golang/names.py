"""Names as protoc-gen-go writes them."""

from __future__ import annotations

import re


def camel(name: str) -> str:
    """A field's or a list entry's name as protoc-gen-go writes it: each run of letters with a capital."""
    joined = re.sub(r"_(?=[a-z])", " ", re.sub(r"[-/]", "_", name))
    return re.sub(r"[a-z]+", lambda run: run[0].capitalize(), joined).replace(" ", "")
