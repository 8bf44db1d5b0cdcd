"""`gateway trace`: the traces of a run, or of a Jaeger, as text and as JSON; what has none is refused."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest

from gateway import cli, exit_codes
from gateway.traces.jaeger import Jaeger

RUN = Path(__file__).parent.parent / "recorded" / "runs" / "base"
RESOURCES: list[dict[str, Any]] = json.loads((RUN / "spans.json").read_text())["resourceSpans"]
KINDS = {"SPAN_KIND_INTERNAL": 1, "SPAN_KIND_SERVER": 2, "SPAN_KIND_CLIENT": 3}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.run(["trace", *arguments])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


class Answers(BaseHTTPRequestHandler):
    """Answers as Jaeger's query API does: OTLP JSON with kinds as numbers, under `result`."""

    content: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        body = self.content.get(urlsplit(self.path).path)
        self.send_response(200 if body is not None else 404)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's
        """Quiet."""


@contextmanager
def serving(content: dict[str, bytes]) -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), type("Answering", (Answers,), {"content": content}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def as_jaeger(resources: list[dict[str, Any]]) -> bytes:
    text = json.dumps({"result": {"resourceSpans": resources}})
    for name, number in KINDS.items():
        text = text.replace(f'"{name}"', str(number))
    return text.encode()


def trace_ids() -> list[str]:
    found = [span["traceId"] for one in RESOURCES for scope in one["scopeSpans"] for span in scope["spans"]]
    return list(dict.fromkeys(found))


def test_a_run_s_traces_are_listed_with_who_took_part(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "list", str(RUN))
    head, *lines = out.splitlines()
    assert (code, head.split()) == (exit_codes.OK, ["trace", "call", "route", "spans", "time", "services"])
    assert len(lines) == len(trace_ids())
    (line,) = [line for line in lines if " redact " in line and "uds/msgpack" in line]
    assert "10" in line.split()
    assert line.endswith("sidecar-driver > sidecar-worker")


def test_a_list_is_a_document_a_line_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "list", str(RUN), "--json")
    documents = [json.loads(line) for line in out.splitlines()]
    assert {one["trace_id"] for one in documents} == set(trace_ids())
    assert all(one["defects"] == [] and one["duration_ns"] > 0 for one in documents)


@pytest.mark.parametrize("columns", [70, 120])
def test_a_trace_is_drawn_as_a_tree_beside_its_waterfall(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    code, out, _ = run(capsys, "show", str(RUN), "uds/msgpack")
    head, *lines = out.splitlines()
    assert code == exit_codes.OK
    assert head.startswith("redact by uds/msgpack: ")
    assert [line[:20].rstrip() for line in lines] == [
        "Redact, client",
        "  encode",
        "  request wire",
        "  Redact, server",
        "    decode",
        "    queue",
        "    compute",
        "    reply encode",
        "  reply wire",
        "  reply decode",
    ]
    assert all("sidecar-worker" in line for line in lines if line.startswith("    "))
    assert max(map(len, lines)) <= columns


def test_a_trace_is_found_by_the_beginning_of_its_id_and_shown_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = trace_ids()[0]
    _, out, _ = run(capsys, "show", str(RUN), wanted[:8], "--json")
    shown = json.loads(out)
    assert shown["trace_id"] == wanted
    assert {span["trace_id"] for span in shown["spans"]} == {wanted}


def test_a_trace_that_is_not_whole_says_so_and_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torn = json.loads(json.dumps(RESOURCES))
    for scope in (scope for one in torn for scope in one["scopeSpans"]):
        scope["spans"] = [span for span in scope["spans"] if span["kind"] != "SPAN_KIND_SERVER"]
    (tmp_path / "run.json").write_text("{}")
    (tmp_path / "spans.json").write_text(json.dumps({"resourceSpans": torn}))
    code, out, _ = run(capsys, "show", str(tmp_path), "uds/msgpack")
    assert code == exit_codes.FAILED
    assert out.count("\ndefect: sidecar-worker ") == 4
    assert "4 defects" in run(capsys, "list", str(tmp_path))[1]


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        (lambda _: None, "is not a run"),
        (lambda at: (at / "run.json").write_text("{}"), "has no spans"),
        (lambda at: [(at / name).write_text("{") for name in ("run.json", "spans.json")], "truncated"),
        (
            lambda at: [(at / name).write_text('{"resourceSpans": []}') for name in ("run.json", "spans.json")],
            "no span",
        ),
    ],
)
def test_what_has_no_spans_is_refused_in_one_line_with_a_remedy(
    prepare: Any, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(tmp_path)
    for what in ("list", "show"):
        code, out, err = run(capsys, what, str(tmp_path))
        assert (code, out) == (exit_codes.REFUSED, "")
        assert says in err
        assert err.count("\n") == 1


def test_a_name_that_no_trace_has_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "show", str(RUN), "grpc-tcp/protobuf")
    assert code == exit_codes.REFUSED
    assert "gateway trace list" in err


def test_a_jaeger_is_read_by_its_query_api(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = trace_ids()[-1]
    mine = [one for one in RESOURCES if wanted in json.dumps(one)]
    content = {
        "/api/v3/services": json.dumps({"services": ["sidecar-driver", "sidecar-worker", "shop"]}).encode(),
        "/api/v3/traces": as_jaeger(RESOURCES),
        f"/api/v3/traces/{wanted}": as_jaeger(mine),
    }
    with serving(content) as url:
        listed = run(capsys, "list", url, "--json")[1].splitlines()
        assert [json.loads(line)["trace_id"] for line in listed] == trace_ids()
        assert run(capsys, "show", url, wanted)[0] == exit_codes.OK
        by_page = json.loads(run(capsys, "show", f"{url}/trace/{wanted}?uiFind=x", "--json")[1])
        assert by_page["trace_id"] == wanted
        assert {span["kind"] for span in by_page["spans"]} <= {"client", "server", "internal"}
        code, _, err = run(capsys, "show", url, "f" * 32)
    assert (code, err.count("\n")) == (exit_codes.REFUSED, 1)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({}, "is no Jaeger"),
        ({"/api/v3/services": b"<html>"}, "is no Jaeger"),
        ({"/api/v3/services": b'{"services": []}'}, "has no trace of ours"),
    ],
)
def test_what_is_no_jaeger_or_an_empty_one_is_refused(
    content: dict[str, bytes], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(content) as url:
        code, _, err = run(capsys, "list", url)
    assert code == exit_codes.REFUSED
    assert says in err
    code, _, err = run(capsys, "list", url)
    assert (code, "does not answer" in err) == (exit_codes.REFUSED, True)


@pytest.mark.parametrize(
    ("url", "trace_id"),
    [
        ("http://127.0.0.1:16686", ""),
        ("http://127.0.0.1:16686/", ""),
        ("http://127.0.0.1:16686/search?service=x", ""),
        ("https://jaeger.example/base/trace/ABCDEF", "abcdef"),
        ("http://127.0.0.1:16686/api/traces/abc", "abc"),
        ("http://127.0.0.1:16686/api/v3/traces/abc/", "abc"),
    ],
)
def test_every_address_of_a_jaeger_is_understood(url: str, trace_id: str) -> None:
    assert Jaeger(url).trace_id == trace_id
