"""The dashboard fits together, and each of its queries gives something over what the processes really show."""

import json
from pathlib import Path
from typing import Any

import yaml

from tests.metrics.exposed import Exposed
from tests.metrics.queries import DASHBOARD, METRICS, dashboard, panel_queries
from tests.metrics.rules import promtool

PROVISIONING = METRICS / "grafana" / "provisioning"
WIDTH = 24
STEPS = 40
"""Scrapes, 15 s apart, of a process whose counters rise by as much each time."""


def test_the_datasource_of_every_panel_is_provisioned():
    sources = yaml.safe_load((PROVISIONING / "datasources" / "prometheus.yml").read_text())["datasources"]
    assert [source["uid"] for source in sources] == ["prometheus"]
    text = DASHBOARD.read_text()
    assert text.count('"uid": "prometheus"') == text.count('"type": "prometheus"')


def test_panels_have_ids_of_their_own_and_do_not_overlap():
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= WIDTH
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells


def test_every_panel_says_what_it_shows_and_in_which_unit():
    for panel in dashboard()["panels"]:
        if panel["type"] == "row":
            continue
        assert panel["description"].endswith(".") or panel["description"].endswith(")."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert [target["refId"] for target in panel["targets"]] == sorted(
            {target["refId"] for target in panel["targets"]}
        )


def test_every_query_gives_something_over_what_is_really_shown(scraped: dict[str, Exposed], tmp_path: Path):
    test = {
        "evaluation_interval": "15s",
        "tests": [
            {
                "interval": "15s",
                "input_series": _series(scraped),
                "promql_expr_test": [_gives_something(query.text) for query in panel_queries()],
            }
        ],
    }
    written = tmp_path / "dashboard_test.yml"
    written.write_text(json.dumps(test))  # JSON is YAML
    promtool("test", "rules", str(written))


def _gives_something(expression: str) -> dict[str, Any]:
    one = {"labels": "{}", "value": 1}
    return {"expr": f"count(({expression})) > bool 0", "eval_time": "5m", "exp_samples": [one]}


def _series(scraped: dict[str, Exposed]) -> list[dict[str, str]]:
    """What Prometheus would have after some scrapes: gauges as they are, counters rising."""
    found: list[dict[str, str]] = []
    for job, exposed in scraped.items():
        for family in exposed.families:
            rises = family.type in {"counter", "histogram", "summary"}
            for sample in family.samples:
                labels = {
                    **{label: _stored(label, value) for label, value in sample.labels.items()},
                    "job": job,
                    "instance": job,
                }
                text = ", ".join(f"{label}={json.dumps(value)}" for label, value in labels.items())
                still = not rises or "quantile" in sample.labels
                values = f"{sample.value}x{STEPS}" if still else f"0+{sample.value}x{STEPS}"
                found.append({"series": f"{sample.name}{{{text}}}", "values": values})
    return found


def _stored(label: str, value: str) -> str:
    """Since its version 3 Prometheus writes these two as floats."""
    return repr(float(value)) if label in {"le", "quantile"} and value != "+Inf" else value
