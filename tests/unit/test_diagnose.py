"""Which finding explains which, and what all of them together mean to clients."""

from __future__ import annotations

import pytest

from kubectl_svcdoctor.diagnose import diagnose, verdict
from kubectl_svcdoctor.model.finding import Finding, Problem, Severity, Wait
from kubectl_svcdoctor.model.meta import ObjectRef
from kubectl_svcdoctor.model.report import Verdict
from kubectl_svcdoctor.model.scope import Parts, Scope
from kubectl_svcdoctor.model.snapshot import Unknown

WEB, DNS = ObjectRef("v1", "Service", "shop", "web"), ObjectRef("v1", "Service", "kube-system", "kube-dns")
DEPLOYMENT, SET = ObjectRef("apps/v1", "Deployment", "shop", "web"), ObjectRef("apps/v1", "StatefulSet", "shop", "db")
NODE, CLIENT, OTHER = ObjectRef("v1", "Node", "", "node1"), ObjectRef("v1", "Pod", "shop", "client"), ObjectRef("v1", "Pod", "shop", "other")
SERVER, SECOND = ObjectRef("v1", "Pod", "kube-system", "coredns-a"), ObjectRef("v1", "Pod", "kube-system", "coredns-b")
POD, MEMBER = ObjectRef("v1", "Pod", "shop", "web-1"), ObjectRef("v1", "Pod", "shop", "db-0")
PARTS = Parts(WEB, ("80/TCP",), False, {POD: DEPLOYMENT, MEMBER: SET}, (CLIENT,))


def only(parts: Parts) -> Scope:
    """An examination of one branch."""
    return Scope({"shop/web": parts}, {"shop/web": 1})


SCOPE = only(PARTS)
ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


def found(slug: str, hop: str, ref: ObjectRef, severity: Severity = ERROR, *, symptom: bool = False, partial: bool = False, port: str = "",
          explains: tuple[str, ...] = (), about: tuple[ObjectRef, ...] = (), awaits: tuple[Wait, ...] = (), node: str = "", family: str = "",
          branches: frozenset[str] | None = None) -> Finding:
    return Finding(slug.upper(), slug, hop, symptom, Problem(
        object=ref, summary=slug, severity=severity, partial=partial, port=port, node=node, family=family, explains=explains, about=about, awaits=awaits,
    ), branches=branches)


def explained(cause: Finding, other: Finding, scope: Scope = SCOPE) -> bool:
    roles = {finding.slug: finding for finding in diagnose([cause, other], scope)}
    assert roles[cause.slug].role == "cause"
    assert (roles[other.slug].cause == cause.key) is (roles[other.slug].role == "consequence") is (other.code in roles[cause.slug].explains)
    return roles[other.slug].role == "consequence"


CRASH = found("crash", "pods", DEPLOYMENT)


@pytest.mark.parametrize(("cause", "other", "expected"), [
    (CRASH, found("unready", "slices", WEB, symptom=True), True),
    (CRASH, found("unready", "slices", WEB), False),  # a defect is wrong by itself
    (found("crash", "pods", DEPLOYMENT, WARNING), found("unready", "slices", WEB, symptom=True), False),
    (found("crash", "pods", DEPLOYMENT, partial=True), found("unready", "slices", WEB, symptom=True), False),
    (found("remark", "spec", WEB, INFO), found("unready", "slices", WEB, INFO, symptom=True), False),
    # Ports
    (found("wrong", "spec", WEB, port="80/TCP"), found("closed", "ports", WEB, symptom=True, port="80/TCP"), True),
    (found("wrong", "spec", WEB, port="81/TCP"), found("closed", "ports", WEB, symptom=True, port="80/TCP"), False),
    (found("wrong", "spec", WEB), found("closed", "ports", WEB, symptom=True, port="80/TCP"), True),
    # Workloads: what holds one back leaves the other alone
    (CRASH, found("next", "sts", SET, symptom=True), False),
    (CRASH, found("loopback", "ports", POD, symptom=True), True),
    (CRASH, found("loopback", "ports", MEMBER, symptom=True), False),
    (found("crash", "pods", SET), found("next", "sts", SET, symptom=True), True),
    (found("selector", "selector", WEB), found("loopback", "ports", POD, symptom=True), True),
    (found("node", "pods", NODE), found("next", "sts", SET, symptom=True), True),
    # The cluster's DNS is beside the Service, and a client beside both
    (found("crash", "pods", DEPLOYMENT, WARNING), found("slow", "dns", SERVER, WARNING, symptom=True), False),
    (found("node", "external", NODE), found("silent", "dns", SERVER, symptom=True), True),
    (found("corefile", "dns", ObjectRef("v1", "ConfigMap", "kube-system", "coredns")), found("silent", "dns", SERVER, symptom=True), True),
    (found("lost", "dns", SECOND), found("silent", "dns", SERVER, symptom=True), False),
    (found("down", "dns", DNS), found("lost", "dns", CLIENT, symptom=True), True),
    (found("crash", "pods", DEPLOYMENT, WARNING, partial=True), found("lost", "dns", CLIENT, WARNING, symptom=True, partial=True), False),
    (found("elsewhere", "dns", CLIENT), found("differs", "dns", WEB, symptom=True), True),
    # The name of a Service with an address does not depend on its Pods
    (CRASH, found("differs", "dns", WEB, symptom=True), False),
    (found("address", "spec", WEB), found("differs", "dns", WEB, symptom=True), True),
    # A connection to an address does not depend on names
    (found("egress", "dns", CLIENT), found("unreached", "proxy", CLIENT, symptom=True), False),
    # What names another one explains it wherever it lies, but for other ports and workloads
    (found("stuck", "sts", SET, explains=("crash",)), found("crash", "pods", SET), True),
    (found("stuck", "sts", SET, explains=("crash",)), CRASH, False),
    (found("deadlock", "sts", WEB, explains=("crash",), about=(SET,)), CRASH, False),
    (found("deadlock", "sts", WEB, explains=("crash",), about=(SET,)), found("crash", "pods", SET), True),
    (found("node", "proxy", WEB, port="80/TCP", partial=True, explains=("silent",)), found("silent", "dns", DNS, symptom=True, partial=True), True),
    (found("one", "ports", WEB, port="80/TCP", explains=("two",)), found("two", "ports", WEB, port="81/TCP"), False),
])
def test_a_cause_explains_what_lies_in_its_scope(cause: Finding, other: Finding, expected: bool) -> None:
    assert explained(cause, other) is expected


