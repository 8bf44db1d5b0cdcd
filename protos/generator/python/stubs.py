"""The imports of the stubs that protoc writes."""

from __future__ import annotations

import re

IMPORT = re.compile(r"^(from )((?:kernels|faults|wire|bench|test)\.v\d+)( import )", re.MULTILINE)


def rewritten(stub: str) -> str:
    """A stub whose imports of other stubs lead to gateway.gen."""
    return IMPORT.sub(r"\1gateway.gen.\2\3", stub)
