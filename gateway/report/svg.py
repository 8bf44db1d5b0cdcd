"""A figure as a file, or as SVG inside of a page: in the page's colours, its ids unlike any other's. Pure."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import matplotlib as mpl

from gateway.report import palette

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from gateway.report.chart import Chart

SVG, PNG = "svg", "png"
FORMATS = (SVG, PNG)
_DPI = 200
_POINTS_AN_INCH = 72
_FONT = re.compile(r"font:\s*([^;]*?)([\d.]+)px\s*[^;]*")
_FAMILY = re.compile(r"font-family:[^;]*;?\s*")
_LONG = re.compile(r"(\d+\.\d)\d{2,}")
_COLOUR = re.compile(r"#[0-9a-f]{6}\b")
_DROPPED = ("metadata", "style")
_XLINK = "{http://www.w3.org/1999/xlink}"


def file_content(figure: Figure, kind: str) -> bytes:
    """Return a figure as a file of the format `svg` or `png`, the same bytes for the same figure."""
    buffer = io.BytesIO()
    unsigned = {"Date": None} if kind == SVG else {"Software": None}
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "gateway"}):
        figure.savefig(buffer, format=kind, facecolor=palette.LIGHT["card"], dpi=_DPI, metadata=unsigned)
    return buffer.getvalue()


def inline(chart: Chart) -> str:
    """Return a chart as an element of a page: text stays text, colours are the page's, marks say what they are."""
    root = _plain(ET.fromstring(file_content(chart.figure, SVG)))  # noqa: S314 - we wrote it
    _drop(root)
    ids = {one.attrib["id"]: f"{chart.name}-{number}" for number, one in enumerate(root.iter()) if "id" in one.attrib}
    for element in root.iter():
        _tell(element, chart.tips)
        _restyle(element, ids)
    _as_image(root, chart)
    return ET.tostring(root, encoding="unicode")


def _plain(root: ET.Element) -> ET.Element:
    """Take the namespaces off: inside HTML an svg needs none."""
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        for name in [name for name in element.attrib if name.startswith(_XLINK)]:
            element.attrib[name.removeprefix(_XLINK)] = element.attrib.pop(name)
        element.text = element.text.strip() if element.text and element.text.strip() else element.text and ""
        element.tail = None
    return root


def _drop(root: ET.Element) -> None:
    for parent in list(root.iter()):
        for child in [child for child in parent if child.tag in _DROPPED]:
            parent.remove(child)
    paper = root.find(".//g[@id='patch_1']")
    if paper is not None:  # the card that holds the picture is its paper
        paper.clear()


def _tell(element: ET.Element, tips: dict[str, str]) -> None:
    text = tips.get(element.attrib.get("id", ""))
    if text:
        title = ET.Element("title")
        title.text = text
        element.insert(0, title)
        element.attrib |= {"class": "mark", "tabindex": "0"}


def _restyle(element: ET.Element, ids: dict[str, str]) -> None:
    for name, value in element.attrib.items():
        element.attrib[name] = _rewritten(name, value, ids)


def _rewritten(name: str, value: str, ids: dict[str, str]) -> str:
    if name == "id":
        return ids[value]
    if name == "href":
        return f"#{ids[value[1:]]}"
    if name in ("d", "points", "transform", "x", "y"):
        return _LONG.sub(r"\1", " ".join(value.split()))
    if name == "clip-path":
        return re.sub(r"url\(#([^)]*)\)", lambda found: f"url(#{ids[found[1]]})", value)
    return _in_page_colours(value) if name in ("style", "fill", "stroke") else value


def _in_page_colours(style: str) -> str:
    known = palette.variables()
    sized = _FAMILY.sub("", _FONT.sub(_font, style))
    return _COLOUR.sub(lambda found: known.get(found[0], found[0]), sized)


def _font(found: re.Match[str]) -> str:
    weight = "font-weight: 600; " if "bold" in found[1] or "600" in found[1] else ""
    return f"{weight}font-size: {found[2]}px"


def _as_image(root: ET.Element, chart: Chart) -> None:
    width = chart.figure.get_figwidth() * _POINTS_AN_INCH
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.attrib |= {
        "role": "img",
        "aria-label": f"{chart.title}: {chart.says}",
        "style": f"max-width: {width * 1.5:.0f}px",
    }
