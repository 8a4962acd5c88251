"""The model of the endpoint slice controller, and the comparison of its slices with those that are there."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kubectl_svcdoctor.checks.slices.address_bad import address_bad
from kubectl_svcdoctor.checks.slices.mirroring_limit import mirroring_limit
from kubectl_svcdoctor.checks.slices.only_terminating import only_terminating
from kubectl_svcdoctor.graph.slices.controllers import canonical, expected_slices, families, family_of, slices_of
from kubectl_svcdoctor.graph.slices.handmade import hand_made
from kubectl_svcdoctor.graph.slices.leftovers import leftovers, unmirrored
from kubectl_svcdoctor.graph.slices.slices import SliceDifference, slice_difference
from kubectl_svcdoctor.model.endpoints import (
    HEADLESS,
    MANAGED_BY,
    SERVICE_NAME,
    SLICE_CONTROLLER,
    TRIGGER_TIME,
    Endpoint,
    EndpointAddress,
    EndpointConditions,
    Endpoints,
    EndpointSlice,
    EndpointSubset,
)
from kubectl_svcdoctor.model.evidence import Now, SelectedPods, ServiceEndpoints, ServiceSlices
from kubectl_svcdoctor.model.meta import Condition, ManagedField, ObjectMeta, TracedMeta
from kubectl_svcdoctor.model.service import Service, ServicePort, ServiceSpec
from kubectl_svcdoctor.model.snapshot import Irrelevant
from kubectl_svcdoctor.model.workload import Container, ContainerPort, Pod, PodIP, PodSpec, PodStatus

NOW = Now(datetime(2026, 11, 2, 12, tzinfo=UTC))
LONG_AGO = NOW.time - timedelta(days=3)
JUST_NOW = NOW.time - timedelta(seconds=4)
WEB = Service(
    metadata=TracedMeta(name="web", namespace="shop", uid="u", creation_timestamp=LONG_AGO, labels={"app": "web", SERVICE_NAME: "other"}),
    spec=ServiceSpec(selector={"app": "web"}, cluster_ip="10.96.0.10", cluster_ips=("10.96.0.10",), ip_families=("IPv4",),
                     ports=(ServicePort(80, "http", target_port="http"),)),
)


def pod(name: str, *addresses: str, ready: bool = True, going: bool = False, port: int = 8080, **spec: str) -> Pod:
    return Pod(
        metadata=ObjectMeta(name=name, namespace="shop", uid=name, creation_timestamp=LONG_AGO,
                            deletion_timestamp=NOW.time - timedelta(minutes=5) if going else None),
        spec=PodSpec(containers=(Container("web", ports=(ContainerPort(port, "http"),)),), **{"node_name": "node1", **spec}),  # type: ignore[arg-type]
        status=PodStatus("Running", pod_ips=tuple(PodIP(entry) for entry in addresses),
                         conditions=(Condition("Ready", str(ready), last_transition_time=LONG_AGO),)),
    )


def having(service: Service, **spec: object) -> Service:
    return replace(service, spec=replace(service.spec, **spec))


def compared(service: Service, pods: list[Pod], slices: list[EndpointSlice], now: Now = NOW) -> SliceDifference:
    chosen = SelectedPods(pods)
    found = slice_difference(service, chosen, ServiceSlices(slices), expected_slices(service, chosen), now)
    assert isinstance(found, SliceDifference)
    return found


def test_a_pod_without_its_node_is_left_out_unless_unready_ones_are_wanted() -> None:
    lost = [pod("a", "10.244.1.1", node_name="gone")]
    assert [part.endpoints for part in slices_of(WEB, lost, frozenset({"gone"}))] == [()]
    wanted = having(WEB, publish_not_ready_addresses=True)
    assert [len(part.endpoints or ()) for part in slices_of(wanted, lost, frozenset({"gone"}))] == [1]


def test_a_headless_service_without_ports_has_addresses() -> None:
    part = expected_slices(having(WEB, cluster_ip="None", ports=()), SelectedPods([pod("a", "10.244.1.1")]))[0]
    assert (part.ports, [entry.address for entry in part.endpoints or ()]) == ((), ["10.244.1.1"])
    assert HEADLESS in part.labels


def test_every_family_has_a_slice_and_an_empty_one_is_the_placeholder() -> None:
    both = having(WEB, ip_families=("IPv6", "IPv4"))
    found = {part.address_type: part for part in expected_slices(both, SelectedPods([pod("a", "10.244.1.1")]))}
    assert [entry.address for entry in found["IPv4"].endpoints or ()] == ["10.244.1.1"]
    assert (found["IPv6"].endpoints, found["IPv6"].ports) == ((), ())


def test_a_named_port_that_a_pod_lacks_gives_its_address_without_port() -> None:
    part, = expected_slices(having(WEB, ports=(ServicePort(80, "http", target_port="web"),)), SelectedPods([pod("a", "10.244.1.1")]))
    assert (part.ports, len(part.endpoints or ())) == ((), 1)


@pytest.mark.parametrize(("ready", "going", "publish", "conditions"), [
    (True, False, False, (True, True, False)),
    (True, True, False, (False, True, True)),
    (False, False, False, (False, False, False)),
    (False, True, True, (True, False, True)),
])
def test_conditions(ready: bool, going: bool, publish: bool, conditions: tuple[bool, bool, bool]) -> None:
    service = having(WEB, publish_not_ready_addresses=publish)
    part, = expected_slices(service, SelectedPods([pod("a", "10.244.1.1", ready=ready, going=going)]))
    entry = next(iter(part.endpoints or ()))
    assert (entry.conditions.ready, entry.conditions.serving, entry.conditions.terminating) == conditions


def test_the_host_name_counts_only_under_the_services_own_subdomain() -> None:
    pods = SelectedPods([pod("a", "10.244.1.1", hostname="a", subdomain="web"), pod("b", "10.244.1.2", hostname="b", subdomain="db")])
    part, = expected_slices(WEB, pods)
    assert [entry.hostname for entry in part.endpoints or ()] == ["a", ""]


def test_labels_are_copied_except_the_reserved_ones() -> None:
    part = expected_slices(WEB, SelectedPods())[0]
    assert part.labels == {"app": "web", SERVICE_NAME: "web", MANAGED_BY: SLICE_CONTROLLER}


@pytest.mark.parametrize(("spec", "wanted"), [
    ({"ip_families": ("IPv6",)}, ("IPv6",)),
    ({"ip_families": (), "cluster_ip": "fd00::1"}, ("IPv6",)),
    ({"ip_families": (), "cluster_ip": "None"}, ("IPv4", "IPv6")),
])
def test_families(spec: dict[str, object], wanted: tuple[str, ...]) -> None:
    assert families(having(WEB, **spec)) == wanted


@pytest.mark.parametrize(("address", "family", "written"), [
    ("010.244.001.007", "IPv4", "10.244.1.7"),
    ("::ffff:10.1.2.3", "IPv4", "10.1.2.3"),
    ("2001:DB8:0:0::1", "IPv6", "2001:db8::1"),
    ("db.example.com", "", "db.example.com"),
    ("fe80::1%eth0", "", "fe80::1%eth0"),
])
def test_addresses_are_written_as_go_writes_them(address: str, family: str, written: str) -> None:
    assert (family_of(address), canonical(address)) == (family, written)


PODS = st.lists(
    st.builds(
        lambda number, v6, ready, going, port: pod(
            f"p{number}", *(f"10.244.0.{number}", f"fd00::{number}")[: 2 if v6 else 1], ready=ready, going=going, port=port),
        st.integers(1, 60), st.booleans(), st.booleans(), st.booleans(), st.sampled_from([8080, 8081]),
    ), max_size=20, unique_by=lambda entry: entry.name,
)
SERVICES = st.builds(
    lambda families, publish, ports: having(WEB, ip_families=families, publish_not_ready_addresses=publish, ports=ports),
    st.sampled_from([("IPv4",), ("IPv6", "IPv4")]), st.booleans(),
    st.sampled_from([WEB.spec.ports, (ServicePort(80, "http", target_port=9), ServicePort(81, "more", target_port="http"))]),
)


@given(SERVICES, PODS, st.integers(1, 5), st.randoms(use_true_random=False))
def test_what_the_controller_writes_is_never_a_difference_however_it_is_spread(
    service: Service, pods: list[Pod], size: int, order: random.Random
) -> None:
    spread = []
    for part in expected_slices(service, SelectedPods(pods)):
        endpoints = list(part.endpoints or ())
        order.shuffle(endpoints)
        chunks = [endpoints[at:at + size] for at in range(0, len(endpoints), size)] or [[]]
        spread += [replace(part, endpoints=tuple(chunk), ports=tuple(reversed(part.ports or ()))) for chunk in chunks]
    assert not compared(service, pods, spread)


@given(SERVICES, PODS, st.integers(0, 1000))
def test_an_endpoint_that_is_not_there_is_missed_exactly_when_its_pod_is_ready(service: Service, pods: list[Pod], which: int) -> None:
    slices = list(expected_slices(service, SelectedPods(pods)))
    places = [(part, entry) for part in slices for entry in part.endpoints or ()]
    if places:
        part, lost = places[which % len(places)]
        slices[slices.index(part)] = replace(part, endpoints=tuple(entry for entry in part.endpoints or () if entry != lost))
        found = compared(service, pods, slices)
        assert [entry.split()[0] for entry in found.missing] == ([lost.address] if lost.ready else [])
        assert not (found.dead or found.unready or found.waiting or found.ports)


@given(PODS)
def test_an_address_of_no_pod_is_dead(pods: list[Pod]) -> None:
    parts = list(expected_slices(WEB, SelectedPods(pods)))
    dead = Endpoint(("10.244.9.9",), EndpointConditions(ready=True))
    parts.append(replace(parts[0], endpoints=(dead,)))
    assert compared(WEB, pods, parts).dead == ("10.244.9.9",)


def test_pods_that_share_the_hosts_address_are_one_place() -> None:
    pods = [pod("a", "192.0.2.1"), pod("b", "192.0.2.1", ready=False)]
    assert not compared(WEB, pods, list(expected_slices(WEB, SelectedPods(pods))))


def just_made(service: Service) -> Service:
    return replace(service, metadata=replace(service.metadata, creation_timestamp=JUST_NOW))


def test_what_changed_a_moment_ago_is_not_stale() -> None:
    pods = [pod("a", "10.244.1.1")]
    old = EndpointSlice(metadata=TracedMeta(name="s", labels={SERVICE_NAME: "web", MANAGED_BY: SLICE_CONTROLLER}), endpoints=())
    assert compared(WEB, pods, [old]).missing
    written = ManagedField("kubectl-edit", JUST_NOW)
    triggered = TracedMeta(name="s", labels=old.labels, annotations={TRIGGER_TIME: "2026-11-02T11:59:56.123456789Z"})
    assert not compared(just_made(WEB), pods, [old])
    assert not compared(replace(WEB, metadata=replace(WEB.metadata, managed_fields=(written,))), pods, [old])
    assert not compared(WEB, pods, [replace(old, metadata=triggered)])
    changed = replace(pods[0], status=replace(pods[0].status, conditions=(Condition("Ready", "True", last_transition_time=JUST_NOW),)))
    assert not compared(WEB, [changed], [old])
    assert compared(WEB, pods, [replace(old, metadata=replace(triggered, annotations={TRIGGER_TIME: "junk"}))]).missing


def test_endpoints_of_a_moment_ago_wait_for_their_mirror() -> None:
    bare = having(WEB, selector=None)
    entry = Endpoints(metadata=ObjectMeta(name="web", creation_timestamp=LONG_AGO), subsets=(EndpointSubset((EndpointAddress("192.0.2.7"),)),))
    fresh = replace(entry, metadata=ObjectMeta(name="web", creation_timestamp=JUST_NOW))
    assert unmirrored(bare, ServiceEndpoints([entry]), ServiceSlices(), NOW) == (entry,)
    assert unmirrored(bare, ServiceEndpoints([fresh]), ServiceSlices(), NOW) == ()


def test_a_slice_whose_endpoints_somebody_else_writes_is_not_left_over() -> None:
    bare = having(WEB, selector=None)
    both = ManagedField("kube-controller-manager", LONG_AGO, fields={"f:addressType": {}, "f:endpoints": {}})
    only = ManagedField("kube-controller-manager", LONG_AGO, fields={"f:addressType": {}})
    other = ManagedField("shop-operator", LONG_AGO, fields={"f:endpoints": {}})
    labels = {SERVICE_NAME: "web", MANAGED_BY: SLICE_CONTROLLER}
    for fields, number in (((both,), 1), ((), 1), ((only, other), 0)):
        part = EndpointSlice(metadata=TracedMeta(name="s", labels=labels, managed_fields=fields), endpoints=(Endpoint(("10.244.1.1",)),))
        found = leftovers(bare, ServiceSlices([part]))
        assert not isinstance(found, Irrelevant)
        assert len(found) == number


def test_special_addresses_of_older_objects_are_named() -> None:
    bare = having(WEB, selector=None)
    for address, said in (("127.0.0.1", "loopback"), ("169.254.1.1", "link-local"), ("198.51.100.1", "")):
        slices = ServiceSlices([EndpointSlice(metadata=TracedMeta(name="s"), endpoints=(Endpoint((address,)),))])
        given_by_hand = hand_made(bare, slices)
        assert not isinstance(given_by_hand, Irrelevant)
        problem = address_bad(bare, given_by_hand, slices)
        assert (said in problem.summary if problem else not said), address  # type: ignore[union-attr]


def test_more_than_a_thousand_addresses_of_a_subset_are_not_mirrored() -> None:
    bare = having(WEB, selector=None)
    for number in (1000, 1001):
        addresses = tuple(EndpointAddress(f"198.51.{index // 250}.{index % 250}") for index in range(number))
        problem = mirroring_limit(bare, ServiceEndpoints([Endpoints(subsets=(EndpointSubset(addresses),))]))
        assert (problem is not None) is (number > 1000)


def test_the_end_of_a_rollout_is_worth_no_word() -> None:
    slices = ServiceSlices([EndpointSlice(endpoints=(Endpoint(("10.244.1.1",), EndpointConditions(False, True, True)),))])
    for seconds, silent in ((5, True), (120, False)):
        going = replace(pod("a", "10.244.1.1"), metadata=ObjectMeta(
            name="a", deletion_timestamp=NOW.time + timedelta(seconds=600 - seconds), deletion_grace_period_seconds=600))
        assert (only_terminating(WEB, slices, SelectedPods([going]), NOW) is None) is silent
