"""The report's colours, light and dark: one a placement, told apart without red and green. Pure.

A figure is drawn in the light colours. Inside the page each of them, which no other role has, becomes the CSS variable
of its role; so the page's dark scheme reaches the figures too.
"""

from __future__ import annotations

LIGHT: dict[str, str] = {
    "page": "#f8f8f6",
    "card": "#ffffff",
    "ink": "#1c2127",
    "soft": "#59626d",
    "line": "#dcdfe3",
    "grid": "#eceef0",
    "accent": "#08639a",
    "go": "#0a76ae",
    "inproc": "#b84a00",
    "process": "#5b2a86",
    "reference": "#6b7280",
    "good": "#1d7f47",
    "bad": "#c22a20",
    "lag": "#7b8491",
    "encode": "#9c6500",
    "request_wire": "#2d60b0",
    "decode": "#b07a10",
    "queue": "#c23f27",
    "compute": "#127a5a",
    "reply_encode": "#825400",
    "reply_wire": "#5480cc",
    "reply_decode": "#a98400",
    "proxy": "#9c3d80",
    "unexplained": "#747c87",
}
DARK: dict[str, str] = {
    "page": "#14171b",
    "card": "#1b1f25",
    "ink": "#e8eaed",
    "soft": "#a2abb6",
    "line": "#353c45",
    "grid": "#272c34",
    "accent": "#63b9ee",
    "go": "#43aef0",
    "inproc": "#ff9750",
    "process": "#e3ccff",
    "reference": "#8c96a3",
    "good": "#4cc585",
    "bad": "#ff7d70",
    "lag": "#98a1ad",
    "encode": "#e8a320",
    "request_wire": "#5b93e6",
    "decode": "#f2bd4b",
    "queue": "#f0745b",
    "compute": "#35b58b",
    "reply_encode": "#c98a1e",
    "reply_wire": "#9cc0f2",
    "reply_decode": "#f6d98b",
    "proxy": "#d384bb",
    "unexplained": "#858e9b",
}
PLACEMENTS = {"native": "go", "inproc": "inproc", "process": "process", "reference": "reference"}
"""The role of each placement; an echo written by hand is a reference wherever it runs."""
MARKERS = {"go": "o", "inproc": "s", "process": "^", "reference": "D"}
"""A shape a placement, for who sees no colours."""


def of_placement(placement: str) -> str:
    """Return the light colour of a placement."""
    return LIGHT[PLACEMENTS[placement]]


def of_stage(stage: str) -> str:
    """Return the light colour of a stage; the halves of a wire look like the wire, hops like the proxy."""
    if stage.endswith("_proxy"):
        return LIGHT["proxy"]
    return LIGHT.get(stage.removesuffix("_in").removesuffix("_out"), LIGHT["unexplained"])


def css(colours: dict[str, str]) -> str:
    """Return the colours as declarations of CSS variables."""
    return " ".join(f"--{name.replace('_', '-')}: {colour};" for name, colour in colours.items())


def variables() -> dict[str, str]:
    """Return the CSS variable that stands for each light colour."""
    return {colour: f"var(--{name.replace('_', '-')})" for name, colour in LIGHT.items()}
