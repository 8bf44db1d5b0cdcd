"""What /proc tells of processes: parsed from text, and read from one that does a known thing."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from gateway.bench import processes
from gateway.bench.processes import ProcessUse

SLEEPER = """
import time
held = bytearray(16 << 20)
print(flush=True)
for _ in range(10):
    time.sleep(0.001)
print(flush=True)
input()
"""
STAT = "42 (a (b) c) S 1 42 42 0 -1 4194304 700 0 3 0 12 5 0 0 20 0 9 0 100 1000000 256 18446744073709551615"


def test_stat_is_read_past_a_name_with_brackets() -> None:
    found = processes.parse_stat(STAT)
    page = os.sysconf("SC_PAGESIZE")
    assert found == {"minor_faults": 700, "major_faults": 3, "threads": 9, "rss_bytes": 256 * page}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Name:\tx\nvoluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t7\n", (150, 7)),
        ("Name:\tx\n", (0, 0)),
        ("", (0, 0)),
    ],
)
def test_switches_of_a_thread_are_both_found(text: str, expected: tuple[int, int]) -> None:
    assert processes.parse_switches(text) == expected


def test_pss_is_in_bytes() -> None:
    assert (
        processes.parse_pss_bytes("00-ff ---p\nRss: 9 kB\nPss:                 103 kB\nPss_Dirty: 4 kB\n") == 103 * 1024
    )
    assert processes.parse_pss_bytes("") == 0


def test_uses_add_up_and_differences_are_never_negative() -> None:
    before, after = ProcessUse(cpu_ns=5, voluntary_switches=10, threads=3), ProcessUse(cpu_ns=9, threads=2, rss_bytes=7)
    assert after.since(before) == ProcessUse(cpu_ns=4, threads=2, rss_bytes=7)
    assert before + after == ProcessUse(cpu_ns=14, voluntary_switches=10, threads=5, rss_bytes=7)


def test_a_process_that_sleeps_ten_times_and_touches_memory_is_seen_to() -> None:
    with subprocess.Popen([sys.executable, "-c", SLEEPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        before = processes.read(child.pid)
        assert [child.stdout.readline(), child.stdout.readline()] == [b"\n", b"\n"]
        used = processes.read(child.pid, with_pss=True).since(before)
        child.communicate(b"\n")
    assert used.voluntary_switches >= 10
    assert used.minor_faults > 0
    assert used.threads == 1
    assert used.cpu_ns > 0
    assert 16 << 20 < used.pss_bytes <= used.rss_bytes


def test_a_process_that_is_gone_uses_nothing() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert processes.read(child.pid, with_pss=True) == ProcessUse()


def test_reading_costs_less_than_a_block_does() -> None:
    began_s = time.monotonic()
    for _ in range(20):
        processes.read(os.getpid())
    assert (time.monotonic() - began_s) / 20 < 0.02
