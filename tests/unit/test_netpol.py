"""What NetworkPolicies allow: the documented recipes as a table, then what the API leaves open or nobody has read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from kubectl_svcdoctor.checks.proxy.pods_unreachable import pods_unreachable
from kubectl_svcdoctor.collect.casefile import manifests
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.graph.fixes.patches import apply
from kubectl_svcdoctor.graph.netpol import (
    Allowed,
    AnyPod,
    APIServer,
    Denied,
    KnownPod,
    NodeItself,
    Outside,
    PodElsewhere,
    Policies,
    Port,
    Source,
    Target,
    Undecided,
    Verdict,
    allowed,
    egress,
    ingress,
    selecting,
)
from kubectl_svcdoctor.graph.netpol.judged import Calls
from kubectl_svcdoctor.graph.netpol.missing import adding, written
from kubectl_svcdoctor.graph.proxy.nodes import Spread
from kubectl_svcdoctor.graph.proxy.tried import Reach, Tried
from kubectl_svcdoctor.model.cluster import Namespace, Node
from kubectl_svcdoctor.model.finding import Patch, Severity
from kubectl_svcdoctor.model.meta import TracedMeta
from kubectl_svcdoctor.model.policy import NetworkPolicy
from kubectl_svcdoctor.model.questions import Dialled, Inside
from kubectl_svcdoctor.model.service import Service, ServicePort, ServiceSpec
from kubectl_svcdoctor.model.workload import Pod
from kubectl_svcdoctor.probe.door import NoProbe
from tests.support.cases import cases

Manifest = dict[str, Any]
WORLD = """
- {kind: Namespace, metadata: {name: shop, labels: {team: front, kubernetes.io/metadata.name: shop}}}
- {kind: Namespace, metadata: {name: tools, labels: {team: ops, kubernetes.io/metadata.name: tools}}}
- kind: Node
  metadata: {name: node1}
  spec: {podCIDR: 10.244.1.0/24, podCIDRs: [10.244.1.0/24]}
  status: {addresses: [{type: InternalIP, address: 192.168.0.1}, {type: Hostname, address: node1}]}
- kind: Node
  metadata: {name: node2}
  spec: {podCIDR: 10.244.2.0/24, podCIDRs: [10.244.2.0/24]}
  status: {addresses: [{type: InternalIP, address: 192.168.0.2}]}
- kind: Pod
  metadata: {name: web, namespace: shop, labels: {app: web, tier: back, pod-template-hash: 5f6}}
  spec: {nodeName: node1, containers: [{name: web, ports: [{name: http, containerPort: 8080}, {name: dns, containerPort: 53, protocol: UDP}]}]}
  status: {podIP: 10.244.1.5, podIPs: [{ip: 10.244.1.5}, {ip: "fd00:1::5"}]}
- kind: Pod
  metadata: {name: canary, namespace: shop, labels: {app: web, tier: canary}}
  spec: {nodeName: node2, containers: [{name: web, ports: [{name: http, containerPort: 9090}]}]}
  status: {podIP: 10.244.2.5, podIPs: [{ip: 10.244.2.5}]}
- kind: Pod
  metadata: {name: client, namespace: shop, labels: {app: client}}
  spec: {nodeName: node2, containers: [{name: client}]}
  status: {podIP: 10.244.2.7, podIPs: [{ip: 10.244.2.7}]}
- kind: Pod
  metadata: {name: bare, namespace: shop}
  spec: {nodeName: node2, containers: [{name: bare}]}
  status: {podIP: 10.244.2.8}
- kind: Pod
  metadata: {name: probe, namespace: tools, labels: {app: probe, topology.kubernetes.io/zone: a}}
  spec: {nodeName: node2, containers: [{name: probe}]}
  status: {podIP: 10.244.2.9, podIPs: [{ip: 10.244.2.9}]}
- kind: Pod
  metadata: {name: agent, namespace: tools, labels: {app: agent}}
  spec: {nodeName: node1, hostNetwork: true, containers: [{name: agent, ports: [{name: metrics, containerPort: 9100}]}]}
  status: {podIP: 192.168.0.1, podIPs: [{ip: 192.168.0.1}], hostIP: 192.168.0.1}
