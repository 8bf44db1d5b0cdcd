"""Every PromQL expression of deploy/metrics, and the names and labels that it uses."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import promql_parser

from tests.metrics.rules import alerts

METRICS = Path(__file__).parents[2] / "deploy" / "metrics"
DASHBOARD = METRICS / "grafana" / "dashboards" / "sidecar.json"
VARIABLES = {"$__rate_interval": "1m", "$kernel": ".*", "$route": ".*"}
"""What Grafana puts in."""


@dataclass(frozen=True)
class Query:
    """An expression and where it stands."""

    place: str
    text: str

    @property
    def expression(self) -> Any:
        """As a tree; raises ValueError for what is no PromQL."""
        return promql_parser.parse(self.text)


@dataclass(frozen=True)
class Selector:
    """A metric that a query reads, and the labels by which it chooses or groups."""

    name: str
    matchers: tuple[tuple[str, str, str], ...]
    """Label, operator and value."""
    groups: frozenset[str]
    """Labels that a grouping around it keeps."""


def dashboard() -> dict[str, Any]:
    """The dashboard's JSON."""
    return json.loads(DASHBOARD.read_text())


def panel_queries() -> list[Query]:
    """Those of the dashboard's panels."""
    panels = dashboard()["panels"]
    return [Query(panel["title"], _filled(target["expr"])) for panel in panels for target in panel.get("targets", ())]


def annotation_queries() -> list[Query]:
    """Those of what is marked on every panel."""
    return [Query(one["name"], _filled(one["expr"])) for one in dashboard()["annotations"]["list"]]


def alert_queries() -> list[Query]:
    """Those of the alerts."""
    return [Query(alert["alert"], alert["expr"]) for alert in alerts()]


def selectors(query: Query) -> list[Selector]:
    """Every metric that the query reads."""
    return list(_selectors(query.expression, frozenset()))


def variable_selectors() -> list[Selector]:
    """What the dashboard's variables read: label_values(METRIC, LABEL)."""
    definitions = [one["definition"] for one in dashboard()["templating"]["list"]]
    found = [re.fullmatch(r"label_values\((\w+), (\w+)\)", definition) for definition in definitions]
    return [Selector(one[1], (), frozenset({one[2]})) for one in found if one]


def _filled(text: str) -> str:
    for variable, value in VARIABLES.items():
        text = text.replace(variable, value)
    return text


def _selectors(expression: Any, groups: frozenset[str]) -> Iterator[Selector]:
    match expression:
        case promql_parser.VectorSelector():
            matchers = tuple((one.name, str(one.op), one.value) for one in expression.matchers.matchers)
            yield Selector(expression.name or "", matchers, groups)
        case promql_parser.MatrixSelector():
            yield from _selectors(expression.vector_selector, groups)
        case promql_parser.AggregateExpr():
            labels = expression.modifier.labels if expression.modifier else ()
            yield from _selectors(expression.expr, frozenset(labels))
        case promql_parser.BinaryExpr():
            matching = expression.modifier.matching if expression.modifier else None
            for side in (expression.lhs, expression.rhs):
                yield from _selectors(side, groups | frozenset(matching.labels if matching else ()))
        case promql_parser.Call():
            for argument in expression.args:
                yield from _selectors(argument, groups)
        case promql_parser.ParenExpr() | promql_parser.UnaryExpr() | promql_parser.SubqueryExpr():
            yield from _selectors(expression.expr, groups)
        case _:
            return
