"""The rendered pods hang together: order, mounts, probes, ports, limits, ends, and what the cluster is told of them."""

from __future__ import annotations

import pytest

from tests.kubernetes.rendered import (
    OVERLAYS,
    TARGETS,
    Resource,
    container,
    containers,
    cpus,
    flags,
    labels,
    mebibytes,
    only,
    pod,
    seconds,
    sidecars,
    variables,
)

SERVICES = ("base", *(f"overlays/{name}" for name in OVERLAYS))
SLACK_S = 5
"""What a kubelet and the last spans take beside the drains."""


@pytest.mark.parametrize(
    ("target", "order"),
    [
        ("base", ["worker", "service"]),
        ("overlays/process", ["worker", "service"]),
        ("overlays/inproc", ["service"]),
        ("overlays/gateway", ["worker", "gateway", "service"]),
        ("bench", ["measure", "results"]),
    ],
)
def test_containers_start_in_this_order(target: str, order: list[str]) -> None:
    assert [one["name"] for one in containers(target)] == order


@pytest.mark.parametrize("target", SERVICES)
def test_what_is_before_the_service_is_a_native_sidecar_that_says_when_it_has_started(target: str) -> None:
    assert sidecars(target) == pod(target).get("initContainers", [])
    assert all("startupProbe" in one for one in sidecars(target))


def test_the_bench_is_measured_before_it_is_handed_out() -> None:
    assert not sidecars("bench")


@pytest.mark.parametrize("target", TARGETS)
def test_every_container_keeps_the_restricted_pod_security_standard(target: str) -> None:
    spec = pod(target)
    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
    assert all({"emptyDir", "configMap"} & volume.keys() for volume in spec["volumes"])
    for one in containers(target):
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert not any("hostPort" in port for port in one.get("ports", []))


@pytest.mark.parametrize("target", TARGETS)
def test_no_pod_holds_a_token_or_takes_settings_from_service_links(target: str) -> None:
    assert pod(target)["automountServiceAccountToken"] is False
    assert pod(target)["enableServiceLinks"] is False


@pytest.mark.parametrize("target", TARGETS)
def test_every_mount_has_its_volume_and_every_volume_a_mount(target: str) -> None:
    mounted = {mount["name"] for one in containers(target) for mount in one.get("volumeMounts", [])}
    assert mounted == {volume["name"] for volume in pod(target).get("volumes", [])}


@pytest.mark.parametrize("target", TARGETS)
def test_every_path_that_a_container_is_told_lies_on_a_mount_of_its_own(target: str) -> None:
    for one in containers(target):
        mounts = {mount["mountPath"]: mount.get("readOnly", False) for mount in one.get("volumeMounts", [])}
        told = [*flags(one).values(), *variables(one).values(), *one["args"]]
        paths = [path for path in told if path.startswith("/")]
        assert all(any(f"{path}/".startswith(f"{mount}/") for mount in mounts) for path in paths), (one["name"], paths)
        own = flags(one).get("--socket-dir") or flags(one).get("--out")
        assert own is None or not any(readonly and own.startswith(mount) for mount, readonly in mounts.items())


@pytest.mark.parametrize("target", SERVICES)
def test_sockets_lie_in_memory_below_the_mount_in_a_folder_that_the_worker_makes(target: str) -> None:
    told = [value for one in containers(target) for value in [*flags(one).values(), *variables(one).values()]]
    sockets = [value for value in told if value.endswith(".sock")]
    made = {flags(one)["--socket-dir"] for one in sidecars(target)}
    assert made == ({"/run/sidecar/private"} if sidecars(target) else set())
    assert all(path.rpartition("/")[0] in made for path in sockets)
    volumes = [volume for volume in pod(target)["volumes"] if volume["name"] == "sockets"]
    assert [volume["emptyDir"]["medium"] for volume in volumes] == ["Memory"] * bool(made)


@pytest.mark.parametrize("target", SERVICES)
def test_the_service_only_names_sockets_that_a_sidecar_serves(target: str) -> None:
    served = {"worker": {"worker.sock", "worker-grpc.sock"}, "gateway": {"gateway.sock"}}
    there = {name for one in sidecars(target) for name in served[one["name"]]}
    named = {path.rpartition("/")[2] for path in variables(container(target, "service")).values() if ".sock" in path}
    assert named == there


@pytest.mark.parametrize("target", SERVICES)
def test_probes_ask_a_port_on_which_their_container_listens(target: str) -> None:
    for one in containers(target):
        ports = {port["name"]: port["containerPort"] for port in one["ports"]}
        listening = {
            int(value.rpartition(":")[2]) for value in flags(one).values() if value.rpartition(":")[2].isdigit()
        }
        assert {*ports.values()} <= listening, one["name"]
        for probe in _probes(one):
            asked = next(probe[kind]["port"] for kind in ("grpc", "httpGet", "tcpSocket") if kind in probe)
            assert ports.get(asked, asked) in listening
        open_to_probes = [value for value in flags(one).values() if value.rpartition(":")[2].isdigit()]
        assert all(not value.startswith("127.") for value in open_to_probes if not value.endswith(":9901"))


