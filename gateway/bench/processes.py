"""What a process has used so far and holds now, as /proc tells it. Pure parsers over text, one reader at the end."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, fields, replace
from pathlib import Path

_CPUCLOCK_SCHED = 2
_SWITCHES = re.compile(r"voluntary_ctxt_switches:\s*(\d+)")
_PAGE_BYTES = os.sysconf("SC_PAGESIZE")


@dataclass(frozen=True, slots=True)
class ProcessUse:
    """One process, or several added up: counts since their start, and threads and bytes of now; 0 is not read."""

    cpu_ns: int = 0
    voluntary_switches: int = 0
    involuntary_switches: int = 0
    minor_faults: int = 0
    major_faults: int = 0
    threads: int = 0
    rss_bytes: int = 0
    pss_bytes: int = 0

    def __add__(self, other: ProcessUse) -> ProcessUse:
        """Add up what two processes use."""
        return ProcessUse(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def since(self, before: ProcessUse) -> ProcessUse:
        """Return what was counted since an earlier reading, and the threads and bytes of this one.

        Never negative: a thread that ended meanwhile takes its switches with it.
        """
        counts = {name: max(0, getattr(self, name) - getattr(before, name)) for name in _COUNTS}
        return ProcessUse(**counts, threads=self.threads, rss_bytes=self.rss_bytes, pss_bytes=self.pss_bytes)


_COUNTS = ("cpu_ns", "voluntary_switches", "involuntary_switches", "minor_faults", "major_faults")


def parse_stat(text: str) -> dict[str, int]:
    """Take faults, threads and resident bytes out of /proc/PID/stat (proc(5), fields 10, 12, 20 and 24)."""
    after_name = text.rpartition(")")[2].split()
    minor, major, threads, pages = (int(after_name[number - 3]) for number in (10, 12, 20, 24))
    return {"minor_faults": minor, "major_faults": major, "threads": threads, "rss_bytes": pages * _PAGE_BYTES}


def parse_switches(status: str) -> tuple[int, int]:
    """Take (voluntary, involuntary) context switches out of a thread's /proc/PID/task/TID/status."""
    found = [int(one) for one in _SWITCHES.findall(status)]
    return (found[0], found[1]) if len(found) == 2 else (0, 0)


def parse_pss_bytes(rollup: str) -> int:
    """Take the proportional set size out of /proc/PID/smaps_rollup, which is in KiB; 0 where it does not say."""
    return next((int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:")), 0)


def cpu_ns(pid: int) -> int:
    """Return the CPU time of a process by its CPU clock (clock_getcpuclockid(3)), ns; 0 for one that is gone."""
    try:
        return time.clock_gettime_ns((~pid << 3) | _CPUCLOCK_SCHED)
    except OSError:
        return 0


def read(pid: int, *, with_pss: bool = False) -> ProcessUse:
    """Return what a process uses; nothing for one that is gone."""
    held = read_held(pid, with_pss=with_pss)
    voluntary, involuntary = _switches(Path(f"/proc/{pid}/task"))
    return replace(held, cpu_ns=cpu_ns(pid), voluntary_switches=voluntary, involuntary_switches=involuntary)


def read_held(pid: int, *, with_pss: bool = False) -> ProcessUse:
    """Return faults, threads and memory only. The PSS walks every mapping: some 0.1 to 2 ms."""
    folder = Path(f"/proc/{pid}")
    stat = _read(folder / "stat")
    pss_bytes = parse_pss_bytes(_read(folder / "smaps_rollup")) if with_pss else 0
    return ProcessUse(**parse_stat(stat), pss_bytes=pss_bytes) if stat else ProcessUse()


def _switches(tasks: Path) -> tuple[int, int]:
    """Return (voluntary, involuntary) switches of all threads."""
    try:
        found = [parse_switches(_read(task / "status")) for task in tasks.iterdir()]
    except OSError:
        found = []
    return sum(one for one, _ in found), sum(other for _, other in found)


def _read(path: Path) -> str:
    """Content of a small file of /proc; "" where it is gone or may not be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
