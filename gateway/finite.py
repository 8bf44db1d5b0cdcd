"""Plain values without what JSON does not have. Pure."""

import math
from typing import Any


def finite(value: Any) -> Any:
    """The value with NaN and infinities replaced by None, tuples by lists; through dicts and lists."""
    if isinstance(value, dict):
        return {key: finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
