"""Ordinary gRPC clients: they know an address and what reflection tells."""

import base64
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.rpc.error_details_pb2 import ErrorInfo

from tests.plain_worker import ROOT

TOOLS = ROOT / "build" / "tools"
ENDED_S = 60


@dataclass(frozen=True)
class Refused:
    """How a call failed: code and, out of google.rpc.ErrorInfo, reason and what may have been executed."""

    code: str
    reason: str
    executed: str
    retry_after: bool = False


@dataclass(frozen=True)
class Target:
    """Where a client calls; a Unix socket's path or host:port."""

    address: str

    def grpcurl(
        self, *arguments: str, flags: Sequence[str] = (), stdin: str = ""
    ) -> "subprocess.CompletedProcess[str]":
        """Run grpcurl to its end; `flags` stand before the address, `arguments` behind it."""
        where = ("-unix", self.address) if "/" in self.address else (self.address,)
        return _run("grpcurl", "-plaintext", *flags, *where, *arguments, stdin=stdin)

    def call(self, method: str, request: Mapping[str, Any], *flags: str) -> dict[str, Any] | Refused:
        """One call's answer as JSON, or its refusal; the request goes by stdin, where it may be of any size."""
        done = self.grpcurl(method, flags=("-format-error", "-d", "@", *flags), stdin=json.dumps(request))
        return json.loads(done.stdout) if done.returncode == 0 else refusal(done.stderr)

    def ghz(self, method: str, request: Mapping[str, Any], *flags: str) -> dict[str, int]:
        """A load's status codes with their counts."""
        where = f"unix://{self.address}" if "/" in self.address else self.address
        load = ("--insecure", "--format=json", f"--call={method}", f"--data={json.dumps(request)}", *flags)
        done = _run("ghz", *load, where)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["statusCodeDistribution"]


def refusal(told: str) -> Refused:
    """What grpcurl told with -format-error: google.rpc.Status as JSON, details that it knows no type of as bytes."""
    status = json.loads(told[told.index("{") :])
    info, retry_after = ErrorInfo(), False
    for detail in status.get("details", []):
        retry_after = retry_after or detail["@type"].endswith("google.rpc.RetryInfo")
        if not detail["@type"].endswith("google.rpc.ErrorInfo"):
            continue
        if "@value" in detail:
            info = ErrorInfo.FromString(base64.b64decode(detail["@value"]))
        else:
            info = ErrorInfo(reason=detail["reason"], metadata=detail["metadata"])
    return Refused(CODES[status["code"]], info.reason, info.metadata.get("executed", ""), retry_after)


CODES = {
    1: "CANCELLED",
    3: "INVALID_ARGUMENT",
    4: "DEADLINE_EXCEEDED",
    8: "RESOURCE_EXHAUSTED",
    9: "FAILED_PRECONDITION",
    12: "UNIMPLEMENTED",
    13: "INTERNAL",
    14: "UNAVAILABLE",
}


def as_json(content: bytes) -> str:
    """Bytes as JSON has them."""
    return base64.b64encode(content).decode()


def _run(tool: str, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    path = TOOLS / tool
    assert path.exists(), f"{path} is missing: run `make {path.relative_to(ROOT)}`"
    command = [path, *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=ENDED_S, check=False)
