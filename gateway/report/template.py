"""A template of this package, filled. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jinja2

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def filled(name: str, filters: Mapping[str, Callable[..., Any]], context: Mapping[str, Any]) -> str:
    """Return the page; what the template wants and `context` lacks is an error, and text is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("gateway.report", "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(filters)
    return environment.get_template(name).render(context)
