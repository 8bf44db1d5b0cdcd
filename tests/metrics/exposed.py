"""What a process shows at `/metrics`, read as Prometheus would."""

import urllib.request
from dataclasses import dataclass

from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open_metrics
from prometheus_client.parser import text_string_to_metric_families as read_plain
from prometheus_client.samples import Sample

OPEN_METRICS = "application/openmetrics-text"
ACCEPT = f"{OPEN_METRICS};version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
"""As Prometheus asks."""
TIMEOUT_S = 5.0


@dataclass(frozen=True)
class Exposed:
    """The families of one scrape."""

    families: tuple[Metric, ...]

    @property
    def samples(self) -> tuple[Sample, ...]:
        """All of them."""
        return tuple(sample for family in self.families for sample in family.samples)

    def value(self, name: str, **labels: str) -> float:
        """The sample with exactly these labels."""
        found = [sample.value for sample in self.samples if sample.name == name and sample.labels == labels]
        assert len(found) == 1, f"{name}{labels}: {len(found)} samples"
        return found[0]

    def series(self, name: str, *labels: str) -> dict[tuple[str, ...], float]:
        """The samples of a name by the values of these labels, which have to be all of its labels."""
        of_name = [sample for sample in self.samples if sample.name == name]
        assert all(set(sample.labels) == set(labels) for sample in of_name), name
        return {tuple(sample.labels[label] for label in labels): sample.value for sample in of_name}


def scrape(address: str, timeout_s: float = TIMEOUT_S) -> Exposed:
    """Ask HOST:PORT; a text that breaks the format's rules fails the test."""
    request = urllib.request.Request(f"http://{address}/metrics", headers={"Accept": ACCEPT})
    with urllib.request.urlopen(request, timeout=timeout_s) as response:  # noqa: S310 - it is http
        text, kind = response.read().decode(), response.headers["Content-Type"]
    read = read_open_metrics if kind.startswith(OPEN_METRICS) else read_plain
    return Exposed(tuple(read(text)))
