"""`gateway proxy`: gRPC in front, frames to one or more workers behind."""

import time

import click

from gateway.commands.options import FOLDER


@click.command(
    help="""Stand between gRPC callers and workers.

    Serves the typed services, the stream of frames, health and reflection on a Unix socket and on a TCP port.
    One line of JSON on stdout says where; the log goes to stderr. docs/proxy.md has the rest.

    \b
    Examples:
      gateway proxy --socket-dir DIR --upstream /run/user/1000/sg/worker.sock
      gateway proxy --socket-dir DIR --upstream fast=A.sock --upstream big=B.sock --kernel inflate=big
      gateway proxy --socket-dir DIR --upstream A.sock --interceptor gateway.proxy.fault_injector:FaultInjector
    """
)
@click.option("--socket-dir", required=True, type=FOLDER, help="Private folder, mode 0700.")
@click.option(
    "--upstream",
    "upstreams",
    multiple=True,
    metavar="[NAME=]SOCKET",
    help="A worker's frame socket; the first takes what no --kernel names.",
)
@click.option("--kernel", "kernels", multiple=True, metavar="KERNEL=NAME", help="The upstream of a kernel.")
@click.option(
    "--tcp",
    default="127.0.0.1:0",
    show_default=True,
    metavar="HOST:PORT",
    help="Port for ordinary clients; 0 takes a free one.",
)
@click.option(
    "--max-in-flight",
    type=click.IntRange(min=1),
    default=4096,
    show_default=True,
    metavar="N",
    help="Calls over it are answered QUEUE_FULL.",
)
@click.option(
    "--max-message-bytes",
    type=click.IntRange(1, 1 << 30),
    default=4 << 20,
    show_default=True,
    metavar="N",
    help="Largest request and largest reply.",
)
@click.option(
    "--interceptor", "interceptors", multiple=True, metavar="MODULE:CLASS", help="Code of your own that sees each call."
)
@click.option(
    "--drain-timeout",
    default="5s",
    show_default=True,
    metavar="TIME",
    help="How long calls may take to finish at the end.",
)
@click.option("--metrics", metavar="HOST:PORT", help="Show metrics for Prometheus there, at /metrics.")
@click.option("--nonce", default="", metavar="HEX", help="Given back in the line on stdout.")
@click.option("--lifeline-fd", type=int, metavar="N", help="Inherited pipe; the proxy ends when its other end closes.")
@click.option(
    "--clock-offset-ns", type=int, metavar="N", help="Realtime minus monotonic clock, for the times of spans."
)
def command(upstreams: tuple[str, ...], kernels: tuple[str, ...], drain_timeout: str, **others: object) -> int:
    """Check the flags, then serve."""
    start_ns = time.monotonic_ns()
    from gateway.proxy import options

    known = options.parse_upstreams(upstreams)
    routes = options.parse_kernels(kernels, known)
    drain_s = options.parse_duration_s(drain_timeout)
    chosen = options.Options(upstreams=known, kernels=routes, drain_timeout_s=drain_s, **others)  # type: ignore[arg-type]
    from gateway.proxy import server

    return server.run(chosen, start_ns)
