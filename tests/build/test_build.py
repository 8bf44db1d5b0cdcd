"""Building: what is run, when it is skipped, what a failure shows."""

import contextlib
import io
import os
import re
import time
from pathlib import Path

import pytest

from gateway.build import recipe, run, sources, toolchain
from gateway.build.layout import Layout
from gateway.errors import Failure, Refusal
from gateway.progress import PlainDisplay, Steps, minutes
from tests.running import runs, wait_until


@pytest.fixture
def checkout(tmp_path: Path) -> Layout:
    """A checkout with a source file of each language and all outputs."""
    layout = Layout(tmp_path)
    for path in (layout.rust / "kernels/src/lib.rs", layout.go / "kernel/echo.go", layout.rust / "target/x.rs"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("source")
    (layout.rust / "Cargo.toml").write_text('[workspace.package]\nrust-version = "1.95"\n')
    (layout.go / "go.mod").write_text("module example.org/m\n\ngo 1.26.0\n\nrequire example.org/n v1.2.3\n")
    layout.bin.mkdir()
    layout.log.parent.mkdir()
    for name in recipe.OUTPUTS:
        (layout.bin / name).touch()
    layout.stamp.write_text(sources.fingerprint(layout))
    return layout


def test_nothing_is_built_while_nothing_changed(checkout: Layout):
    assert not sources.changed(checkout)


@pytest.mark.parametrize("path", ["rust_worker/kernels/src/lib.rs", "go_service/kernel/echo.go", "go_service/go.mod"])
def test_a_changed_source_asks_for_a_build(checkout: Layout, path: str):
    os.utime(checkout.root / path, ns=(1, 1))
    assert sources.changed(checkout)


def test_a_new_and_a_removed_source_ask_for_a_build(checkout: Layout):
    new = checkout.go / "kernel" / "new.go"
    new.touch()
    assert sources.changed(checkout)
    new.unlink()
    (checkout.go / "kernel" / "echo.go").unlink()
    assert sources.changed(checkout)


@pytest.mark.parametrize("name", recipe.OUTPUTS)
def test_a_missing_output_asks_for_a_build(checkout: Layout, name: str):
    (checkout.bin / name).unlink()
    assert sources.changed(checkout)


@pytest.mark.parametrize("path", ["rust_worker/target/x.rs", "go_service/kernel/echo_test.go", "go_service/notes.txt"])
def test_what_no_program_is_made_of_asks_for_nothing(checkout: Layout, path: str):
    (checkout.root / path).write_text("changed")
    assert not sources.changed(checkout)


def test_the_check_of_this_checkout_takes_less_than_half_a_second():
    begin = time.monotonic()
    sources.changed(Layout.of_checkout())
    assert time.monotonic() - begin < 0.5


def test_the_library_is_built_before_what_links_it(checkout: Layout):
    names = [name for step in recipe.steps(checkout) for name in step.outputs]
    assert names.index("libsidecar_inproc.a") < names.index("sidecar-driver")
    assert set(names) == set(recipe.OUTPUTS)


def test_the_plant_build_goes_into_a_folder_of_its_own(checkout: Layout):
    plant = Layout(checkout.root, plant=True)
    words = [word for step in recipe.steps(plant) for word in (*step.command, *step.environment.values())]
    assert "sidecar-worker/plant,sidecar-inproc/plant" in words
    assert "sidecar_cgo,plant" in words
    assert f"-L{checkout.root}/bin/plant" in words
    ordinary = [word for step in recipe.steps(checkout) for word in step.command if str(checkout.root) not in word]
    assert not any("plant" in word for word in ordinary)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("go version go1.26.8 linux/amd64", (1, 26, 8)),
        ("cargo 1.95.0 (f2d3ce0bd 2026-03-21)", (1, 95, 0)),
        ("cc (Debian 12.2.0-14) 12.2.0\nCopyright", (12, 2, 0)),
        ("no number", None),
    ],
)
def test_a_version_is_found_in_what_a_tool_says(text: str, version: toolchain.Version | None):
    assert toolchain.version_in(text) == version


def test_the_versions_needed_are_those_that_the_sources_state(checkout: Layout):
    assert [tool.needed for tool in toolchain.tools(checkout)] == [(1, 95), (1, 26, 0), (1,)]


