"""Parsing what the kernel tells of the machine."""

from dataclasses import replace

import pytest

from gateway import machine

QUIET = machine.Machine(
    system="Linux",
    kernel="6.1",
    architecture="x86_64",
    cpu_model="CPU",
    cpus_online=8,
    cpus_usable=(0, 1, 2, 3),
    threads_share_cores=False,
    memory_bytes=1 << 33,
    clock_source="tsc",
    governor="performance",
    turbo=False,
    hypervisor=False,
    cgroup_cpu_limit=None,
    load_1min=0.1,
    steal_share_since_boot=0.0,
)


def test_stat_gives_busy_idle_and_steal():
    times = machine.parse_stat("cpu  100 20 30 1000 50 0 5 45 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n")
    assert times == machine.CpuTimes(busy=155, idle=1050, steal=45)
    assert times.since(machine.CpuTimes(55, 250, 45)).steal_share == 0
    assert machine.CpuTimes(50, 49, 1).steal_share == pytest.approx(0.01)
    assert machine.CpuTimes(0, 0, 0).steal_share == 0


@pytest.mark.parametrize(("text", "limit"), [("max 100000\n", None), ("150000 100000\n", 1.5), ("", None)])
def test_a_limit_of_cgroup_v2_is_in_cpus(text: str, limit: float | None):
    assert machine.parse_cpu_max(text) == limit


@pytest.mark.parametrize(("quota", "limit"), [("-1\n", None), ("50000\n", 0.5), ("", None)])
def test_a_limit_of_cgroup_v1_is_in_cpus(quota: str, limit: float | None):
    assert machine.parse_cpu_quota(quota, "100000\n") == limit


@pytest.mark.parametrize(
    ("text", "throttled_ns"),
    [
        ("nr_periods 9\nnr_throttled 2\nthrottled_time 1234\n", 1234),
        ("usage_usec 9\nnr_throttled 2\nthrottled_usec 12\n", 12_000),
        ("", 0),
    ],
)
def test_throttling_of_either_cgroup_is_in_ns(text: str, throttled_ns: int):
    assert machine.parse_throttled_ns(text) == throttled_ns


def test_this_machine_has_a_cgroup_or_its_mount_and_a_price_of_a_clock_read():
    assert machine.cgroup_folder().is_dir() or not machine.cgroup_folder().exists()
    assert machine.read_throttled_ns() >= 0
    assert 0 < machine.read_clock_price_ns() < 100_000


def test_the_cgroup_of_a_controller_is_found():
    text = "9:name=systemd:/\n1:cpu,cpuacct:/docker/ab\n0::/unified\n"
    assert machine.parse_cgroup(text, "cpu") == "/docker/ab"
    assert machine.parse_cgroup(text, "") == "/unified"
    assert machine.parse_cgroup("", "cpu") == "/"


@pytest.mark.parametrize(
    ("no_turbo", "boost", "turbo"),
    [("0\n", "", True), ("1\n", "", False), ("", "1\n", True), ("", "0", False), ("", "", None)],
)
def test_turbo_is_told_by_either_driver(no_turbo: str, boost: str, turbo: bool | None):
    assert machine.parse_turbo(no_turbo, boost) is turbo


def test_cpuinfo_and_meminfo():
    cpuinfo = "processor\t: 0\nmodel name\t: AMD EPYC 7B13\nflags\t\t: fpu hypervisor lahf_lm\n"
    assert machine.parse_cpu_model(cpuinfo) == "AMD EPYC 7B13"
    assert machine.parse_hypervisor(cpuinfo)
    assert not machine.parse_hypervisor("flags\t\t: fpu lahf_lm\n")
    assert machine.parse_memory_bytes("MemTotal:       16 kB\nMemFree: 1 kB\n") == 16384


def test_a_quiet_machine_has_no_disturbance():
    assert machine.disturbances(QUIET) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"cpus_usable": (0,)}, "1 CPU for caller and worker"),
        ({"cgroup_cpu_limit": 1.5}, "limits CPU to 1.5"),
        ({"load_1min": 3.0}, "other load: 3.00"),
        ({"steal_share_since_boot": 0.05}, "5.0%"),
        ({"clock_source": "hpet"}, "hpet is slow"),
        ({"governor": "powersave"}, "powersave"),
        ({"turbo": True}, "turbo is on"),
        ({"threads_share_cores": True}, "share a core"),
        ({"hypervisor": True}, "virtual machine"),
    ],
)
def test_each_disturbance_is_told_with_a_remedy(change: dict, says: str):
    (found,) = machine.disturbances(replace(QUIET, **change))
    assert says in found.what
    assert found.remedy


def test_this_machine_can_be_read():
    here = machine.read()
    assert here.cpus_usable
    assert here.memory_bytes > 0
    assert machine.read_cpu_times().busy > 0


@pytest.mark.parametrize(
    ("given", "name"),
    [("node-1", "node-1"), ("", ""), ("a\x1b[31mb\nc", "a[31mbc"), ("n" * 1_000, "n" * 253), ("\udcff", "")],
)
def test_a_machines_name_is_printable_and_bounded(given: str, name: str):
    assert machine.parse_name(given) == name


def test_a_boot_is_known_again_and_told_to_nobody():
    boot = "3f2c1c1e-0000-4000-8000-1234567890ab\n"
    assert machine.parse_boot(boot) == machine.parse_boot(boot.strip())
    assert machine.parse_boot(boot) not in ("", boot.strip()[:16])
    assert machine.parse_boot("") == ""
