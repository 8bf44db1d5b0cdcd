"""The results of a verification: cases that passed, failed or could not run. Pure."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Result:
    """One kernel by one route on one vector or piece; `difference` is "" when it passed."""

    kernel: str
    route: str
    request: str
    difference: str = ""

    @property
    def name(self) -> str:
        """As it is named to people."""
        return f"{self.kernel} {self.route} {self.request}"


@dataclass
class Results:
    """All of them; `not_run` maps the reason to the kernels and routes that it keeps from running."""

    cases: list[Result] = field(default_factory=list[Result])
    not_run: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    @property
    def failed(self) -> list[Result]:
        """Those that differ."""
        return [result for result in self.cases if result.difference]

    def summary(self) -> str:
        """The one line at the end."""
        return f"{len(self.cases) - len(self.failed)} passed, {len(self.failed)} failed"
