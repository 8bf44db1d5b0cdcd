"""Options from flags, environment and gateway.toml, in that order."""

from pathlib import Path

import click
import pytest

from gateway import config, exit_codes
from gateway.errors import Refusal

seen: dict[str, object] = {}


@click.command()
@click.option("--seed", type=int, default=1)
@click.option("--input", "input_path", type=click.Path(path_type=Path))
@click.option("--kernel", "kernels", multiple=True)
def bench(**values: object) -> None:
    seen.update(values)


@click.group(commands={"bench": bench})
@click.option("--config", "config_file", type=click.Path(path_type=Path), is_eager=True, callback=config.load)
@click.option("--worker", type=click.Path(path_type=Path))
def group(**values: object) -> None:
    seen.update(values)


config.bind_environment(group)
config.bind_environment(bench, "bench")


def run(*arguments: str) -> dict[str, object]:
    seen.clear()
    group.main(args=arguments, standalone_mode=False)
    return dict(seen)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A gateway.toml two folders above the working directory."""
    path = tmp_path / "gateway.toml"
    path.write_text('worker = "bin/mine"\n[bench]\nseed = 7\ninput = "app.log"\nkernel = ["echo", "redact"]\n')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    return path


def test_the_nearest_file_above_gives_defaults(file: Path):
    assert run("bench") == {
        "config_file": file,
        "worker": file.parent / "bin/mine",
        "seed": 7,
        "input_path": file.parent / "app.log",
        "kernels": ("echo", "redact"),
    }


@pytest.mark.parametrize(
    ("environment", "flags", "seed"),
    [({}, (), 7), ({"GATEWAY_BENCH_SEED": "8"}, (), 8), ({"GATEWAY_BENCH_SEED": "8"}, ("--seed", "9"), 9)],
)
@pytest.mark.usefixtures("file")
def test_a_flag_goes_before_the_environment_and_that_before_the_file(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], flags: tuple[str, ...], seed: int
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert run("bench", *flags)["seed"] == seed


def test_a_variable_is_named_after_the_option_and_not_after_the_code(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GATEWAY_BENCH_INPUT", "x.log")
    monkeypatch.setenv("GATEWAY_WORKER", "w")
    monkeypatch.setenv("GATEWAY_BENCH_KERNEL", "echo redact")
    given = run("bench")
    assert (given["input_path"], given["worker"], given["kernels"]) == (Path("x.log"), Path("w"), ("echo", "redact"))


def test_a_named_file_is_taken_instead_of_the_nearest(file: Path):
    other = file.parent / "other.toml"
    other.write_text("[bench]\nseed = 5\n")
    assert run("--config", str(other), "bench")["seed"] == 5


def test_without_a_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert run("bench")["seed"] == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[bench]\nsede = 7\n", r"unknown key in .*gateway.toml \[bench\] 'sede': did you mean seed\?"),
        ("wroker = 'x'\n", r"unknown key in .*gateway.toml 'wroker': did you mean worker\?"),
        ("[benhc]\nseed = 7\n", r"unknown key in .*gateway.toml 'benhc': did you mean bench\?"),
        ("bench = 7\n", r"bench in .*gateway.toml is not a table"),
        ("seed = \n", r"gateway.toml is not TOML"),
    ],
)
def test_a_bad_file_is_refused_by_name(file: Path, text: str, says: str):
    file.write_text(text)
    with pytest.raises(Refusal, match=says) as refused:
        run("bench")
    assert refused.value.exit_code == exit_codes.REFUSED


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(Refusal, match=r"cannot read .*none.toml: No such file"):
        run("--config", str(tmp_path / "none.toml"), "bench")


def test_an_unknown_variable_of_a_command_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GATEWAY_BENCH_SEDE", "7")
    with pytest.raises(Refusal, match=r"'GATEWAY_BENCH_SEDE': did you mean GATEWAY_BENCH_SEED\?"):
        run("bench")


def test_variables_that_an_orchestrator_sets_for_a_service_called_gateway_are_let_pass(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GATEWAY_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("GATEWAY_PORT", "tcp://10.0.0.1:80")
    assert run("bench")["seed"] == 1
