"""Reading CPU profiles: a real one of a small Go program, and files that are none."""

import gzip
import subprocess
from pathlib import Path

import pytest

from gateway.errors import Refusal
from gateway.estimate import cpu_profile, symbol
from gateway.estimate.profile_format import Profile
from gateway.estimate.symbol import Symbol
from tests.estimate import profiled_module


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return profiled_module.profiled(tmp_path_factory.mktemp("module"))


def test_shares_are_those_that_go_tool_pprof_tells(profiles: Path):
    profile = cpu_profile.read(profiles / "cpu.pprof")
    told = subprocess.run(
        ["go", "tool", "pprof", "-top", "-cum", "-nodecount=1000", "cpu.pprof"],
        cwd=profiles,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rows = [line.split() for line in told.splitlines() if "example.com/work" in line]
    assert len(rows) > 3
    for row in rows:
        assert profile.cumulative_share(row[5]) == pytest.approx(float(row[4].rstrip("%")) / 100, abs=1e-4)


def test_functions_that_the_compiler_inlined_have_frames_of_their_own(profiles: Path):
    profile = cpu_profile.read(profiles / "cpu.pprof")
    frames = [one for stack in profile.stacks for one in stack.frames if one.function.name == "step"]
    assert sum(one.inlined for one in frames) > len(frames) / 2


def broken(profiles: Path) -> dict[str, bytes]:
    whole = (profiles / "cpu.pprof").read_bytes()
    unpacked = gzip.decompress(whole)
    empty = Profile.FromString(unpacked)
    del empty.sample[:]
    return {
        "cut": whole[:-100],
        "damaged": whole[:200] + bytes(200) + whole[400:],
        "cut inside": unpacked[:-200],
        "empty": empty.SerializeToString(),
        "text": b"a line of text, and no profile\n",
        "heap": (profiles / "mem.pprof").read_bytes(),
    }


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("cut", "cpu.pprof is cut short"),
        ("damaged", "cpu.pprof is broken gzip data"),
        ("cut inside", "no pprof profile, or is cut short"),
        ("empty", "cpu.pprof has no samples: the program was idle"),
        ("text", "cpu.pprof is no pprof profile"),
        ("heap", "cpu.pprof is a profile of alloc_objects, .* not of CPU time"),
    ],
)
def test_what_is_no_cpu_profile_is_refused_with_the_way_to_one(profiles: Path, name: str, told: str):
    with pytest.raises(Refusal, match=told) as refused:
        cpu_profile.parse("cpu.pprof", broken(profiles)[name])
    assert "-cpuprofile cpu.pprof" in refused.value.remedy


@pytest.mark.parametrize(
    ("raw", "expected", "plain"),
    [
        ("example.com/shop/internal/redact.Redact", Symbol("example.com/shop/internal/redact", "Redact"), True),
        ("gopkg.in/yaml%2ev3.Unmarshal", Symbol("gopkg.in/yaml.v3", "Unmarshal"), True),
        ("example.com/shop.(*Store).Save", Symbol("example.com/shop", "(*Store).Save"), False),
        ("example.com/shop.Serve.func1", Symbol("example.com/shop", "Serve.func1"), False),
        (
            "example.com/shop.Map[go.shape.struct { a/b.C }]",
            Symbol("example.com/shop", "Map[go.shape.struct { a/b.C }]"),
            False,
        ),
        ("main.main", Symbol("main", "main"), True),
        ("memeqbody", Symbol("runtime", "memeqbody"), True),
    ],
)
def test_symbols_are_taken_apart_as_the_linker_wrote_them(raw: str, expected: Symbol, plain: bool):
    assert symbol.parse(raw) == expected
    assert symbol.parse(raw).is_plain is plain
