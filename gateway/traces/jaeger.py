"""The traces that a Jaeger has, by its HTTP query API, version 3: OTLP JSON with times in ns, as they were sent."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from gateway.errors import Refusal
from gateway.traces import spans, trace

if TYPE_CHECKING:
    from gateway.traces.spans import Span
    from gateway.traces.trace import Trace

WITHIN_S = 10.0
LOOK_BACK = timedelta(hours=1)
AHEAD = timedelta(minutes=1)
"""For a Jaeger whose clock differs."""
LIMIT = 20
SERVICES = ("sidecar-service", "sidecar-driver", "sidecar-gateway", "sidecar-worker")
"""Where a call may begin, the outermost first."""
MAX_BYTES = 64 << 20
_PAGE = re.compile(r"(?P<base>https?://[^/?#]+.*?)/*(?:/api(?:/v3)?/traces|/trace)/(?P<id>[0-9a-fA-F]{1,32})/*")
_BASE = re.compile(r"(?P<base>https?://[^/?#]+.*?)/*(?:/search|/api(?:/v3)?(?:/traces)?)?/*")


class Jaeger:
    """A Jaeger by the address of its query service, of its page of a trace, or of either's API."""

    def __init__(self, url: str) -> None:
        address = url.partition("#")[0].partition("?")[0]
        found = _PAGE.fullmatch(address) or _BASE.fullmatch(address)
        if found is None:
            raise Refusal(f"{url!r} is no address of a Jaeger", "write it like http://127.0.0.1:16686")
        self._base: str = found["base"]
        self.trace_id = (found.groupdict().get("id") or "").lower()
        """The trace that the address names; empty when it names none."""

    def traces(self, limit: int = LIMIT, look_back: timedelta = LOOK_BACK) -> list[Trace]:
        """Return the latest traces of our services of the last hour, by start; raises Refusal when there are none."""
        known = self._ask("/api/v3/services")
        found: dict[str, Trace] = {}
        for service in (name for name in SERVICES if name in _services(known)):
            for one in trace.by_id(self._find(service, limit, look_back)):
                found.setdefault(one.trace_id, one)
        if not found:
            raise Refusal(
                f"{self._base} has no trace of ours of the last hour",
                "call the service with OTEL_EXPORTER_OTLP_ENDPOINT naming that Jaeger, and wait 5 s",
            )
        return sorted(found.values(), key=lambda one: one.spans[0].start_ns)[-limit:]

    def trace(self, trace_id: str) -> Trace | None:
        """Return one trace; None when it is not known there."""
        answer = self._ask(f"/api/v3/traces/{trace_id}?raw_traces=true", absent_ok=True)
        found = trace.by_id(_spans(answer)) if answer is not None else []
        return found[0] if found else None

    def _find(self, service: str, limit: int, look_back: timedelta) -> list[Span]:
        now = datetime.now(UTC)
        query = {
            "query.service_name": service,
            "query.start_time_min": _time(now - look_back),
            "query.start_time_max": _time(now + AHEAD),
            "query.num_traces": limit,
            "query.raw_traces": "true",
        }
        answer = self._ask(f"/api/v3/traces?{urllib.parse.urlencode(query)}", absent_ok=True)
        return _spans(answer) if answer is not None else []

    def _ask(self, path: str, *, absent_ok: bool = False) -> list[Any] | None:
        """Return the JSON documents of an answer, several where it is streamed; None for 404 where that may be."""
        try:
            with urllib.request.urlopen(self._base + path, timeout=WITHIN_S) as answer:  # noqa: S310 - http by _BASE
                return _documents(answer.read(MAX_BYTES).decode("utf-8"))
        except urllib.error.HTTPError as error:
            if absent_ok and error.code == 404:
                return None
            raise self._stranger(f"it answers {error.code}") from error
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise Refusal(
                f"{self._base} does not answer: {reason}", "start it, or name the query port of one"
            ) from error
        except ValueError as error:
            raise self._stranger("its answer is no JSON") from error

    def _stranger(self, why: str) -> Refusal:
        return Refusal(
            f"{self._base} is no Jaeger with the query API version 3: {why}",
            "name the query port of one, usually 16686, of version 1.60 or later",
        )


def _documents(text: str) -> list[Any]:
    decoder, found, at = json.JSONDecoder(), [], 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        document, at = decoder.raw_decode(text, at)
        found.append(document)
    return found


def _services(documents: list[Any] | None) -> list[str]:
    return [name for one in documents or [] if isinstance(one, dict) for name in one.get("services") or []]


def _spans(documents: list[Any]) -> list[Span]:
    results = [one.get("result", one) for one in documents if isinstance(one, dict)]
    return spans.from_json([resource for one in results for resource in one.get("resourceSpans") or []])


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