def test_the_names_of_a_headless_service_depend_on_its_pods() -> None:
    assert explained(CRASH, found("differs", "dns", WEB, symptom=True), only(Parts(WEB, ("80/TCP",), True, {POD: DEPLOYMENT})))


def test_a_consequence_hangs_under_the_end_of_its_chain_and_under_no_namesake() -> None:
    first = found("a", "spec", WEB, explains=("b",), port="80/TCP")
    second = found("b", "ports", WEB, explains=("c",), port="80/TCP")
    third, namesake = found("c", "slices", WEB, port="80/TCP"), found("c", "slices", WEB, port="81/TCP")
    by_key = {finding.key: finding for finding in diagnose([third, namesake, second, first], SCOPE)}
    assert by_key[first.key].explains == ("B", "C")
    assert by_key[third.key].cause == by_key[second.key].cause == first.key
    assert by_key[namesake.key].role == "cause"


def test_of_findings_that_name_each_other_one_stays_a_cause() -> None:
    one, two = found("a", "spec", WEB, explains=("b",)), found("b", "spec", WEB, explains=("a",))
    assert sorted(finding.role for finding in diagnose([one, two], SCOPE)) == ["cause", "consequence"]


PORTS = only(Parts(WEB, ("53/UDP", "53/TCP")))


@pytest.mark.parametrize(("findings", "expected"), [
    ([], "healthy"),
    ([found("a", "spec", WEB, INFO)], "healthy"),
    ([found("a", "spec", WEB, WARNING)], "degraded"),
    ([found("a", "spec", WEB)], "broken"),
    ([found("a", "spec", WEB, partial=True)], "degraded"),
    ([found("a", "ports", WEB, port="53/TCP")], "degraded"),
    ([found("a", "ports", WEB, port="53/TCP"), found("a", "ports", WEB, port="53/UDP")], "broken"),
    ([found("a", "ports", WEB, port="53/TCP"), found("b", "ports", WEB, port="53/UDP", partial=True)], "degraded"),
])
def test_clients_are_served_as_long_as_one_port_is(findings: list[Finding], expected: Verdict) -> None:
    assert verdict(findings, (), PORTS) == expected


def test_a_finding_beats_an_unknown_and_what_was_not_tried_is_none() -> None:
    withheld, untried = Unknown("pods", "forbidden"), Unknown("pods", "not-tried")
    assert verdict((), (withheld,), PORTS) == "unknown"
    assert verdict((), (untried,), PORTS) == "healthy"
    assert verdict((CRASH,), (withheld,), PORTS) == "broken"


def service(number: int) -> ObjectRef:
    return ObjectRef("v1", "Service", "shop", f"web-{number}")


def within(*numbers: int) -> frozenset[str]:
    return frozenset(f"shop/web-{number}" for number in numbers)


