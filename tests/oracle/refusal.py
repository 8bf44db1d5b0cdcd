"""What the oracle answers where a kernel refuses its input."""

from __future__ import annotations


class InvalidInputError(Exception):
    """The kernel refuses a well-formed request: INVALID_ARGUMENT, INVALID_INPUT."""
