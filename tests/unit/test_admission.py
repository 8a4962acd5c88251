"""What the API server refuses or puts back, and what therefore is no verified fix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from kubectl_svcdoctor.checks import all_checks
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.graph.fixes.admission import Refused, created, stored
from kubectl_svcdoctor.graph.fixes.patches import apply, merged
from kubectl_svcdoctor.graph.tree import Tree
from kubectl_svcdoctor.judge import Judgement, judge
from kubectl_svcdoctor.model.cluster import Event, Node
from kubectl_svcdoctor.model.endpoints import EndpointPort, EndpointSlice
from kubectl_svcdoctor.model.evidence import Now
from kubectl_svcdoctor.model.finding import Body, Finding, Fix, Patch, patching, recreating
from kubectl_svcdoctor.model.meta import KubernetesObject, ObjectMeta, ObjectRef, TracedMeta
from kubectl_svcdoctor.model.questions import Dial, Dialled
from kubectl_svcdoctor.model.service import Service, ServicePort, ServiceSpec
from kubectl_svcdoctor.model.snapshot import Query, Snapshot
from kubectl_svcdoctor.model.workload import (
    Container,
    ContainerPort,
    DaemonSet,
    Deployment,
    LabelSelector,
    Pod,
    PodSpec,
    PodTemplate,
    StatefulSet,
    TemplateMeta,
    WorkloadSpec,
)
from kubectl_svcdoctor.remedy import prove
from tests.support.cases import Case, cases

META = TracedMeta(name="web", namespace="shop")
PORTS = (ServicePort(80, "http", node_port=30080), ServicePort(443, "https", node_port=30443))


def service(**spec: Any) -> Service:
    return Service(metadata=META, spec=ServiceSpec(**{
        "type": "NodePort", "ports": PORTS, "cluster_ip": "10.96.0.7", "cluster_ips": ("10.96.0.7",), "ip_families": ("IPv4",), **spec}))


def patched(item: KubernetesObject, body: Body) -> Any:
    return stored(item, apply(Patch(item.ref, "merge" if isinstance(body, dict) else "json", body), item))


def node_ports(item: Service) -> list[int]:
    return [port.node_port for port in item.spec.ports]


@pytest.mark.parametrize(("body", "ports"), [
    ([{"op": "remove", "path": "/spec/ports/0/nodePort"}], [30080, 30443]),  # it is put back, by the name of the port
    ([{"op": "replace", "path": "/spec/ports/0/nodePort", "value": 30081}], [30081, 30443]),
    ([{"op": "replace", "path": "/spec/ports/0/name", "value": "other"}, {"op": "remove", "path": "/spec/ports/0/nodePort"}], [0, 30443]),
    ([{"op": "replace", "path": "/spec/ports/1/nodePort", "value": 30080}, {"op": "remove", "path": "/spec/ports/0/nodePort"}], [0, 30080]),
    ({"spec": {"type": "ClusterIP"}}, [0, 0]),
    ({"spec": {"type": "LoadBalancer"}}, [30080, 30443]),
])
def test_node_ports_after_an_update(body: Body, ports: list[int]) -> None:
    assert node_ports(patched(service(), body)) == ports


def test_an_address_that_is_left_out_is_put_back() -> None:
    assert patched(service(), {"spec": {"clusterIP": None, "clusterIPs": None}}).spec.cluster_ips == ("10.96.0.7",)


def test_a_second_family_is_given_up_together_with_its_address() -> None:
    both = service(cluster_ips=("10.96.0.7", "fd00::7"), ip_families=("IPv4", "IPv6"), ip_family_policy="PreferDualStack")
    after = patched(both, {"spec": {"ipFamilyPolicy": "SingleStack"}}).spec
    assert (after.cluster_ips, after.ip_families) == (("10.96.0.7",), ("IPv4",))


def test_an_external_name_has_no_address_any_more() -> None:
    after = patched(service(type="ClusterIP", ports=(ServicePort(80),)), {"spec": {"type": "ExternalName", "externalName": "a.example"}}).spec
    assert (after.cluster_ip, after.cluster_ips, after.ip_families) == ("", (), ())


def workload(kind: type[Any], labels: dict[str, str], **spec: Any) -> Any:
    container = Container("web", ports=(ContainerPort(8080, "http"),))
    return kind(metadata=META, spec=WorkloadSpec(selector=LabelSelector({"app": "web"}), template=PodTemplate(
        TemplateMeta(labels), PodSpec(containers=(container,))), **spec))


POD = Pod(metadata=ObjectMeta(name="web-1", namespace="shop"), spec=PodSpec(containers=(Container("web", "web:1"),)))
SLICE = EndpointSlice(metadata=META, ports=(EndpointPort("http", 8080),))
TCP_AND_UDP = service(type="ClusterIP", ports=(ServicePort(443, "https"), ServicePort(443, "quic", "UDP")))


@pytest.mark.parametrize(("item", "body", "said"), [
    (TCP_AND_UDP, [{"op": "replace", "path": "/spec/ports/1/protocol", "value": "TCP"}], "two ports are 443/TCP"),
    (service(), [{"op": "replace", "path": "/spec/ports/1/name", "value": "http"}], "two ports have the name http"),
    (service(), [{"op": "remove", "path": "/spec/ports/1/name"}], "needs a name"),
    (service(), [{"op": "replace", "path": "/spec/ports/1/nodePort", "value": 30080}], "the nodePort 30080/TCP"),
    (service(), {"spec": {"clusterIP": "10.96.0.8", "clusterIPs": ["10.96.0.8"]}}, "clusterIP cannot be changed"),
    (service(), {"spec": {"ipFamilies": ["IPv6"]}}, "families"),
    (service(type="ClusterIP", ports=(ServicePort(80),)), {"spec": {"clusterIP": "None", "clusterIPs": ["None"]}}, "clusterIP cannot be changed"),
    (service(type="ClusterIP", ports=(ServicePort(80),)), {"spec": {"ports": []}}, "needs a port"),
    (service(), {"spec": {"clusterIP": "None"}}, "cannot be"),
    (workload(Deployment, {"app": "web"}), {"spec": {"selector": {"matchLabels": {"app": "api"}}}}, "spec.selector"),
    (workload(Deployment, {"app": "web"}), {"spec": {"template": {"metadata": {"labels": {"app": "api"}}}}}, "does not match"),
    (workload(Deployment, {"app": "web"}), [{"op": "add", "path": "/spec/template/spec/containers/0/ports/-", "value": {
        "containerPort": 9, "name": "http"}}], "two ports of a container"),
    (workload(StatefulSet, {"app": "web"}, service_name="db"), {"spec": {"serviceName": "other"}}, "service_name"),
    (POD, {"spec": {"subdomain": "db"}}, "Pod's spec"),
    (SLICE, {"addressType": "IPv6"}, "addressType"),
    (SLICE, [{"op": "add", "path": "/ports/-", "value": {"name": "http", "port": 9}}], "two ports of an EndpointSlice"),
])
def test_what_is_refused(item: KubernetesObject, body: Body, said: str) -> None:
    with pytest.raises(Refused, match=said):
        patched(item, body)


@pytest.mark.parametrize(("item", "body"), [
    (POD, {"metadata": {"labels": {"app": "web"}}}), (POD, [{"op": "replace", "path": "/spec/containers/0/image", "value": "web:2"}]),
    (service(), {"spec": {"selector": {"app": "api"}}}), (workload(StatefulSet, {"app": "web"}), {"spec": {"replicas": 2}}),
    (service(cluster_ip="None", cluster_ips=("None",), type="ClusterIP", ports=()), {"spec": {"publishNotReadyAddresses": True}}),
    (workload(Deployment, {"app": "web"}), {"spec": {"template": {"metadata": {"labels": {"tier": "a"}}}}}),
])
def test_what_is_stored_as_it_is(item: KubernetesObject, body: Body) -> None:
    assert patched(item, body) == apply(Patch(item.ref, "merge" if isinstance(body, dict) else "json", body), item)


def test_what_cannot_be_changed_can_be_recreated() -> None:
    item = workload(StatefulSet, {"app": "web"}, service_name="db")
    fix = recreating("", item, {"spec": {"serviceName": "other"}}, "")
    assert fix.patch and fix.patch.recreates
    assert created(apply(fix.patch, item)).spec.service_name == "other"


# Fixes that are tried on a whole cluster

WEB = ObjectRef("v1", "Service", "shop", "web")
Fault = Callable[[], Case]


UNREADY: dict[str, Any] = {"status": {
    "conditions": [{"type": kind, "status": "False", "reason": "ContainersNotReady", "lastTransitionTime": "2026-11-02T11:40:00Z"}
                   for kind in ("Ready", "ContainersReady")],
    "containerStatuses": [{"name": "web", "image": "web:1", "imageID": "", "ready": False, "started": True, "restartCount": 0,
                           "state": {"running": {"startedAt": "2026-10-20T09:00:08Z"}}}],
}}
# What a broken Service does not need and a fixed one may.
EVERYTHING: list[Query[Any]] = [Query(kind, "shop") for kind in (Pod, Service, EndpointSlice, Event, Deployment, StatefulSet, DaemonSet)] + [Query(Node)]


def healthy(*changes: dict[str, Any], listens: tuple[dict[str, Any], ...] = ()) -> Case:
    plain = next(case for case in cases() if not case.finds and not case.change and not case.add)
    return replace(plain, name=repr(changes), change=changes, listens=listens)


def change(kind: str, name: str, patch: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "name": name, "patch": patch}


def tried(case: Case, body: Body, *, code: str = "", kind: type[Any] = Service, name: str = "web", told: dict[Dial, Dialled] | None = None) -> Fix:
    """What becomes of a fix for the first finding of the case, or for that of a code; `told` is what probes have found out besides."""
    source = case.source()
    doctor = Doctor(source, prober=case.prober())
    doctor.examine(case.examined_as())
    doctor.prefetch(EVERYTHING)
    snapshot = doctor.snapshot.replying(told or {})

    def judged(known: Snapshot) -> Judgement:
        return judge(all_checks(), Tree(case.examined_as(), Now(source.now()), known))

    before = judged(snapshot)
    finding: Finding = next(entry for entry in before.findings if code in ("", entry.code))
    target = next(item for item in source.objects if isinstance(item, kind) and item.name == name)
    problem = replace(finding.problem, fix=patching("", target, body))
    (proven,) = prove([replace(finding, problem=problem)], before, judged)
    assert proven.fix
    return proven.fix


def test_a_fix_that_ends_its_finding_and_begins_another_is_not_verified() -> None:
    wrong = healthy(change("Service", "web", {"spec": {"selector": {"app": "wbe"}}}))
    assert tried(wrong, {"spec": {"selector": {"app": "web"}}}).verified
    worse = healthy(change("Service", "web", {"spec": {"selector": {"app": "wbe"}}}), change("Pod", "web-*", UNREADY))
    fix = tried(worse, {"spec": {"selector": {"app": "web"}}})
    assert fix.verified is False
    assert "readiness probe GET :http/ready of container web fails" in fix.remains


def test_a_symptom_in_computed_slices_is_news_although_nothing_explains_it() -> None:
    now = "2026-11-02T11:59:57Z"
    (status,) = UNREADY["status"]["containerStatuses"]
    young = {"metadata": {"creationTimestamp": now}, "status": {
        "startTime": now, "conditions": [{**entry, "lastTransitionTime": now} for entry in UNREADY["status"]["conditions"]],
        "containerStatuses": [{**status, "state": {"running": {"startedAt": now}}}]}}
    case = healthy(change("Service", "web", {"spec": {"selector": {"app": "wbe"}}}), change("Pod", "web-*", young))
    fix = tried(case, {"spec": {"selector": {"app": "web"}}})
    assert (fix.verified, "none of its 3 Pods is ready, of which web-6d4cf56db6-aaaaa has been starting for 3 s" in fix.remains) == (False, True), fix.remains


def test_what_is_refused_is_no_verified_fix() -> None:
    case = healthy(change("Service", "web", {"spec": {"selector": {"app": "wbe"}}}))
    fix = tried(case, {"spec": {"selector": {"app": "web"}, "clusterIP": "10.96.0.200", "clusterIPs": ["10.96.0.200"]}})
    assert (fix.verified, fix.remains) == (False, "the API server would refuse this change: a Service's clusterIP cannot be changed")


CLOSED = healthy(listens=({"port": 8080, "loopback": False, "address": False}, {"port": 9090, "pod": "web-*-aaaaa"}))


def dials(number: int, **answers: bool) -> dict[Dial, Dialled]:
    pods = {pod.name[-1]: pod for pod in CLOSED.source().objects if isinstance(pod, Pod) and pod.name.startswith("web-")}
    return {Dial("shop", pods[letter].name, pods[letter].spec.node_name, number, way): Dialled(answer, "" if answer else "connection refused")
            for letter, answer in answers.items() for way in ("port-forward", "pod-proxy")}  # type: ignore[misc]


RETARGETED = [{"op": "replace", "path": "/spec/ports/0/targetPort", "value": 9090}]


@pytest.mark.parametrize(("told", "verified"), [
    ({}, None),  # nobody has tried that port
    (dials(9090, a=False), None),  # it is closed in one Pod, and nobody has tried the others of its kind
    (dials(9090, a=False, b=False, c=False), False),  # it is known to be closed
    (dials(9090, a=False, b=True, c=True), False),  # it is known to be closed in one of them
    (dials(9090, a=True), True),
])
def test_a_port_is_a_verified_target_only_where_it_was_found_open(told: dict[Dial, Dialled], verified: bool | None) -> None:
    assert tried(CLOSED, RETARGETED, told=told).verified is verified


def test_the_same_finding_about_another_object_is_news() -> None:
    container = {"name": "api", "image": "api:1", "ports": [{"containerPort": 9000}], "readinessProbe": {"tcpSocket": {"port": 9000}}}
    statuses = [{**UNREADY["status"]["containerStatuses"][0], "name": "api"}]
    api = merged(UNREADY, {"spec": {"containers": [container]}, "status": {"containerStatuses": statuses}})
    other = {"spec": {"selector": {"app": "api"}, "ports": [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 9000}]}}
    fix = tried(healthy(change("Pod", "web-*", UNREADY), change("Pod", "api-*", api)), other, code="POD101")
    assert fix.verified is False
    assert "of container api" in fix.remains, fix.remains