TEN = Scope({f"shop/web-{number}": Parts(service(number), ("80/TCP",)) for number in range(10)}, {f"shop/web-{number}": 1 for number in range(10)})


def test_what_fails_at_the_trunk_hangs_under_the_cause_in_its_branch() -> None:
    broken = found("selector", "selector", service(3), branches=within(3))
    seen = found("seen", "slices", ObjectRef("v1", "Service", "shop", "entry"), symptom=True)
    by_slug = {finding.slug: finding for finding in diagnose([seen, broken], TEN)}
    assert by_slug["seen"].cause == broken.key
    assert by_slug["selector"].branches == within(3)


def test_a_cause_explains_nothing_in_another_branch() -> None:
    broken = found("selector", "selector", service(3), branches=within(3))
    roles = {finding.slug: finding.role for finding in diagnose([broken, found("empty", "slices", service(4), symptom=True, branches=within(4))], TEN)}
    assert roles == {"selector": "cause", "empty": "cause"}


def test_a_node_and_an_address_family_have_causes_of_their_own() -> None:
    silent = found("silent", "slices", WEB, symptom=True, node="node1")
    assert explained(found("dead", "pods", WEB, node="node1"), silent)
    assert not explained(found("dead", "pods", WEB, node="node2"), silent)
    assert explained(found("dead", "pods", WEB), silent)
    assert not explained(found("four", "spec", WEB, family="IPv4"), found("six", "slices", WEB, symptom=True, family="IPv6"))


def test_what_several_branches_have_in_common_is_told_once_as_it_is_where_it_is_gravest() -> None:
    mild, grave = found("crash", "pods", DEPLOYMENT, WARNING, branches=within(1)), found("crash", "pods", DEPLOYMENT, branches=within(2))
    (one,) = diagnose([mild, grave], TEN)
    assert (one.branches, one.problem.severity) == (within(1, 2), ERROR)


def test_a_consequence_to_one_branch_is_no_cause_in_another() -> None:
    stuck = found("stuck", "sts", SET, explains=("crash",), branches=within(0))
    crash = [found("crash", "pods", SET, branches=within(number)) for number in (0, 1)]
    assert [(finding.slug, finding.role) for finding in diagnose([stuck, *crash], TEN)] == [("stuck", "cause"), ("crash", "consequence")]


@pytest.mark.parametrize(("broken", "weights", "expected"), [
    (within(3), {}, "degraded"),
    (within(*range(10)), {}, "broken"),
    (within(*range(9)), {"shop/web-9": 0}, "broken"),  # nobody is sent to the one that works
    (within(9), {"shop/web-9": 0}, "degraded"),
    (None, {}, "broken"),  # at the trunk
])
def test_a_subject_is_broken_where_no_branch_serves_that_should(broken: frozenset[str] | None, weights: dict[str, int], expected: Verdict) -> None:
    scope = Scope(TEN.branches, {**TEN.serving, **weights})
    findings = [found("a", "spec", service(3), branches=frozenset({branch})) for branch in broken] if broken else [found("a", "spec", WEB)]
    assert verdict(findings, (), scope) == expected


def test_where_some_nodes_or_one_family_fail_others_are_served() -> None:
    assert verdict([found("dead", "proxy", WEB, node="node1")], (), SCOPE) == "degraded"
    assert verdict([found("dead", "spec", WEB, family="IPv6")], (), SCOPE) == "degraded"


WAITED = Scope({"shop/web": PARTS, "shop/db": Parts(service(1), ("5432/TCP",))}, {"shop/web": 1}, {service(1): "shop/db"})


def test_what_pods_wait_for_is_the_cause_where_it_gives_its_clients_nothing() -> None:
    waits = found("waits", "pods", DEPLOYMENT, awaits=(Wait(service(1)),), branches=frozenset({"shop/web"}))
    root = found("selector", "selector", service(1), branches=frozenset({"shop/db"}))
    remark = found("remark", "spec", service(1), INFO, branches=frozenset({"shop/db"}))
    assert [(finding.slug, finding.role) for finding in diagnose([waits, root, remark], WAITED)] == [("selector", "cause"), ("waits", "consequence")]
    assert verdict([waits, root, remark], (), WAITED) == "broken"


def test_what_is_wrong_with_a_service_that_serves_nevertheless_is_no_cause_of_waiting() -> None:
    waits = found("waits", "pods", DEPLOYMENT, awaits=(Wait(service(1)),), branches=frozenset({"shop/web"}))
    some = found("slow", "pods", SET, WARNING, branches=frozenset({"shop/db"}))
    assert [finding.slug for finding in diagnose([waits, some], WAITED)] == ["waits"]
    assert verdict([some], (), WAITED) == "healthy"
