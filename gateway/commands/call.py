"""`gateway call`: one traced call, drawn as a waterfall."""

from typing import TYPE_CHECKING, Any

import click

from gateway import exit_codes
from gateway.commands.options import (
    FILE,
    Size,
    complete_kernels,
    input_file,
    own_kernels,
    routes_option,
    stack_line,
    target_option,
)

if TYPE_CHECKING:
    from pathlib import Path

    from google.protobuf.message import Message

    from gateway.config import Common
    from gateway.supervise.rpc import Driven
    from gateway.traced_call import Traced
    from gateway.traces.receiver import Receiver
    from gateway.traces.spans import Span

DEFAULT_SIZE = 4096
DEFAULT_SEED = 42
SPIN_STEPS = 20_000


@click.command(
    help="""Make one traced call of KERNEL and draw where its time went.

    Without --in the input is 4 KiB of generated log lines, or of the input that a project names. A route is an exact
    name or its beginning; each is called. Into containers (--target compose) sampled spans go to the stack's Jaeger.

    \b
    Examples:
      gateway call redact --route uds/msgpack
      gateway call redact --route grpc-uds --in app.log --size 64KiB
      gateway call echo --route uds --count 1000      medians of 1,000 calls
      gateway call digest --route cgo/raw --json
      gateway call redact --route grpc-tcp --sampled  the spans of each process
      gateway call redact --route gateway/msgpack     through the proxy, its part apart
      gateway call redact --route uds --target compose    into a container
    """
)
@click.argument("kernel", shell_complete=complete_kernels)
@routes_option
@target_option
@click.option("--in", "--input", "input_path", type=FILE, metavar="FILE", help="File whose bytes are the input.")
@click.option("--size", type=Size(), help="Cut or repeat the input to this size; 4KiB without --in.")
@click.option(
    "--count", type=click.IntRange(1, 1_000_000), default=1, show_default=True, help="Calls; medians are shown."
)
@click.option("--sampled", is_flag=True, help="Set the sampled flag, so that every process exports its own spans.")
@click.option("--json", "as_json", is_flag=True, help="A JSON document a route, a line each.")
@click.option("--show-bytes", is_flag=True, help="Show the answer too; it holds your input's bytes.")
@click.pass_obj
def command(
    common: "Common",
    /,
    kernel: str,
    routes: tuple[str, ...],
    target: str,
    input_path: "Path | None",
    size: int | None,
    count: int,
    **flags: bool,
) -> int:
    """Start what is needed, call, draw."""
    from gateway.wire import kernels

    known = kernels.check(kernel, own_kernels(common))
    message = _request(known, _content(common, known, input_path, size), size)
    return _call_all(common, target, known, message, _asked(target, routes), count, flags)


def _asked(target: str, routes: tuple[str, ...]) -> tuple[str, ...]:
    from gateway.errors import Refusal
    from gateway.target import session as targets
    from gateway.wire.routes import ROUTES

    if not routes:
        raise Refusal("no route named", f"add --route R with one of {', '.join(ROUTES)}, or their beginning")
    return targets.routes(target, routes)


def _content(common: "Common", kernel: str, path: "Path | None", size: int | None) -> bytes | None:
    """The named file; else, for a kernel of a project, what comes first in the input that gateway.toml names."""
    from gateway.inputs.pieces import at_line_ends
    from gateway.verify import pieces, selection

    own = common.project.kernels.get(kernel) if common.project else None
    if path is not None or own is None or own.input is None:
        return input_file(path)
    whole = input_file(own.input) or b""
    if size is not None or selection.cut_of(kernel, common.project) == pieces.WHOLE:
        return whole
    return next(at_line_ends(whole, DEFAULT_SIZE))


def _request(kernel: str, content: bytes | None, size: int | None) -> "Message":
    from gateway.errors import Refusal
    from gateway.inputs import logs, pieces, shapes
    from gateway.inputs.sizes import LIMIT_BYTES

    if content is None:
        content, size = logs.generate(DEFAULT_SEED, size or DEFAULT_SIZE), size or DEFAULT_SIZE
    payload = content if size is None else pieces.packed(content, size, 1)[0]
    if len(payload) > LIMIT_BYTES:
        raise Refusal(f"the input has {len(payload)} bytes, a message {LIMIT_BYTES} at most", "add --size 4MiB")
    return shapes.request(kernel, payload, **({"steps": SPIN_STEPS} if kernel == "spin" else {}))


