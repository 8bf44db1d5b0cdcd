"""What gateway.toml may say of verdicts and cost, and what is refused."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gateway.bench import policy
from gateway.bench.policy import Policy
from gateway.bench.rates import AtRate
from gateway.cli import gateway as cli
from gateway.errors import Refusal
from tests.bench.simulated import plan_of, recorded, redact_and_digest
from tests.running import gateway

if TYPE_CHECKING:
    from typing import Any

FILE = Path("gateway.toml")
WHOLE = """
[verdict]
minimum_gain = 0.5
tail_bound = 2
objective = "cpu"
isolation = true
[cost]
per_core_month = 30
currency = "EUR"
"""


def parsed(text: str) -> dict[str, Any]:
    return policy.parse(FILE, tomllib.loads(text))


def test_the_file_may_say_all_of_it() -> None:
    found = policy.of(parsed(WHOLE), plan_of(redact_and_digest()))
    assert found == Policy(0.5, 2.0, "cpu", isolation=True, per_core_month=30.0, currency="EUR")


def test_what_the_file_does_not_say_is_the_plans() -> None:
    plan = plan_of(redact_and_digest())
    assert policy.of(parsed(""), plan) == Policy(minimum_gain=plan.minimum_gain)


def test_a_recorded_policy_is_the_same_when_it_is_read_back() -> None:
    whole = Policy(0.5, 2.0, "cpu", isolation=True, per_core_month=30.0, currency="EUR")
    assert policy.from_json(whole.as_json(), minimum_gain=0.3) == whole
    assert policy.from_json({}, minimum_gain=0.3) == Policy(minimum_gain=0.3)


@pytest.mark.parametrize(
    ("text", "named", "remedy"),
    [
        ("[verdict]\nminimum_gian = 0.2", "'minimum_gian'", "did you mean minimum_gain?"),
        ("[cost]\nper_month = 2", "'per_month'", "per_core_month"),
        ("[verdict]\nminimum_gain = -0.1", "minimum_gain = -0.1", "write a share"),
        ("[verdict]\nminimum_gain = nan", "minimum_gain = nan", "write a share"),
        ("[verdict]\nminimum_gain = true", "minimum_gain = True", "write a share"),
        ('[verdict]\nminimum_gain = "20 %"', "minimum_gain = '20 %'", "write a share"),
        ("[verdict]\ntail_bound = 0.5", "tail_bound = 0.5", "1 or more"),
        ('[verdict]\nobjective = "speed"', "objective = 'speed'", "latency, cpu"),
        ("[verdict]\nobjective = [1]", "objective = [1]", "latency, cpu"),
        ("[verdict]\nisolation = 1", "isolation = 1", "true"),
        ("[cost]\nper_core_month = inf", "per_core_month = inf", "price"),
        ("[cost]\ncurrency = 3", "currency = 3", '"EUR"'),
        ('[cost]\ncurrency = "a\\nb"', "currency = 'a\\nb'", '"EUR"'),
        ("verdict = 3", "verdict in gateway.toml is not a table", "[verdict]"),
    ],
)
def test_what_cannot_be_is_refused_with_the_file_the_key_and_the_remedy(text: str, named: str, remedy: str) -> None:
    with pytest.raises(Refusal) as refused:
        parsed(text)
    assert named in refused.value.what
    assert str(FILE) in refused.value.what
    assert remedy in refused.value.remedy


def test_every_command_refuses_a_file_whose_policy_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text("[verdict]\nminimum_gain = 'much'\n")
    ended = gateway("--config", str(tmp_path / "gateway.toml"), "doctor")
    assert ended.returncode == 2
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "minimum_gain = 'much'" in ended.stderr


def test_no_command_bears_the_name_of_a_table_of_the_policy() -> None:
    assert not set(policy.TABLES) & set(cli.list_commands(None))  # type: ignore[arg-type]


def test_a_report_concludes_by_the_recorded_policy(tmp_path: Path) -> None:
    """By the file of the place where it is read nothing is concluded."""
    run = recorded(redact_and_digest(policy=Policy(minimum_gain=4.0).as_json()), tmp_path / "run")
    (tmp_path / "gateway.toml").write_text("[verdict]\nminimum_gain = 0.1\n")
    ended = gateway("--config", str(tmp_path / "gateway.toml"), "report", str(run))
    assert ended.returncode == 0, ended.stderr
    assert "inproc" not in ended.stdout.partition("verdict")[2].partition("break-even")[0]


def test_cores_and_their_price_grow_with_the_rate() -> None:
    one = AtRate(plan_of(redact_and_digest()).scenarios[0], {"better Go": 50_000.0, "sidecar": None})
    assert one.cores(10_000) == {"better Go": 0.5, "sidecar": None}
    assert one.cost(10_000, Policy(per_core_month=30)) == {"better Go": 15.0, "sidecar": None}
    assert one.cost(10_000, Policy()) == {"better Go": None, "sidecar": None}
