"""A child process that speaks the handshake and then misbehaves as its first own argument says. Run as a program."""

import argparse
import json
import os
import signal
import sys
import time


def main() -> None:
    parser = argparse.ArgumentParser()
    for flag in ("nonce", "lifeline-fd", "clock-offset-ns", "socket-dir", "drain-timeout"):
        parser.add_argument(f"--{flag}")
    parser.add_argument("--preload", action="store_true")
    parser.add_argument("way")
    parser.add_argument("--role", default="worker")
    flags = parser.parse_args()
    WAYS[flags.way](flags)


def announce(flags: argparse.Namespace, contract: str = "1.0", nonce: str = "") -> None:
    line = {
        "contract": contract,
        "role": flags.role,
        "pid": os.getpid(),
        "start_ns": time.monotonic_ns(),
        "nonce": nonce or flags.nonce,
        "version": "0",
        "endpoints": {"uds": f"{flags.socket_dir}/worker.sock"},
    }
    print(json.dumps(line), flush=True)


def serve(flags: argparse.Namespace) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    announce(flags)
    os.read(int(flags.lifeline_fd), 1)


def stubborn(flags: argparse.Namespace) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    announce(flags)
    time.sleep(60)


def die(flags: argparse.Namespace) -> None:
    announce(flags)
    print("out of cheese", file=sys.stderr, flush=True)
    sys.exit(7)


def silent(_flags: argparse.Namespace) -> None:
    time.sleep(60)


def refuse(_flags: argparse.Namespace) -> None:
    print("bad flag --frobnicate", file=sys.stderr, flush=True)
    sys.exit(2)


def chatter(_flags: argparse.Namespace) -> None:
    print("listening on port 80", flush=True)
    time.sleep(60)


WAYS = {
    "serve": serve,
    "stubborn": stubborn,
    "die": die,
    "silent": silent,
    "refuse": refuse,
    "chatter": chatter,
    "other-major": lambda flags: announce(flags, contract="2.0"),
    "other-nonce": lambda flags: announce(flags, nonce="00"),
}

if __name__ == "__main__":
    main()