def _call_all(
    common: "Common",
    target: str,
    kernel: str,
    message: "Message",
    routes: tuple[str, ...],
    count: int,
    flags: dict[str, bool],
) -> int:
    from gateway import build, sampled_call, traced_call
    from gateway.supervise import SessionOptions
    from gateway.target import LOCAL
    from gateway.target import session as targets
    from gateway.verify import selection
    from gateway.wire.routes import is_proxied

    programs = build.ensure(common)
    with sampled_call.receiver(sampled=flags["sampled"] and target == LOCAL) as receiver:
        options = SessionOptions(receiver.endpoint if receiver else None, proxied=any(map(is_proxied, routes)))
        with targets.session(programs, target, options, stack_line) as session:
            selection.choose(session, [kernel], common.project)
            traced_call.check_routes(session, kernel, routes)
            traced_call.load(session, kernel, message)
            called = [_call(session, receiver, kernel, route, count, flags) for route in routes]
    return exit_codes.OK if all(called) else exit_codes.FAILED


def _call(
    session: "Driven", receiver: "Receiver | None", kernel: str, route: str, count: int, flags: dict[str, bool]
) -> bool:
    from gateway import sampled_call, traced_call

    traced = traced_call.trace(session, route, count, sampled=flags["sampled"])
    spans = sampled_call.collect(receiver, traced) if receiver else None
    show = _print_json if flags["as_json"] else _print_text
    show(kernel, traced, spans, show_bytes=flags["show_bytes"])
    return traced.stages is not None


def _print_text(kernel: str, traced: "Traced", spans: "list[Span] | None", *, show_bytes: bool) -> None:
    import shutil

    from gateway import sampled_call
    from gateway.traces import waterfall

    if traced.stages is None:
        click.echo(f"{kernel} by {traced.route}: {_error(traced)}")
        return
    medians = f", medians of {traced.calls} calls" if traced.calls > 1 else ""
    trace_id = f", trace {traced.answer.trace_id.hex()}" if traced.answer.trace_id else ""
    click.echo(f"{kernel} by {traced.route}{medians}{trace_id}")
    width = shutil.get_terminal_size().columns
    click.echo(waterfall.render(traced.stages, width))
    if spans:
        click.echo(f"\n{sampled_call.as_text(spans, width)}")
    if show_bytes:
        click.echo(traced.answer.response)
    click.echo()


def _print_json(kernel: str, traced: "Traced", spans: "list[Span] | None", *, show_bytes: bool) -> None:
    import json

    click.echo(json.dumps({**_outcome(kernel, traced), **_stages(traced), **_extras(traced, spans, show_bytes)}))


def _outcome(kernel: str, traced: "Traced") -> dict[str, Any]:
    answer = traced.answer
    return {
        "kernel": kernel,
        "route": traced.route,
        "calls": traced.calls,
        "status": answer.status,
        "reason": answer.reason,
        "message": answer.message,
        "trace_id": answer.trace_id.hex(),
    }


def _extras(traced: "Traced", spans: "list[Span] | None", show_bytes: bool) -> dict[str, Any]:
    from base64 import b64encode

    from gateway import sampled_call

    return {
        **(sampled_call.as_json(spans, traced) if spans is not None else {}),
        **({"response": b64encode(traced.answer.response).decode()} if show_bytes else {}),
    }


def _stages(traced: "Traced") -> dict[str, Any]:
    if traced.stages is None:
        return {}
    return {
        "total_ns": traced.stages.total_ns,
        "residual_ns": traced.stages.residual_ns,
        "stages_ns": {stage.name: stage.duration_ns for stage in traced.stages.stages},
    }


def _error(traced: "Traced") -> str:
    from gateway.wire.outcomes import describe

    return describe(traced.answer.status, traced.answer.reason, traced.answer.message)
