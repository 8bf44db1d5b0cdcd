"""The command line: finds the command, runs it, and turns every ending into a line and an exit code."""

import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from gateway import __version__, config, exit_codes
from gateway.commands import COMMANDS
from gateway.errors import GatewayError, Refusal, Terminated, unknown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

EXAMPLES = """\b
Examples:
  gateway bench --quick                     the answer, in a minute
  gateway bench --input app.log             the answer on your own input
  gateway verify                            do all routes give the same bytes?
  gateway call redact --route uds/msgpack   where does a call's time go?
  gateway doctor                            what can this machine run?
"""

PATH = click.Path(path_type=Path)
CONFIG_HELP = "The gateway.toml to use; else the nearest up the tree."


class CommandList(click.Group):
    """A group that imports a command only when it runs or is asked for help."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """All names, without importing one."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, imported now."""
        entry = COMMANDS.get(cmd_name)
        return None if entry is None else config.bind_environment(import_module(entry.module).command, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with our refusal of an unknown name."""
        if args[0] not in COMMANDS and not ctx.resilient_parsing:
            raise unknown("command", args[0], COMMANDS)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list with each command's line."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


@click.group(
    cls=CommandList,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 110,
    },
    help="Should this hot Go function move to Rust, and behind which boundary?\n\n" + EXAMPLES,
    epilog="\b\n" + exit_codes.SUMMARY,
)
@click.version_option(__version__, prog_name="gateway")
@click.option("--config", "config_file", type=PATH, is_eager=True, callback=config.load, help=CONFIG_HELP)
@click.option("--bin", "bin_dir", type=PATH, help="Folder of the built programs; nothing is built then.")
@click.option("--worker", type=PATH, help="A worker program of your own.")
@click.option("--driver", type=PATH, help="A load driver of your own.")
@click.option("--service", type=PATH, help="A service program of your own.")
@click.pass_context
def gateway(ctx: click.Context, **common: Any) -> None:
    """Keep the options that are common to all commands."""
    ctx.obj = config.Common(**common, project=ctx.meta.get(config.PROJECT), policy=ctx.meta.get(config.POLICY, {}))


config.bind_environment(gateway)


def run(arguments: "Sequence[str]") -> int:
    """Run `gateway ARGUMENTS` in this process and return its exit code."""
    _end_by_exception(signal.SIGTERM, signal.SIGHUP)
    try:
        outcome = gateway.main(args=list(arguments), prog_name="gateway", standalone_mode=False)
    except GatewayError as error:
        return _say(error)
    except ModuleNotFoundError as error:
        return _say_missing(error)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return exit_codes.REFUSED
    except click.ClickException as error:
        return _say(_as_refusal(error))
    except (KeyboardInterrupt, click.Abort):
        return exit_codes.INTERRUPTED
    except Terminated as ending:
        return ending.exit_code
    except BrokenPipeError:
        return _close_broken_stdout()
    return outcome if isinstance(outcome, int) else exit_codes.OK


def _end_by_exception(*signals: signal.Signals) -> None:
    def end(number: int, _frame: "FrameType | None") -> None:
        raise Terminated(number)

    for number in signals:
        signal.signal(number, end)


def _say(error: GatewayError) -> int:
    detail = getattr(error, "detail", "")
    if detail:
        click.echo(detail.rstrip("\n"), err=True)
    click.echo(f"gateway: {error}", err=True)
    return error.exit_code


def _say_missing(error: ModuleNotFoundError) -> int:
    from gateway import extras

    refusal = extras.refusal(error)
    if refusal is None:
        raise error
    return _say(refusal)


def _as_refusal(error: click.ClickException) -> Refusal:
    message = error.format_message().rstrip(".").replace("\n", " ")
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "gateway"
    return Refusal(message[:1].lower() + message[1:] + _origin(error, context), f"see {command} --help")


def _origin(error: click.ClickException, context: click.Context | None) -> str:
    """Where a bad value came from, unless it was typed."""
    name = error.param.name if isinstance(error, click.BadParameter) and error.param else None
    source = context.get_parameter_source(name) if context and name else None
    if source is ParameterSource.DEFAULT_MAP:
        return f" (from {config.FILE_NAME})"
    return " (from the environment)" if source is ParameterSource.ENVIRONMENT else ""


def _close_broken_stdout() -> int:
    # The interpreter flushes stdout once more at its end and would complain there.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return exit_codes.FAILED
