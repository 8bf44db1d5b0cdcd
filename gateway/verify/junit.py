"""Results as JUnit XML, which build servers read."""

from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.verify.result import Result, Results


def document(results: "Results") -> bytes:
    """A suite a kernel and route, a case a vector or piece, a skipped case a route that cannot run here."""
    root = ET.Element("testsuites", name="gateway verify")
    for name, cases in groupby(results.cases, key=lambda result: f"{result.kernel} {result.route}"):
        _suite(root, name, list(cases))
    for reason, names in results.not_run.items():
        for name in names:
            _skipped(root, name, reason)
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _suite(root: ET.Element, name: str, cases: "list[Result]") -> None:
    failures = sum(bool(case.difference) for case in cases)
    suite = ET.SubElement(root, "testsuite", name=name, tests=str(len(cases)), failures=str(failures))
    _cases(suite, name, cases)


def _cases(suite: ET.Element, name: str, cases: "Iterable[Result]") -> None:
    for case in cases:
        element = ET.SubElement(suite, "testcase", classname=name.replace(" ", "."), name=case.request)
        if case.difference:
            ET.SubElement(element, "failure", message=case.difference)


def _skipped(root: ET.Element, name: str, reason: str) -> None:
    suite = ET.SubElement(root, "testsuite", name=name, tests="1", failures="0", skipped="1")
    case = ET.SubElement(suite, "testcase", classname=name.replace(" ", "."), name="all")
    ET.SubElement(case, "skipped", message=reason)