def test_a_missing_and_an_old_tool_are_refused_with_version_and_source(tmp_path: Path):
    missing = toolchain.Tool("Zig", "zig-is-not-here", (0, 14), "https://ziglang.org", ("version",), tmp_path)
    with pytest.raises(Refusal, match=r"Zig is missing: version 0.14 or newer is needed; get it from https://ziglang"):
        missing.check()
    old = toolchain.Tool("Python", "python3", (4, 0), "https://python.org", ("--version",), tmp_path)
    with pytest.raises(Refusal, match=r"Python 3\.\S+ is too old: version 4.0 or newer is needed"):
        old.check()


def test_a_folder_without_sources_is_refused(tmp_path: Path):
    with pytest.raises(Refusal, match=f"no sources in {tmp_path}: build in a checkout"):
        run.build(Layout(tmp_path))


def test_a_failed_step_shows_the_end_of_its_log_and_keeps_all_of_it(checkout: Layout):
    step = recipe.Step("Rust worker", ("sh", "-c", "seq 100; echo error: no such crate >&2; exit 3"), checkout.rust)
    said: list[str] = []
    with checkout.log.open("wb") as log, pytest.raises(Failure, match=r"building the Rust worker failed") as failed:
        run.run_step(step, checkout, log, said.append)
    assert failed.value.detail.splitlines()[-2:] == ["100", "error: no such crate"]
    assert "\n1\n2\n" not in failed.value.detail
    assert "\n1\n2\n" in checkout.log.read_text()
    assert str(checkout.log) in failed.value.remedy
    assert "error: no" in said


def test_an_interrupt_ends_the_compilers_and_all_that_they_started(checkout: Layout):
    step = recipe.Step("x", ("sh", "-c", "sleep 60 & echo $!; wait"), checkout.root)
    started: list[int] = []

    def interrupt(line: str) -> None:
        started.append(int(line))
        raise KeyboardInterrupt

    with checkout.log.open("wb") as log, pytest.raises(KeyboardInterrupt):
        run.run_step(step, checkout, log, interrupt)
    wait_until(lambda: not runs(started[0]))


def test_a_new_file_takes_the_place_of_the_old_one_whole(checkout: Layout):
    built = checkout.root / "built"
    built.write_bytes(b"new")
    step = recipe.Step("x", ("true",), checkout.root, outputs={"sidecar-worker": built})
    with (checkout.bin / "sidecar-worker").open("rb") as running:
        run.put_in_place(step, checkout)
        assert running.read() == b""
    assert (checkout.bin / "sidecar-worker").read_bytes() == b"new"
    assert not list(checkout.bin.glob(".*.new"))


def test_steps_are_numbered_and_tell_their_time():
    stream = io.StringIO()
    steps = Steps(2, stream)
    with steps.step("Rust worker", "first time only"):
        pass
    with pytest.raises(ValueError, match="x"), steps.step("Go driver"):
        raise ValueError("x")
    assert stream.getvalue().splitlines() == [
        "[1/2] Rust worker, first time only",
        "[1/2] Rust worker, 0:00",
        "[2/2] Go driver",
        "[2/2] Go driver, 0:00, failed",
    ]


def test_a_long_step_is_never_silent():
    stream = io.StringIO()
    view = PlainDisplay(stream, heartbeat_s=0.05)
    view.begin("compiling")
    view.say("tokio")
    wait_until(lambda: stream.getvalue().count("\n") >= 3)
    view.end("compiled")
    first, *between, last = stream.getvalue().splitlines()
    assert (first, last) == ("compiling", "compiled")
    assert all(re.fullmatch(r"compiling, 0:0\d, tokio", line) for line in between)


def test_on_a_terminal_one_line_is_drawn_again_and_the_result_stays(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "120")
    screen, theirs = os.openpty()
    with os.fdopen(theirs, "w") as terminal, Steps(1, terminal).step("Rust worker", "first time only") as say:
        say("Compiling tokio [x]")
        time.sleep(0.6)
    shown = _all_of(screen)
    assert re.search(r"\[1/1\] Rust worker, 0:0\d, first time only, Compiling tokio \[x\]", shown)
    assert re.search(r"\[1/1\] Rust worker, 0:0\d\r\n$", shown)


def _all_of(screen: int) -> str:
    """What was written to a terminal whose other end is closed by now, which reads as an error after the last byte."""
    content = b""
    with contextlib.suppress(OSError):
        while piece := os.read(screen, 4096):
            content += piece
    os.close(screen)
    return content.decode()


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0:00"), (59.9, "0:59"), (130, "2:10"), (3600, "60:00")])
def test_time_reads_as_minutes(seconds: float, text: str):
    assert minutes(seconds) == text
