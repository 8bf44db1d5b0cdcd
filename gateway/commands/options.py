"""Options and arguments that several commands have, and the completion of their names."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.config import Common

FILE = click.Path(path_type=Path)
FOLDER = click.Path(path_type=Path, readable=False)  # whose it is and who may enter is checked where it is used


def complete_kernels(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Kernel names for the shell."""
    from gateway.wire.kernels import NAMES

    return [name for name in (*own_kernels(ctx.obj), *NAMES) if name.startswith(incomplete)]


def own_kernels(common: "Common | None") -> tuple[str, ...]:
    """The kernels of the project in which the command runs."""
    return tuple(common.project.kernels) if common and common.project else ()


def complete_routes(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Route names for the shell."""
    from gateway.wire.routes import ROUTES

    return [route for route in ROUTES if route.startswith(incomplete)]


class Size(click.ParamType):
    """A size such as 4KiB, as a number of bytes."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ARG002
        """Bytes; what is no size is refused."""
        from gateway.inputs.sizes import parse_size

        return value if isinstance(value, int) else parse_size(value)


class Share(click.ParamType):
    """A share such as 2%, as a number."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Take `2%`, or 0.02; refuses what is no share over 0 and under 1."""
        try:
            found = float(str(value).removesuffix("%")) / (100 if str(value).endswith("%") else 1)
        except ValueError:
            found = 0.0
        if not 0 < found < 1:
            self.fail(f"{value!r} is no share; write one such as 2%", param, ctx)
        return found


def kernels_option(function: "Callable[..., Any]") -> "Callable[..., Any]":
    """`--kernel K`, any number of times, as the tuple `kernels` of names that exist."""
    return click.option(
        "--kernel",
        "kernels",
        multiple=True,
        metavar="K",
        callback=_known_kernels,
        shell_complete=complete_kernels,
        help="Only this kernel; may be given again.",
    )(function)


def routes_option(function: "Callable[..., Any]") -> "Callable[..., Any]":
    """`--route R`, any number of times, as the tuple `routes` of whole route names."""
    return click.option(
        "--route",
        "routes",
        multiple=True,
        metavar="R",
        callback=_known_routes,
        shell_complete=complete_routes,
        help="Only this route, or all that begin so (uds is every uds/…); may be given again.",
    )(function)


def target_option(function: "Callable[..., Any]") -> "Callable[..., Any]":
    """`--target local|compose`, as `target`."""
    from gateway.target import LOCAL, NAMES

    return click.option(
        "--target",
        type=click.Choice(NAMES),
        default=LOCAL,
        show_default=True,
        help="What answers: processes of its own, or the containers of docker-compose.yml.",
    )(function)


def stack_line(text: str) -> None:
    """What is said of the stack of containers before the work begins."""
    click.echo(text, err=True)


def _known_kernels(ctx: click.Context, _param: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:  # the usual case reads no list
        return ()
    from gateway.wire.kernels import check

    return tuple(check(name, own_kernels(ctx.obj)) for name in names)


def _known_routes(_ctx: click.Context, _param: click.Parameter, patterns: tuple[str, ...]) -> tuple[str, ...]:
    if not patterns:
        return ()
    from gateway.wire.routes import expand

    return tuple(dict.fromkeys(route for pattern in patterns for route in expand(pattern)))


def input_file(path: "Path | None") -> bytes | None:
    """The content of an input file, None without one."""
    if path is None:
        return None
    from gateway.inputs.pieces import read

    return read(path)
