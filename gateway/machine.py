"""This machine as far as it matters for measuring. Pure parsers over text, one reader at the end."""

import hashlib
import os
import platform
import time
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from gateway.system import usable_cpus

STEAL_SHARE_LIMIT = 0.01
LOAD_LIMIT_PER_CPU = 0.3
CLOCK_READ_LIMIT_NS = 200.0
NAME_VARIABLE = "SIDECAR_MACHINE"
_CLOCK_READS = 2_000
_LONGEST_NAME = 253
_CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class CpuTimes:
    """The first line of /proc/stat, in clock ticks since boot."""

    busy: int
    idle: int
    steal: int

    def since(self, before: "CpuTimes") -> "CpuTimes":
        """What passed since an earlier reading."""
        return CpuTimes(self.busy - before.busy, self.idle - before.idle, self.steal - before.steal)

    @property
    def steal_share(self) -> float:
        """Share of all time that a hypervisor gave to others, 0 to 1."""
        total = self.busy + self.idle + self.steal
        return self.steal / total if total else 0.0


@dataclass(frozen=True)
class Machine:
    """What run.json records and doctor shows. None and "" stand for what this machine does not tell."""

    system: str
    kernel: str
    architecture: str
    cpu_model: str
    cpus_online: int
    cpus_usable: tuple[int, ...]
    threads_share_cores: bool | None
    memory_bytes: int
    clock_source: str
    governor: str
    turbo: bool | None
    hypervisor: bool
    cgroup_cpu_limit: float | None
    load_1min: float
    steal_share_since_boot: float
    clock_read_ns: float = 0.0
    """Price of one read of the monotonic clock from Python, its call included."""
    name: str = ""
    """What SIDECAR_MACHINE calls it, such as a cluster's name of the node."""
    boot: str = ""
    """Which boot of which kernel this is, hashed: containers of one machine share it."""

    def as_json(self) -> dict[str, object]:
        """Plain values for a JSON document."""
        return asdict(self)


@dataclass(frozen=True)
class Disturbance:
    """Something that makes figures worse or less steady, and what helps."""

    what: str
    remedy: str


def parse_stat(text: str) -> CpuTimes:
    """Take the sum over all CPUs out of /proc/stat (proc(5): user nice system idle iowait irq softirq steal …)."""
    user, nice, system, idle, iowait, irq, softirq, steal = (int(field) for field in text.split()[1:9])
    return CpuTimes(user + nice + system + irq + softirq, idle + iowait, steal)


def parse_cpu_model(cpuinfo: str) -> str:
    """The first `model name` of /proc/cpuinfo; "" on architectures without one."""
    return next((line.partition(":")[2].strip() for line in cpuinfo.splitlines() if line.startswith("model name")), "")


def parse_hypervisor(cpuinfo: str) -> bool:
    """Whether the CPU says that it is a virtual one."""
    return any(line.startswith("flags") and " hypervisor" in line for line in cpuinfo.splitlines())


def parse_memory_bytes(meminfo: str) -> int:
    """MemTotal of /proc/meminfo, which is in KiB."""
    return next((int(line.split()[1]) * 1024 for line in meminfo.splitlines() if line.startswith("MemTotal")), 0)


def parse_cpu_max(text: str) -> float | None:
    """CPUs that cgroup v2's cpu.max allows; None without a limit."""
    quota, _, period = text.strip().partition(" ")
    return int(quota) / int(period) if quota.isdigit() and period.isdigit() else None


def parse_cpu_quota(quota: str, period: str) -> float | None:
    """CPUs that cgroup v1's cpu.cfs_quota_us and cpu.cfs_period_us allow; None without a limit."""
    return int(quota) / int(period) if quota.strip().isdigit() and period.strip().isdigit() else None


def parse_cgroup(text: str, controller: str) -> str:
    """The path of `controller` in /proc/self/cgroup; v2's line has an empty controller."""
    lines = (line.split(":", 2) for line in text.splitlines())
    return next((path for _, names, path in lines if controller in names.split(",")), "/")


def parse_throttled_ns(text: str) -> int:
    """How long a CPU limit held a cgroup back so far, out of its cpu.stat: v1 says ns, v2 µs."""
    fields = dict(line.split()[:2] for line in text.splitlines() if len(line.split()) >= 2)
    return int(fields.get("throttled_time", 0)) or int(fields.get("throttled_usec", 0)) * 1_000


def parse_name(text: str) -> str:
    """A machine's name as far as it can stand in a report: printable, and no longer than a DNS name (RFC 1035)."""
    return "".join(letter for letter in text if letter.isprintable())[:_LONGEST_NAME]


def parse_boot(boot_id: str) -> str:
    """Take a boot's id (random(4)) as a hash, which can be compared and names nothing; "" without one."""
    return hashlib.sha256(boot_id.strip().encode()).hexdigest()[:16] if boot_id.strip() else ""


def parse_turbo(no_turbo: str, boost: str) -> bool | None:
    """Turbo by intel_pstate's no_turbo or cpufreq's boost; None where neither file is there."""
    if no_turbo.strip():
        return no_turbo.strip() == "0"
    return boost.strip() == "1" if boost.strip() else None


