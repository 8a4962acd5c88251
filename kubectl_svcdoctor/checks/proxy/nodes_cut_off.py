"""From a client's Pod the Pods on its own node are reached, and those on other nodes are not.

Why it breaks:
The network plugin carries packets of Pods from node to node: in a tunnel (VXLAN, IP-in-IP, WireGuard), or by routes. A firewall or a cloud's security group
that drops the tunnel's packets, a node's address that the plugin has wrong, a missing route, and a node that does not forward packets all look the same to
a Pod: what is on its own node answers, and nothing else does.

How to fix:
Look at both nodes, the client's and the other one: the network plugin's Pods there and their logs; whether the tunnel's packets come through (VXLAN: UDP 8472
or 4789, IP-in-IP: protocol 4, WireGuard: UDP 51820, BGP: TCP 179); the routes to the other node's Pods; sysctl net.ipv4.ip_forward, which has to be 1; and
the policy of the chain FORWARD, which Docker and firewalld set to DROP.

Look yourself:
kubectl get pods -A -o wide --field-selector spec.nodeName=NODE
kubectl exec POD -- nc -zv -w 2 PODIP PORT

Reference:
https://kubernetes.io/docs/concepts/cluster-administration/networking/
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.pods.affected import names
from kubectl_svcdoctor.graph.proxy.across import CutOff
from kubectl_svcdoctor.graph.proxy.nodes import AgentPods, Spread
from kubectl_svcdoctor.graph.proxy.vantage import pods_on
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.questions import at
from kubectl_svcdoctor.model.service import Service


@symptom("NET111", "cni-cross-node")
def nodes_cut_off(service: Service, cut: CutOff, spread: Spread, agents: AgentPods | None = None) -> Problem:
    here, there = cut.vantage.node, names(list(cut.nodes))
    pod, number, reply = cut.far[0]
    several = "s" if len(cut.nodes) > 1 else ""
    return Problem(
        object=service, node=here, severity=Severity.ERROR, partial=True,
        summary=f"from Pod {cut.vantage.pod} on node {here} Pods on node{several} {there} are not reached ({reply.words}); those on its own node are",
        evidence=(f"{at(pod.status.pod_ip, number)} on node {pod.spec.node_name}: {reply.words}",
                  f"Pod {cut.near.name} on node {here} accepts connections from there", spread.says,
                  *(f"Pod {agent.namespace}/{agent.name} on node {agent.spec.node_name} is not ready" for agent in (agents.failing if agents else ()))),
        fix=Fix(f"see what keeps packets of Pods between nodes {here} and {there}: the network plugin's Pods and routes, a firewall for its tunnel (VXLAN: UDP "
                "8472 or 4789; IP-in-IP: protocol 4; WireGuard: UDP 51820), sysctl net.ipv4.ip_forward and the policy of the chain FORWARD on both nodes",
                tuple(map(pods_on, spread.suspects[:2]))),
        explains=("pods-unreachable-from-pod", "service-address-unreachable", "dns-address-silent", "dns-udp-conntrack-5s"),
    )