"""
HOME, AWAY = Outside(("203.0.113.7",)), Outside(("2001:db8::7",))


def decoded(text: str, what: str) -> tuple[Any, ...]:
    versions = {"NetworkPolicy": "networking.k8s.io/v1"}
    return manifests([{"apiVersion": versions.get(item["kind"], "v1"), **item} for item in yaml.safe_load(text)], what)


OBJECTS = decoded(WORLD, "the world")
PODS: Mapping[str, KnownPod] = {item.name: KnownPod(item) for item in OBJECTS if isinstance(item, Pod)}
NODES: Mapping[str, NodeItself] = {item.name: NodeItself(item) for item in OBJECTS if isinstance(item, Node)}
NAMESPACES = tuple(item for item in OBJECTS if isinstance(item, Namespace))
WEB, CANARY, CLIENT, BARE, PROBE, AGENT = (PODS[name] for name in ("web", "canary", "client", "bare", "probe", "agent"))


def policy(name: str, spec: str, namespace: str = "shop") -> NetworkPolicy:
    found: tuple[NetworkPolicy, ...] = decoded(
        yaml.safe_dump([{"kind": "NetworkPolicy", "metadata": {"name": name, "namespace": namespace}, "spec": yaml.safe_load(spec)}]), name)
    return found[0]


def policies(*specs: str, namespace: str = "shop") -> Policies:
    return Policies.of([policy(f"p{place}", spec, namespace) for place, spec in enumerate(specs)], namespaces=NAMESPACES)


def said(verdict: Verdict) -> str:
    """As a table has it."""
    return {Allowed: "allowed", Denied: "denied", Undecided: "undecided"}[type(verdict)]


DENY_IN, DENY_OUT = "{podSelector: {}, policyTypes: [Ingress]}", "{podSelector: {}, policyTypes: [Egress]}"
DENY_ALL = "{podSelector: {}, policyTypes: [Ingress, Egress]}"
ALLOW_IN, ALLOW_OUT = "{podSelector: {}, policyTypes: [Ingress], ingress: [{}]}", "{podSelector: {}, policyTypes: [Egress], egress: [{}]}"


def into_web(rule: str) -> str:
    return f"{{podSelector: {{matchLabels: {{app: web}}}}, policyTypes: [Ingress], ingress: [{rule}]}}"


def out_of_client(rule: str) -> str:
    return f"{{podSelector: {{matchLabels: {{app: client}}}}, policyTypes: [Egress], egress: [{rule}]}}"


FROM_CLIENT = into_web("{from: [{podSelector: {matchLabels: {app: client}}}]}")
BLOCK = into_web("{from: [{ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.64/26]}}]}")
DNS = "{to: [{namespaceSelector: {}, podSelector: {matchLabels: {k8s-app: kube-dns}}}], ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]}"
SERVERS = AnyPod("kube-system", (("k8s-app", "kube-dns"),))


@pytest.mark.parametrize(("specs", "source", "target", "port", "expected"), [
    # default policies (concept page)
    ([], CLIENT, WEB, Port(8080), "allowed"),
    ([DENY_IN], CLIENT, WEB, Port(8080), "denied"),
    ([DENY_IN], WEB, PROBE, Port(8080), "allowed"),
    ([DENY_OUT], CLIENT, WEB, Port(8080), "denied"),
    ([DENY_OUT], PROBE, WEB, Port(8080), "allowed"),
    ([DENY_ALL], PROBE, WEB, Port(8080), "denied"),
    ([DENY_ALL], WEB, PROBE, Port(8080), "denied"),
    ([DENY_IN, ALLOW_IN], PROBE, WEB, Port(8080), "allowed"),
    ([DENY_OUT, ALLOW_OUT], CLIENT, HOME, Port(443), "allowed"),
    ([DENY_ALL, ALLOW_IN], CLIENT, WEB, Port(8080), "denied"),
    # policyTypes left out: ingress always, egress with egress rules
    (["{podSelector: {}}"], CLIENT, WEB, Port(8080), "denied"),
    (["{podSelector: {}}"], CLIENT, PROBE, Port(8080), "allowed"),
    (["{podSelector: {}, egress: [{}]}"], CLIENT, PROBE, Port(8080), "allowed"),
    (["{podSelector: {}, egress: [{ports: [{port: 443}]}]}"], CLIENT, PROBE, Port(8080), "denied"),
    (["{podSelector: {}, egress: [{}]}"], PROBE, WEB, Port(8080), "denied"),
    (["{podSelector: {}, policyTypes: [Egress], egress: [{}]}"], PROBE, WEB, Port(8080), "allowed"),
    (["{policyTypes: [Ingress]}"], CLIENT, WEB, Port(8080), "denied"),
    # from Pods, from a namespace, both in one item, both as two items
    ([FROM_CLIENT], CLIENT, WEB, Port(8080), "allowed"),
    ([FROM_CLIENT], BARE, WEB, Port(8080), "denied"),
    ([FROM_CLIENT], CLIENT, BARE, Port(8080), "allowed"),
    ([into_web("{from: [{podSelector: {}}]}")], BARE, WEB, Port(8080), "allowed"),
    ([into_web("{from: [{podSelector: {}}]}")], PROBE, WEB, Port(8080), "denied"),
    ([into_web("{from: [{podSelector: {}}]}")], HOME, WEB, Port(8080), "denied"),
    ([into_web("{from: [{podSelector: {matchLabels: {app: probe}}}]}")], PROBE, WEB, Port(8080), "denied"),
    ([into_web("{from: [{namespaceSelector: {}}]}")], PROBE, WEB, Port(8080), "allowed"),
    ([into_web("{from: [{namespaceSelector: {}}]}")], HOME, WEB, Port(8080), "denied"),
    ([into_web("{from: [{namespaceSelector: {matchLabels: {team: ops}}}]}")], PROBE, WEB, Port(8080), "allowed"),
    ([into_web("{from: [{namespaceSelector: {matchLabels: {team: ops}}}]}")], CLIENT, WEB, Port(8080), "denied"),
    ([into_web("{from: [{namespaceSelector: {matchLabels: {team: ops}}, podSelector: {matchLabels: {app: client}}}]}")], PROBE, WEB, Port(8080), "denied"),
    ([into_web("{from: [{namespaceSelector: {matchLabels: {team: ops}}, podSelector: {matchLabels: {app: client}}}]}")], CLIENT, WEB, Port(8080), "denied"),
    ([into_web("{from: [{namespaceSelector: {matchLabels: {team: ops}}}, {podSelector: {matchLabels: {app: client}}}]}")], CLIENT, WEB, Port(8080), "allowed"),
    ([into_web("{from: [{namespaceSelector: {matchLabels: {team: ops}}}, {podSelector: {matchLabels: {app: client}}}]}")], PROBE, WEB, Port(8080), "allowed"),
    ([into_web("{from: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [a, client]}]}}]}")], CLIENT, WEB, Port(8080), "allowed"),
    ([into_web("{from: [{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [client]}]}}]}")], CLIENT, WEB, Port(8080), "denied"),
    ([into_web("{from: [{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [client]}]}}]}")], BARE, WEB, Port(8080), "allowed"),
    ([into_web("{from: [{podSelector: {matchExpressions: [{key: app, operator: Exists}]}}]}")], BARE, WEB, Port(8080), "denied"),
    ([into_web("{from: [{podSelector: {matchExpressions: [{key: app, operator: DoesNotExist}]}}]}")], BARE, WEB, Port(8080), "allowed"),
    ([into_web("{from: []}")], PROBE, WEB, Port(8080), "allowed"),
    # several policies add up
    ([FROM_CLIENT, into_web("{from: [{namespaceSelector: {matchLabels: {team: ops}}}]}")], PROBE, WEB, Port(8080), "allowed"),
    ([FROM_CLIENT, DENY_IN], CLIENT, WEB, Port(8080), "allowed"),
    # ports: of the Pod, by protocol, by range, by name as each Pod has it
    ([into_web("{ports: [{port: 8080}]}")], CLIENT, WEB, Port(8080), "allowed"),
    ([into_web("{ports: [{port: 80}]}")], CLIENT, WEB, Port(8080), "denied"),
    ([into_web("{ports: [{port: 8080}]}")], CLIENT, WEB, Port(8080, "UDP"), "denied"),
    ([into_web("{ports: [{protocol: SCTP, port: 8080}]}")], CLIENT, WEB, Port(8080, "SCTP"), "allowed"),
    ([into_web("{ports: [{protocol: UDP}]}")], CLIENT, WEB, Port(5000, "UDP"), "allowed"),
    ([into_web("{ports: [{protocol: UDP}]}")], CLIENT, WEB, Port(5000), "denied"),
    ([into_web("{ports: [{port: 8000, endPort: 8080}]}")], CLIENT, WEB, Port(8080), "allowed"),
    ([into_web("{ports: [{port: 8000, endPort: 8080}]}")], CLIENT, WEB, Port(8000), "allowed"),
    ([into_web("{ports: [{port: 8000, endPort: 8080}]}")], CLIENT, WEB, Port(8081), "denied"),
    ([into_web("{ports: [{port: http}]}")], CLIENT, WEB, Port(8080), "allowed"),
    ([into_web("{ports: [{port: http}]}")], CLIENT, CANARY, Port(8080), "denied"),
    ([into_web("{ports: [{port: http}]}")], CLIENT, CANARY, Port(9090), "allowed"),
    ([into_web("{ports: [{port: dns}]}")], CLIENT, WEB, Port(53), "denied"),
    ([into_web("{ports: [{protocol: UDP, port: dns}]}")], CLIENT, WEB, Port(53, "UDP"), "allowed"),
    ([into_web("{ports: [{port: htpp}]}")], CLIENT, WEB, Port(8080), "denied"),
    ([out_of_client("{ports: [{port: http}]}")], CLIENT, CANARY, Port(9090), "allowed"),
    ([out_of_client("{ports: [{port: http}]}")], CLIENT, CANARY, Port(8080), "denied"),
    ([out_of_client("{ports: [{port: http}]}")], CLIENT, HOME, Port(8080), "denied"),
    ([into_web("{from: [{podSelector: {}}], ports: [{port: 80}]}, {from: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 8080}]}")],
     PROBE, WEB, Port(80), "denied"),
    # ipBlock, of both families
    ([BLOCK], HOME, WEB, Port(8080), "allowed"),
    ([BLOCK], Outside(("203.0.113.70",)), WEB, Port(8080), "denied"),
    ([BLOCK], Outside(("198.51.100.1",)), WEB, Port(8080), "denied"),
    ([BLOCK], AWAY, WEB, Port(8080), "denied"),
    ([BLOCK], Outside(("203.0.113.0/26",)), WEB, Port(8080), "allowed"),
    ([BLOCK], Outside(("203.0.113.0/24",)), WEB, Port(8080), "undecided"),
    ([BLOCK], Outside(("203.0.113.64/28",)), WEB, Port(8080), "denied"),
    ([BLOCK], Outside(), WEB, Port(8080), "undecided"),
    ([into_web('{from: [{ipBlock: {cidr: "2001:db8::/32", except: ["2001:db8:1::/48"]}}]}')], AWAY, WEB, Port(8080), "allowed"),
    ([into_web('{from: [{ipBlock: {cidr: "2001:db8::/32", except: ["2001:db8:1::/48"]}}]}')], Outside(("2001:DB8:1::9",)), WEB, Port(8080), "denied"),
    ([into_web('{from: [{ipBlock: {cidr: "::/0"}}]}')], HOME, WEB, Port(8080), "denied"),
    ([into_web('{from: [{ipBlock: {cidr: "::/0"}}]}')], Outside(), WEB, Port(8080), "undecided"),
    ([into_web('{from: [{ipBlock: {cidr: "::/0"}}]}'), into_web("{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}")], Outside(), WEB, Port(8080), "allowed"),
    ([out_of_client('{to: [{ipBlock: {cidr: "::/0"}}, {ipBlock: {cidr: 0.0.0.0/0}}]}')], CLIENT, Outside(), Port(443), "allowed"),
    ([into_web("{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}")], HOME, WEB, Port(8080), "allowed"),
    ([into_web("{from: [{ipBlock: {cidr: 203.0.113.9/24}}]}")], HOME, WEB, Port(8080), "allowed"),
    ([BLOCK, into_web("{from: [{ipBlock: {cidr: 203.0.113.64/26}}]}")], Outside(("203.0.113.70",)), WEB, Port(8080), "allowed"),
    ([out_of_client("{to: [{ipBlock: {cidr: 203.0.113.7/32}}]}")], CLIENT, HOME, Port(443), "allowed"),
    ([out_of_client("{to: [{ipBlock: {cidr: 10.96.0.0/12}}]}")], CLIENT, WEB, Port(8080), "denied"),
    # egress and ingress are both needed
    ([DENY_IN, into_web("{from: [{podSelector: {matchLabels: {app: client}}}]}"), DENY_OUT], CLIENT, WEB, Port(8080), "denied"),
    ([DENY_ALL, FROM_CLIENT, out_of_client("{to: [{podSelector: {matchLabels: {app: web}}}]}")], CLIENT, WEB, Port(8080), "allowed"),
    ([DENY_ALL, out_of_client("{to: [{podSelector: {matchLabels: {app: web}}}]}")], CLIENT, WEB, Port(8080), "denied"),
    # DNS forgotten, and not
    ([out_of_client("{to: [{podSelector: {matchLabels: {app: web}}}]}")], CLIENT, SERVERS, Port(53, "UDP"), "denied"),
    ([out_of_client("{to: [{podSelector: {matchLabels: {app: web}}}]}"), out_of_client(DNS)], CLIENT, SERVERS, Port(53, "UDP"), "allowed"),
    ([out_of_client(DNS)], CLIENT, SERVERS, Port(53, "TCP"), "allowed"),
    ([out_of_client(DNS)], CLIENT, SERVERS, Port(9153, "TCP"), "denied"),
])
def test_recipes(specs: list[str], source: Source, target: Target, port: Port, expected: str) -> None:
    verdict = allowed(policies(*specs), source, target, port)
    assert said(verdict) == expected, verdict


@pytest.mark.parametrize(("specs", "source", "target", "expected", "why"), [
    # who asks, or what is asked, is known in part
    ([FROM_CLIENT], AnyPod("shop"), WEB, "undecided", "the labels of the Pods in namespace shop are not known"),
    ([FROM_CLIENT], AnyPod("shop", (("app", "client"),)), WEB, "allowed", ""),
    ([FROM_CLIENT], AnyPod("shop", (("app", "other"),)), WEB, "denied", ""),
    ([FROM_CLIENT], AnyPod("tools"), WEB, "denied", ""),
    ([FROM_CLIENT], PodElsewhere("shop"), WEB, "denied", ""),
    ([into_web("{from: [{namespaceSelector: {}}]}")], PodElsewhere("shop"), WEB, "allowed", ""),
    ([into_web("{from: [{namespaceSelector: {matchLabels: {team: ops}}}]}")], PodElsewhere("shop"), WEB, "undecided",
     "the labels of the client's Namespace are not known"),
    ([into_web("{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}]}")], PodElsewhere("shop"), WEB, "denied", ""),
    ([into_web("{from: [{namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [shop]}]}}]}")],
     PodElsewhere("shop"), WEB, "allowed", ""),
    ([into_web("{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: probe}}}]}")], PodElsewhere("shop"), WEB, "undecided",
     "the labels of the client's Pod are not known"),
    ([into_web("{from: [{namespaceSelector: {matchLabels: {zone: dmz}}}]}")], AnyPod("unread"), WEB, "undecided",
     "the labels of Namespace unread are not known"),
    ([into_web("{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: unread}}}]}")], AnyPod("unread"), WEB, "allowed", ""),
    ([into_web("{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}}]}")], AnyPod("unread"), WEB, "denied", ""),
    ([DENY_IN], AnyPod("tools"), AnyPod("shop", (("app", "web"),)), "denied", ""),
    ([into_web("{ports: [{port: http}]}")], CLIENT, AnyPod("shop", (("app", "web"),)), "undecided", "it is not known which port the Pods name http"),
    ([FROM_CLIENT], BARE, AnyPod("shop", (("tier", "back"),)), "undecided", "the labels of the Pods in namespace shop are not known"),
    ([FROM_CLIENT, DENY_IN], BARE, AnyPod("shop", (("tier", "back"),)), "denied", ""),
    ([FROM_CLIENT], CLIENT, AnyPod("shop", (("tier", "back"),)), "allowed", ""),
    ([into_web("{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}")], AnyPod("tools"), WEB, "undecided", "ipBlock 10.0.0.0/8 holds the address"),
    ([into_web("{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}")], PodElsewhere("shop"), WEB, "undecided", "ipBlock 10.0.0.0/8 holds the client's address"),
    # what network plugins may do as they like
    ([into_web("{from: [{ipBlock: {cidr: 10.244.0.0/16}}]}")], PROBE, WEB, "undecided", "network plugins differ in whether ipBlock 10.244.0.0/16 holds Pods"),
    ([into_web("{from: [{ipBlock: {cidr: 10.9.0.0/16}}]}")], PROBE, WEB, "denied", ""),
    ([out_of_client("{to: [{ipBlock: {cidr: 10.244.1.0/24}}]}")], CLIENT, WEB, "undecided", "whether ipBlock 10.244.1.0/24 holds the address"),
    ([DENY_IN], WEB, WEB, "undecided", "what a Pod sends to itself"),
    ([DENY_IN, FROM_CLIENT], CLIENT, CLIENT, "undecided", "what a Pod sends to itself"),
    ([into_web("{from: [{podSelector: {}}]}")], WEB, WEB, "allowed", ""),
    # nodes, and Pods on their network
    ([DENY_IN], NODES["node1"], WEB, "allowed", ""),
    ([DENY_IN], NODES["node2"], WEB, "denied", ""),
    ([into_web("{from: [{ipBlock: {cidr: 192.168.0.0/24}}]}")], NODES["node2"], WEB, "undecided", "holds the address of the packets"),
    ([into_web("{from: [{ipBlock: {cidr: 192.168.0.0/24}}, {ipBlock: {cidr: 10.0.0.0/8}}]}")], NODES["node2"], WEB, "undecided", "holds the address"),
    ([into_web("{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}")], NODES["node2"], WEB, "allowed", ""),
    ([into_web("{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}")], NODES["node2"], WEB, "denied", ""),
    ([into_web("{from: [{podSelector: {}, namespaceSelector: {}}]}")], NODES["node2"], WEB, "denied", ""),
    ([DENY_IN], NODES["node2"], AnyPod("shop", (("app", "web"),)), "undecided", "it is not known which nodes the Pods run on"),
    ([DENY_IN], AGENT, WEB, "allowed", ""),
    ([DENY_IN], AGENT, CANARY, "denied", ""),
    ([into_web("{from: [{namespaceSelector: {}}]}")], AGENT, CANARY, "undecided", "whether selectors pick Pods on their node's network, such as agent"),
    ([into_web("{from: [{namespaceSelector: {matchLabels: {team: front}}}]}")], AGENT, CANARY, "denied", ""),
    ([into_web("{from: [{ipBlock: {cidr: 192.168.0.1/32}}]}")], AGENT, CANARY, "undecided", "holds the address of the packets"),
    ([DENY_OUT], WEB, AGENT, "allowed", ""),
    ([DENY_OUT], CLIENT, AGENT, "denied", ""),
    ([DENY_OUT], WEB, NODES["node1"], "allowed", ""),
    # the API server's proxy: from wherever it comes
    ([], APIServer(), WEB, "allowed", ""),
    ([ALLOW_IN], APIServer(), WEB, "allowed", ""),
    ([into_web("{ports: [{port: 8080}]}")], APIServer(), WEB, "allowed", ""),
    ([FROM_CLIENT], APIServer(), BARE, "allowed", ""),
    ([FROM_CLIENT], APIServer(), WEB, "undecided", "it is not known from where the API server connects"),
    ([DENY_IN], APIServer(), WEB, "undecided", "whether the API server connects from the Pod's own node"),
    # what cannot be read
    ([into_web("{from: [{ipBlock: {cidr: 10.0.0.0.0/8}}]}")], HOME, WEB, "undecided", "ipBlock 10.0.0.0.0/8 cannot be read"),
    ([into_web("{from: [{podSelector: {matchExpressions: [{key: app, operator: Like, values: [client]}]}}]}")], CLIENT, WEB, "denied", ""),
])
def test_what_is_known_in_part_or_left_open(specs: list[str], source: Source, target: Target, expected: str, why: str) -> None:
    verdict = allowed(policies(*specs), source, target, Port(8080))
    assert said(verdict) == expected, verdict
    assert not isinstance(verdict, Undecided) or (why and any(why in reason for reason in verdict.why)), verdict


@pytest.mark.parametrize(("source", "target"), [(WEB, AGENT), (CLIENT, AGENT), (AGENT, CLIENT)])
def test_policies_that_select_a_pod_on_its_nodes_network_deny_nothing_for_sure(source: Source, target: Target) -> None:
    why = "network plugins differ in whether policies apply to Pods on their node's network, such as agent"
    assert allowed(policies(DENY_ALL, namespace="tools"), source, target, Port(9100)) == Undecided((why,))
    assert allowed(policies(ALLOW_IN, ALLOW_OUT, namespace="tools"), source, target, Port(9100)) == Allowed()


def test_a_namespace_whose_policies_were_not_read_decides_nothing_but_beats_no_denial() -> None:
    shut = Policies.of([policy("shut", DENY_OUT)], read=["shop"])
    assert isinstance(allowed(shut, CLIENT, PROBE, Port(80)), Denied)
    half = Policies.of([], read=["shop"])
    assert allowed(half, CLIENT, PROBE, Port(80)) == Undecided(("the NetworkPolicies of namespace tools were not read",))
    assert egress(half, CLIENT, PROBE, Port(80)) == Allowed() == ingress(half, PodElsewhere("shop"), WEB, Port(80))
    assert said(allowed(half, PodElsewhere("shop"), WEB, Port(80))) == "undecided"
    assert said(allowed(Policies.of([policy("shut", DENY_OUT, "tools")]), PodElsewhere("shop"), WEB, Port(80))) == "undecided"
    assert isinstance(selecting(half, "Ingress", PROBE), Undecided)


def test_who_isolates_a_pod() -> None:
    given = policies(DENY_OUT, FROM_CLIENT, DENY_IN, into_web("{}"))
    found = selecting(given, "Ingress", WEB)
    assert not isinstance(found, Undecided) and [item.name for item in found] == ["p1", "p2", "p3"]
    found = selecting(given, "Ingress", CLIENT)
    assert not isinstance(found, Undecided) and [item.name for item in found] == ["p2"]
    assert isinstance(selecting(given, "Ingress", AnyPod("shop")), Undecided)


MISSING: list[tuple[list[str], Source, Target, dict[str, Any]]] = [
    ([DENY_IN], CLIENT, WEB, {"from": [{"podSelector": {"matchLabels": {"app": "client"}}}]}),
    ([DENY_IN], PROBE, WEB, {"from": [{"podSelector": {"matchLabels": {"app": "probe"}},
                                       "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "tools"}}}]}),
    ([DENY_IN], AnyPod("tools"), WEB, {"from": [{"podSelector": {}, "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "tools"}}}]}),
    ([DENY_IN], AnyPod("shop"), WEB, {"from": [{"podSelector": {}}]}),
    ([DENY_IN], PodElsewhere("shop"), WEB, {"from": [{"namespaceSelector": {"matchExpressions": [
        {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["shop"]}]}}]}),
    ([DENY_IN], HOME, WEB, {"from": [{"ipBlock": {"cidr": "203.0.113.7/32"}}]}),
    ([DENY_IN], AWAY, WEB, {"from": [{"ipBlock": {"cidr": "2001:db8::7/128"}}]}),
    ([DENY_IN], Outside(), WEB, {"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}, {"ipBlock": {"cidr": "::/0"}}]}),
    ([DENY_OUT], CLIENT, WEB, {"to": [{"podSelector": {"matchLabels": {"app": "web", "tier": "back"}}}]}),
    ([DENY_OUT], CLIENT, HOME, {"to": [{"ipBlock": {"cidr": "203.0.113.7/32"}}]}),
    ([out_of_client("{ports: [{port: 443}]}")], CLIENT, SERVERS, {"to": [
        {"podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}, "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}]}),
]


@pytest.mark.parametrize(("specs", "source", "target", "expected"), MISSING)
def test_the_missing_rule_is_a_value_and_allows_the_connection(specs: list[str], source: Source, target: Target, expected: dict[str, Any]) -> None:
    given = policies(*specs)
    verdict = allowed(given, source, target, Port(8080))
    assert isinstance(verdict, Denied)
    (denial,) = verdict.by
    assert [item.name for item in denial.policies] == ["p0"] and denial.missing
    assert written(denial.missing) == {**expected, "ports": [{"protocol": "TCP", "port": 8080}]}
    (before,) = (item for group in given.by_namespace.values() for item in group)
    after = apply(Patch(before.ref, "json", adding(before, denial.missing)), before)
    assert isinstance(after, NetworkPolicy)
    assert allowed(Policies.of([after], namespaces=NAMESPACES), source, target, Port(8080)) == Allowed()
    kept = len(before.rules(denial.direction))
    assert after.rules(denial.direction)[:kept] == before.rules(denial.direction) and len(after.rules(denial.direction)) == kept + 1


def test_nothing_is_proposed_where_nothing_tells_the_other_end_from_all_others() -> None:
    nameless = NodeItself(Node())
    verdict = allowed(policies(DENY_IN), nameless, WEB, Port(8080))
    assert isinstance(verdict, Denied) and verdict.by[0].missing is None


def test_both_sides_are_told_and_what_comes_near() -> None:
    wrong_port = into_web("{from: [{podSelector: {matchLabels: {app: client}}}], ports: [{port: 80}]}")
    given = policies(DENY_OUT, wrong_port, into_web("{from: [{namespaceSelector: {matchLabels: {team: ops}}}]}"))
    verdict = allowed(given, CLIENT, WEB, Port(8080))
    assert isinstance(verdict, Denied)
    out, back = verdict.by
    assert (out.direction, [item.name for item in out.policies], out.near) == ("Egress", ["p0"], ())
    assert (back.direction, [item.name for item in back.policies]) == ("Ingress", ["p1", "p2"])
    assert [(near.policy.name, near.place, near.lacks) for near in back.near] == [("p1", 0, "port"), ("p2", 0, "peer")]


@pytest.mark.parametrize(("specs", "told"), [
    ([], ""),
    ([DENY_IN], "the ingress of Pod web is limited by NetworkPolicy p0, which does not allow this"),
    ([into_web("{from: [{podSelector: {matchLabels: {app: client}}}], ports: [{port: 8080}]}")], ""),
    ([DENY_OUT], "the egress of Pod client is limited by NetworkPolicy p0, which does not allow this"),
    ([DENY_OUT, out_of_client("{ports: [{port: 80}]}")], "limited by NetworkPolicy p0, p1, none of which allows this"),
    ([DENY_OUT, out_of_client("{ports: [{port: 8080}]}")], ""),
    ([out_of_client("{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}")], "limited by NetworkPolicy p0"),
])
def test_only_policies_that_do_not_allow_a_connection_are_named_where_it_failed(specs: list[str], told: str) -> None:
    port = ServicePort(80, "http", target_port=8080)
    tried = Tried(Inside("shop", "client", "client", "node2"), port, "", None, ((WEB.pod, 8080, Dialled(False, "no answer")),), frozenset({"web"}))
    service = Service(metadata=TracedMeta(name="web", namespace="shop"), spec=ServiceSpec(ports=(port,)))
    judged = Calls(CLIENT, (), policies(*specs))
    (problem,) = pods_unreachable(service, Reach((tried,)), Spread(""), judged)
    said_of_policies = [entry for entry in problem.evidence if "NetworkPolicy" in entry]
    assert len(said_of_policies) == bool(told) and all(told in entry for entry in said_of_policies), problem.evidence


@pytest.mark.parametrize("name", ["a policy for other clients, beside a default deny; the rule goes into the one for these Pods",
                                  "the client may only call Pods that are not of the Service"])
def test_without_a_connection_a_denial_of_the_named_client_is_a_remark(name: str) -> None:
    case = next(case for case in cases() if case.file == "netpol/from-a-pod" and case.name == name)
    report = Doctor(case.source(), prober=NoProbe(), vantages=case.vantages).examine(case.examined_as())
    (found,) = report.findings
    assert (found.slug, found.problem.severity) == (case.finds[0]["slug"], Severity.INFO)
    assert "no connection was tried from there" in found.problem.evidence[0] and found.fix and found.fix.verified
