"""Dashboard, alerts and runbook use only what the processes really show."""

import re
from pathlib import Path

import pytest

from gateway.wire.lists_generated import Status
from tests.metrics.exposed import Exposed
from tests.metrics.queries import (
    Query,
    Selector,
    alert_queries,
    annotation_queries,
    panel_queries,
    selectors,
    variable_selectors,
)

RUNBOOK = Path(__file__).parents[2] / "docs" / "runbook.md"
OF_PROMETHEUS = {"job", "instance"}
"""Labels that Prometheus adds to everything that it scrapes."""
OF_RUNTIME = re.compile(r"(go|python|process)_")
QUERIES = [*panel_queries(), *annotation_queries(), *alert_queries()]

Labels = dict[str, dict[str, set[str]]]


@pytest.fixture(scope="module")
def shown(scraped: dict[str, Exposed]) -> Labels:
    """Name of a series → label → values, over all processes."""
    found: Labels = {}
    for job, exposed in scraped.items():
        for sample in exposed.samples:
            of_name = found.setdefault(sample.name, {"job": set(), "instance": set()})
            of_name["job"].add(job)
            for label, value in sample.labels.items():
                of_name.setdefault(label, set()).add(value)
    return found


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.place)
def test_a_query_reads_only_series_and_labels_that_are_shown(query: Query, shown: Labels):
    found = selectors(query)
    assert found, "it reads nothing"
    for selector in found:
        _check(selector, shown)


def test_the_dashboards_variables_read_labels_that_are_shown(shown: Labels):
    found = variable_selectors()
    assert [sorted(selector.groups) for selector in found] == [["kernel"], ["route"]]
    for selector in found:
        _check(selector, shown)


def _check(selector: Selector, shown: Labels) -> None:
    assert selector.name in shown, f"nobody shows {selector.name}"
    labels = shown[selector.name]
    for label, operator, value in selector.matchers:
        assert label in labels, f"{selector.name} has no label {label}"
        _check_value(selector.name, label, operator, value, labels[label])
    assert selector.groups <= set(labels), f"{selector.name} has no label {selector.groups - set(labels)}"


def _check_value(name: str, label: str, operator: str, value: str, values: set[str]) -> None:
    """A code may be one that no call of the test ended with, as long as the contract has it."""
    if label == "code":
        assert set(value.split("|")) <= {status.name for status in Status}, value
    elif operator == "MatchOp.Equal":
        assert value in values, f"{name} never has {label}={value}, only {sorted(values)}"
    else:
        assert any(re.fullmatch(value, one) for one in values), f"{name} never has {label}~{value}"


def test_every_series_of_ours_stands_in_the_runbook(shown: Labels):
    documented = _documented()
    policies = "sidecar_policy_"
    unknown = {
        name
        for name in (_family(name) for name in shown)
        if not OF_RUNTIME.match(name) and not name.startswith((policies, "promhttp_")) and name not in documented
    }
    assert not unknown, f"docs/runbook.md does not name {sorted(unknown)}"


def test_every_name_of_the_runbook_is_shown(shown: Labels):
    families = {_family(name) for name in shown}
    missing = {name for name in _documented() if name not in families}
    assert not missing, f"docs/runbook.md names {sorted(missing)}, which nobody shows"


def _family(name: str) -> str:
    return re.sub(r"_(bucket|sum|count)$", "", name)


def _documented() -> set[str]:
    return set(re.findall(r"\bsidecar_[a-z_]*[a-z]\b", RUNBOOK.read_text()))
