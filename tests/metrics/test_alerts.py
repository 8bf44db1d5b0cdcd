"""The alerts fire when they should, and not otherwise, by Prometheus's own tool."""

import re

import pytest
import yaml

from tests.metrics.queries import METRICS
from tests.metrics.rules import ROOT, RULES, alerts, promtool

RUNBOOK = ROOT / "docs" / "runbook.md"


def test_the_rules_and_the_configuration_are_good():
    assert "SUCCESS" in promtool("check", "config", str(METRICS / "prometheus.yml"))
    promtool("check", "rules", "--lint=all", "--lint-fatal", str(RULES))


def test_each_alert_fires_when_it_should_and_not_otherwise():
    promtool("test", "rules", str(METRICS / "alerts_test.yml"))


def test_there_are_three_alerts_and_each_is_tested():
    names = [alert["alert"] for alert in alerts()]
    assert names == ["SidecarErrorRate", "SidecarSaturation", "SidecarRolledBack"]
    tested = (METRICS / "alerts_test.yml").read_text()
    for name in names:
        assert re.search(rf"alertname: {name}\n\s+exp_alerts", tested), name
        assert re.search(rf"alertname: {name}\n\s+(- eval_time|\n)", tested + "\n"), name


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_leads_to_its_section_of_the_runbook(alert: dict[str, dict[str, str]]):
    url = alert["annotations"]["runbook_url"]
    path, _, anchor = url.partition("#")
    assert path.endswith("/docs/runbook.md")
    headings = {
        line.removeprefix("## ").strip().lower() for line in RUNBOOK.read_text().splitlines() if line.startswith("## ")
    }
    assert anchor in headings
    assert anchor == str(alert["alert"]).lower()
    assert alert["labels"]["severity"] in {"page", "ticket"}


@pytest.mark.parametrize("service", ["prometheus", "grafana"])
def test_the_runbook_names_the_version_that_compose_starts(service: str):
    image, _, version = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"][service][
        "image"
    ].partition(":")
    assert f"| `{image}` | {version} |" in RUNBOOK.read_text()