@pytest.mark.parametrize("target", SERVICES)
def test_every_container_has_all_three_probes_and_the_worker_is_asked_by_grpc(target: str) -> None:
    for one in containers(target):
        assert len(_probes(one)) == 3, one["name"]
    for one in sidecars(target):
        assert "grpc" in one["startupProbe"]
        assert "grpc" in one["readinessProbe"]


def _probes(one: Resource) -> list[Resource]:
    return [one[name] for name in ("startupProbe", "readinessProbe", "livenessProbe") if name in one]


@pytest.mark.parametrize("target", TARGETS)
def test_memory_is_requested_in_full_and_no_request_is_over_its_limit(target: str) -> None:
    for one in containers(target):
        requests, limits = one["resources"]["requests"], one["resources"]["limits"]
        assert requests["memory"] == limits["memory"]
        assert cpus(requests["cpu"]) <= cpus(limits.get("cpu", requests["cpu"]))


def test_every_placement_gets_the_same_cpu_and_memory() -> None:
    def total(target: str, what: str) -> float:
        parse = cpus if what == "cpu" else mebibytes
        return sum(parse(one["resources"]["limits"][what]) for one in containers(target) if one["name"] != "gateway")

    for what in ("cpu", "memory"):
        assert len({total(target, what) for target in SERVICES}) == 1, what


@pytest.mark.parametrize("target", SERVICES)
def test_a_pod_has_the_time_for_every_drain_one_after_the_other(target: str) -> None:
    before_s = sum(one["lifecycle"]["preStop"]["sleep"]["seconds"] for one in containers(target) if "lifecycle" in one)
    drains_s = sum(seconds(flags(one)["--drain-timeout"]) for one in containers(target))
    assert before_s > 0
    assert pod(target)["terminationGracePeriodSeconds"] >= before_s + drains_s + SLACK_S


@pytest.mark.parametrize("target", TARGETS)
def test_every_selector_takes_the_pods_it_is_meant_for(target: str) -> None:
    policy = only(target, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"]
    assert policy.items() <= labels(target).items()
    if target == "bench":
        (term,) = pod(target)["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        assert term["labelSelector"]["matchLabels"].items() <= labels(target).items()
        return
    selectors = [only(target, kind)["spec"]["selector"] for kind in ("Deployment", "PodDisruptionBudget")]
    selectors += [one["labelSelector"] for one in pod(target)["topologySpreadConstraints"]]
    assert all(one["matchLabels"].items() <= labels(target).items() for one in selectors)
    assert only(target, "Service")["spec"]["selector"].items() <= labels(target).items()


@pytest.mark.parametrize("name", OVERLAYS)
def test_an_overlays_label_says_its_placement_and_no_selector_has_it(name: str) -> None:
    target = f"overlays/{name}"
    assert labels(target)["sidecar-ipc/placement"] == name
    assert "sidecar-ipc/placement" not in only(target, "Deployment")["spec"]["selector"]["matchLabels"]


@pytest.mark.parametrize("target", SERVICES)
def test_the_network_reaches_what_is_named_and_not_the_worker(target: str) -> None:
    ports = {port["name"] for one in containers(target) for port in one["ports"]}
    policy = only(target, "NetworkPolicy")["spec"]
    opened = {port["port"] for rule in policy["ingress"] for port in rule["ports"]}
    assert opened == ports - {"worker-grpc"}
    assert {*policy["policyTypes"]} == {"Ingress", "Egress"}
    served = {port["targetPort"] for port in only(target, "Service")["spec"]["ports"]}
    assert served <= opened - {name for name in ports if name.endswith("-metrics")}


def test_the_bench_is_reached_by_nobody_and_reaches_nobody() -> None:
    policy = only("bench", "NetworkPolicy")["spec"]
    assert {*policy["policyTypes"]} == {"Ingress", "Egress"}
    assert not policy.keys() & {"ingress", "egress"}


def test_one_pod_at_a_time_may_be_evicted_and_one_stays() -> None:
    assert (
        only("base", "PodDisruptionBudget")["spec"]["maxUnavailable"] < only("base", "Deployment")["spec"]["replicas"]
    )


def test_the_job_measures_each_node_once_and_can_carry_an_interval() -> None:
    from gateway.bench.merge_interval import MIN_MACHINES

    spec = only("bench", "Job")["spec"]
    assert spec["completionMode"] == "Indexed"
    assert spec["completions"] == spec["parallelism"] >= MIN_MACHINES
    (term,) = pod("bench")["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term["topologyKey"] == "kubernetes.io/hostname"
    measured, handed = containers("bench")
    assert flags(measured)["--out"] in handed["args"]
    named = next(entry for entry in measured["env"] if entry["name"] == "SIDECAR_MACHINE")
    assert named["valueFrom"]["fieldRef"]["fieldPath"] == "spec.nodeName"


def test_a_failure_that_would_be_the_same_again_is_not_tried_again() -> None:
    from gateway import exit_codes

    rules = only("bench", "Job")["spec"]["podFailurePolicy"]["rules"]
    told = {rule["action"]: rule["onExitCodes"]["values"] for rule in rules if "onExitCodes" in rule}
    assert told == {"FailJob": [exit_codes.REFUSED], "FailIndex": [exit_codes.CANNOT_TELL]}
