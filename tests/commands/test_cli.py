"""The command line as a whole: refusals, exit codes, help, start-up."""

import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from gateway import exit_codes
from gateway.cli import run
from gateway.commands import COMMANDS


def gateway(*arguments: str, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """The command as a user runs it."""
    command = [sys.executable, "-m", "gateway", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


REFUSALS = [
    (["bnech"], r"unknown command 'bnech': did you mean bench\?"),
    (["call", "redcat", "--route", "uds"], r"unknown kernel 'redcat': did you mean redact\?"),
    (["call", "panic", "--route", "uds"], r"unknown kernel 'panic': .*known: echo, spin, digest, redact"),
    (["call", "redact", "--route", "grpc-udp"], r"unknown route 'grpc-udp': did you mean grpc-uds\?"),
    (["call", "redact", "--route", "uds/msgpak"], r"unknown codec of uds 'msgpak': did you mean msgpack\?"),
    (["call", "redact", "--route", "grpc-uds/raw"], r"grpc-uds has no 'raw': .*known: protobuf"),
    (["call", "redact", "--route", "uds", "--size", "4KB"], r"unknown size '4KB': .*such as 64B"),
    (["call", "redact", "--route", "uds", "--in", "/nonexistent"], r"cannot read input /nonexistent"),
    (["call", "redact", "--route", "uds", "--in", "/dev/null"], r"input /dev/null is empty"),
    (["call", "redact", "--route", "uds", "--count", "0"], r"invalid value for '--count'"),
    (["call", "redact"], r"no route named"),
    (["call"], r"missing argument 'KERNEL'"),
    (["verify", "--kernel", "digset"], r"unknown kernel 'digset': did you mean digest\?"),
    (["verify", "--input", "/nonexistent"], r"cannot read input /nonexistent"),
    (["verify", "--frobnicate"], r"no such option '--frobnicate'"),
    (["--bin", "/nonexistent", "verify"], r"/nonexistent/sidecar-worker does not exist: run `gateway build`"),
    (["completion", "tcsh"], r"'tcsh' is not one of"),
]


@pytest.mark.parametrize(("arguments", "says"), REFUSALS, ids=[" ".join(arguments) for arguments, _ in REFUSALS])
def test_a_refusal_is_one_clear_line_and_exit_code_2(
    arguments: list[str], says: str, capfd: pytest.CaptureFixture[str]
):
    assert run(arguments) == exit_codes.REFUSED
    out, err = capfd.readouterr()
    assert out == ""
    assert re.fullmatch(rf"gateway: .*{says}.*\n", err)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples(command: str, capsys: pytest.CaptureFixture[str]):
    assert run([command, "--help"]) == exit_codes.OK
    assert f"gateway {command}" in capsys.readouterr().out.partition("Examples:")[2]


def test_the_help_lists_every_command_and_the_exit_codes():
    shown = gateway("--help").stdout
    assert all(f"  {name} " in shown for name in COMMANDS)
    assert "Exit codes: 0 done" in shown


def test_no_command_at_all_is_a_refusal_with_the_way_to_the_help():
    ended = gateway()
    assert ended.returncode == exit_codes.REFUSED


def test_help_takes_less_than_three_tenths_of_a_second():
    # CPU time, since other tests and compilers may share the machine.
    gateway("--help")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(5):
        gateway("--help")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / 5 < 0.3


def test_a_bad_value_says_where_it_came_from(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("GATEWAY_CALL_COUNT", "many")
    assert run(["call", "echo", "--route", "native"]) == exit_codes.REFUSED
    assert "(from the environment)" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(shell: str, capsys: pytest.CaptureFixture[str]):
    assert run(["completion", shell]) == exit_codes.OK
    assert "_GATEWAY_COMPLETE" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "expected"),
    [("gateway ver", "verify"), ("gateway call red", "redact"), ("gateway verify --route uds/", "uds/msgpack")],
)
def test_a_shell_completes_commands_kernels_and_routes(words: str, expected: str):
    environment = {"_GATEWAY_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    command = [sys.executable, "-c", "import sys; sys.argv[0] = 'gateway'; from gateway.__main__ import main; main()"]
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False).stdout
    assert expected in shown


def test_a_closed_pipe_ends_it_without_a_traceback():
    command = f"{sys.executable} -m gateway completion bash | true"
    ended = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in ended.stderr
