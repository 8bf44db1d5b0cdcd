"""A CPU limit for a block: a cgroup, v1 or v2, that the processes of a call enter together. Writes /sys/fs/cgroup.

The limit counts what all of them use together, so every placement has the same total. The period is the 100 ms of the
kernel's default, which Kubernetes uses too.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from gateway.errors import Failure
from gateway.machine import cgroup_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

PERIOD_NS = 100_000_000
_US = 1_000
_V1_QUOTA, _V1_PERIOD, _V2_LIMIT = "cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.max"
_PROCESSES = "cgroup.procs"


@dataclass(slots=True)
class Quotas:
    """Context manager over the cgroups of a run; each is made when it is first used, and all are removed at the end."""

    _groups: dict[float, Path] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        home = cgroup_folder()
        for group in self._groups.values():
            _move(_members(group), home)
            with contextlib.suppress(OSError):
                group.rmdir()
        self._groups.clear()

    def why_not(self, cpus: float) -> str:
        """Return why no such limit can be set here; empty when it can."""
        home = cgroup_folder()
        if not (home / _PROCESSES).is_file():
            return "no cgroup with a CPU controller is mounted here"
        try:
            self._group(cpus)
        except OSError as error:
            return f"no cgroup can be made below {home}: {error.strerror}"
        return ""

    @contextlib.contextmanager
    def limited(self, pids: Iterable[int], cpus: float) -> Iterator[None]:
        """Hold the processes together to so many CPUs for the length of the block; 0 sets no limit."""
        if not cpus:
            yield
            return
        pids, home = list(pids), cgroup_folder()
        try:
            _move(pids, self._group(cpus))
        except OSError as error:
            raise Failure(f"cannot limit the CPU of a block: {error.strerror}", "leave quota_cpus out") from error
        try:
            yield
        finally:
            _move(pids, home)

    def _group(self, cpus: float) -> Path:
        """Return the cgroup of a limit; raises OSError where it cannot be made."""
        if cpus not in self._groups:
            group = _parent(cgroup_folder()) / f"sidecar-{os.getpid()}-{cpus:g}"
            group.mkdir(exist_ok=True)
            try:
                _limit(group, cpus)
            except OSError:
                group.rmdir()
                raise
            self._groups[cpus] = group
        return self._groups[cpus]


def _parent(home: Path) -> Path:
    """Return where a cgroup with a limit can stand.

    In v2 a group with processes has no limited groups below it, so it stands beside ours; the root has no such rule.
    """
    if (home / _V1_QUOTA).exists() or not (home / _V2_LIMIT).exists():
        return home
    return home.parent


def _limit(group: Path, cpus: float) -> None:
    period_us = PERIOD_NS // _US
    quota_us = round(cpus * period_us)
    if (group / _V1_QUOTA).exists():
        (group / _V1_PERIOD).write_text(str(period_us), encoding="ascii")
        (group / _V1_QUOTA).write_text(str(quota_us), encoding="ascii")
        return
    (group / _V2_LIMIT).write_text(f"{quota_us} {period_us}", encoding="ascii")


def _move(pids: Iterable[int], group: Path) -> None:
    """Move processes, all threads of each; one that is gone needs no move."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            (group / _PROCESSES).write_text(str(pid), encoding="ascii")


def _members(group: Path) -> list[int]:
    try:
        return [int(one) for one in (group / _PROCESSES).read_text(encoding="ascii").split()]
    except OSError:
        return []