def disturbances(machine: Machine) -> list[Disturbance]:
    """What disturbs measuring on this machine, worst first."""
    cpus = len(machine.cpus_usable)
    limit = machine.cgroup_cpu_limit
    checks = [
        (cpus < 2, f"{cpus} CPU for caller and worker", "measure where at least 2 are free"),
        (limit is not None, f"a cgroup limits CPU to {limit or 0:g}", "measure outside of that limit"),
        (
            machine.load_1min > LOAD_LIMIT_PER_CPU * max(1, cpus),
            f"other load: {machine.load_1min:.2f} in the last minute",
            "stop other programs",
        ),
        (
            machine.steal_share_since_boot > STEAL_SHARE_LIMIT,
            f"steal: the hypervisor took {machine.steal_share_since_boot:.1%} of the time since boot",
            "use dedicated CPUs",
        ),
        (
            machine.clock_source not in {"", "tsc", "kvm-clock", "arch_sys_counter"},
            f"clock source {machine.clock_source} is slow to read",
            "echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource",
        ),
        (
            machine.clock_read_ns > CLOCK_READ_LIMIT_NS,
            f"one clock read takes {machine.clock_read_ns:.0f} ns",
            "echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource",
        ),
        (
            machine.governor not in {"", "performance"},
            f"CPU governor is {machine.governor}",
            "cpupower frequency-set -g performance",
        ),
        (
            machine.turbo is True,
            "turbo is on: the clock rate follows the temperature",
            "switch it off, or live with it",
        ),
        (machine.threads_share_cores is True, "two CPUs share a core", "give caller and worker cores of their own"),
        (machine.hypervisor, "a virtual machine: neighbours are not seen from here", "compare ratios, not times"),
    ]
    return [Disturbance(what, remedy) for applies, what, remedy in checks if applies]


def read_cpu_times() -> CpuTimes:
    """CPU times of now; zeros where the system does not tell."""
    text = _read("/proc/stat")
    return parse_stat(text) if text else CpuTimes(0, 0, 0)


def read() -> Machine:
    """This machine as it is now."""
    cpuinfo, cpu = _read("/proc/cpuinfo"), "/sys/devices/system/cpu"
    return Machine(
        system=platform.system(),
        kernel=platform.release(),
        architecture=platform.machine(),
        cpu_model=parse_cpu_model(cpuinfo),
        cpus_online=os.cpu_count() or 1,
        cpus_usable=tuple(sorted(usable_cpus())),
        threads_share_cores={"0": False, "1": True}.get(_read(f"{cpu}/smt/active").strip()),
        memory_bytes=parse_memory_bytes(_read("/proc/meminfo")),
        clock_source=_read("/sys/devices/system/clocksource/clocksource0/current_clocksource").strip(),
        governor=_read(f"{cpu}/cpu0/cpufreq/scaling_governor").strip(),
        turbo=parse_turbo(_read(f"{cpu}/intel_pstate/no_turbo"), _read(f"{cpu}/cpufreq/boost")),
        hypervisor=parse_hypervisor(cpuinfo),
        cgroup_cpu_limit=_read_cpu_limit(),
        load_1min=os.getloadavg()[0],
        steal_share_since_boot=read_cpu_times().steal_share,
        clock_read_ns=read_clock_price_ns(),
        name=parse_name(os.environ.get(NAME_VARIABLE, "")),
        boot=parse_boot(_read("/proc/sys/kernel/random/boot_id")),
    )


def read_clock_price_ns() -> float:
    """Price of one clock read, ns: the median difference of reads that follow each other."""
    reads = [time.monotonic_ns() for _ in range(_CLOCK_READS)]
    return float(sorted(later - earlier for earlier, later in pairwise(reads))[_CLOCK_READS // 2])


def read_throttled_ns(pid: int | None = None) -> int:
    """How long a CPU limit held our own cgroup back so far, ns, or that of another process; 0 without a limit."""
    folder = cgroup_folder("self" if pid is None else str(pid))
    return 0 if pid is not None and folder == cgroup_folder() else parse_throttled_ns(_read(f"{folder}/cpu.stat"))


def cgroup_folder(process: str = "self") -> Path:
    """The folder of our own or a process's cgroup with the CPU controller, v1's where it is mounted, else v2's.

    In a container /proc/self/cgroup may name a path of the host: then the mount itself is ours.
    """
    cgroups = _read(f"/proc/{process}/cgroup")
    legacy, unified = parse_cgroup(cgroups, "cpu"), parse_cgroup(cgroups, "")
    mounts = [(_CGROUPS / "cpu", legacy), (_CGROUPS / "cpu,cpuacct", legacy), (_CGROUPS, unified)]
    mount, path = next(one for one in mounts if one[0] == _CGROUPS or one[0].is_dir())
    own = mount / path.lstrip("/")
    return own if own.is_dir() else mount


def _read_cpu_limit() -> float | None:
    folder = cgroup_folder()
    legacy = parse_cpu_quota(_read(f"{folder}/cpu.cfs_quota_us"), _read(f"{folder}/cpu.cfs_period_us"))
    return parse_cpu_max(_read(f"{folder}/cpu.max")) or legacy


def _read(path: str) -> str:
    """Content of a small file of /proc or /sys; "" when this machine does not have it."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
