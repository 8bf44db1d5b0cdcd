"""Options from `gateway.toml` and the environment.

The order is the usual one: flag, then `GATEWAY_COMMAND_OPTION`, then the file, then the default. In the file, keys at
the top are the options before the command (`worker = "…"`), a table is a command (`[bench]` with `seed = 7`); a key is
the option's long name without its dashes. Paths in the file are relative to the file. Unknown names are refused.
What a project of one's own writes into the file beside that is in `gateway.project`, [verdict] and [cost] in
`gateway.bench.policy`.
"""

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway import installed
from gateway import project as projects
from gateway.bench import policy as policies
from gateway.errors import Refusal, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PREFIX = "GATEWAY"
PROJECT = "gateway.project"
POLICY = "gateway.policy"
"""Where a click context keeps the project, and what is said of verdicts, of its gateway.toml."""
FILE_NAME = "gateway.toml"
ROOT = installed.root()
"""The checkout that holds this package, or its data once installed: without `rust_worker/` nothing is built."""


@dataclass(frozen=True)
class Common:
    """The options that stand before the command; `policy` has what gateway.toml says of verdicts, key by key."""

    config_file: Path | None = None
    bin_dir: Path | None = None
    worker: Path | None = None
    driver: Path | None = None
    service: Path | None = None
    project: projects.Project | None = None
    policy: dict[str, Any] = field(default_factory=dict[str, Any])


def find(start: Path) -> Path | None:
    """The nearest gateway.toml in `start` or above it."""
    return next((folder / FILE_NAME for folder in (start, *start.parents) if (folder / FILE_NAME).is_file()), None)


def read(path: Path) -> dict[str, Any]:
    """The file's content; refuses what cannot be read or is not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refusal(f"cannot read {path}", error.strerror or "check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refusal(f"{path} is not TOML", str(error)) from error


def default_map(path: Path, content: "Mapping[str, Any]", group: click.Group, ctx: click.Context) -> dict[str, Any]:
    """The file as click's defaults: option values at the top, one map a command below."""
    commands = group.list_commands(ctx)
    content = policies.without(projects.without(content))
    top = {key: value for key, value in content.items() if key not in commands}
    defaults = _values(path, "", top, group, (*commands, *projects.TOP_KEYS, *policies.TABLES))
    for name in commands:
        if name in content:
            defaults[name] = _values(
                path, name, _table(path, name, content[name]), _command(group, ctx, name), _also(name)
            )
    return defaults


def check_environment(environment: "Mapping[str, str]", group: click.Group, ctx: click.Context) -> None:
    """Refuse a `GATEWAY_COMMAND_…` variable that is no option of the command.

    Other `GATEWAY_` variables are let pass: an orchestrator sets such names for a service called gateway.
    """
    for name in group.list_commands(ctx):
        given = [one for one in environment if one.startswith(f"{PREFIX}_{name.upper()}_")]
        if given:
            known = [variable(name, key) for key in _options(_command(group, ctx, name))]
            _refuse_unknown("environment variable", given, known)


def bind_environment(command: click.Command, name: str = "") -> click.Command:
    """Let every option of the command (of the group: without a name) be given by its variable too."""
    for key, option in _options(command).items():
        option.envvar = variable(name, key)
    return command


def variable(command: str, key: str) -> str:
    """The environment variable of an option: `GATEWAY_BENCH_SEED`, and `GATEWAY_BIN` before any command."""
    return "_".join(part.upper().replace("-", "_") for part in (PREFIX, command, key) if part)


def load(ctx: click.Context, _param: click.Parameter, given: Path | None) -> Path | None:
    """Click callback of `--config`: puts file and environment behind the flags."""
    if ctx.resilient_parsing or not isinstance(ctx.command, click.Group):
        return given
    check_environment(os.environ, ctx.command, ctx)
    path = given or find(Path.cwd())
    if path is not None:
        content = read(path)
        ctx.default_map = default_map(path, content, ctx.command, ctx)
        ctx.meta[PROJECT] = projects.parse(path.absolute(), content)
        ctx.meta[POLICY] = policies.parse(path, content)
    return path


def _also(command: str) -> "Iterable[str]":
    return projects.BUILD_KEYS if command == "build" else ()


def _command(group: click.Group, ctx: click.Context, name: str) -> click.Command:
    command = group.get_command(ctx, name)
    assert command is not None, name  # noqa: S101 - the name comes from the group's own list
    return command


def _table(path: Path, name: str, value: object) -> "Mapping[str, Any]":
    if not isinstance(value, dict):
        raise Refusal(f"{name} in {path} is not a table", f"write [{name}] and its options below")
    return value


def _options(command: click.Command) -> dict[str, click.Parameter]:
    """Long option name without dashes → parameter."""
    found: dict[str, click.Parameter] = {}
    for param in command.params:
        long_names = [name.removeprefix("--") for name in param.opts if name.startswith("--")]
        if isinstance(param, click.Option) and long_names and param.name not in {"help", "version"}:
            found[long_names[0]] = param
    return found


def _refuse_unknown(noun: str, given: "Iterable[str]", known: "Iterable[str]") -> None:
    names = list(known)
    for name in given:
        if name not in names:
            raise unknown(noun, name, names)


def _values(
    path: Path, name: str, table: "Mapping[str, Any]", command: click.Command, also_known: "Iterable[str]"
) -> dict[str, Any]:
    options = _options(command)
    _refuse_unknown(f"key in {path}" + (f" [{name}]" if name else ""), table, [*options, *also_known])
    return {str(options[key].name): _beside(path, options[key], value) for key, value in table.items()}


def _beside(path: Path, param: click.Parameter, value: object) -> object:
    """A relative path of the file is meant from the file's folder."""
    if isinstance(param.type, click.Path) and isinstance(value, str):
        return str(path.parent / value)
    return value
