"""Something between this machine and a node drops what is sent to its node port.

Why it breaks:
The node answers there to somebody else, a Pod or the API server, and not to this machine, which other node ports do answer. So the rules for the port are
there, and what is between drops it: a security group, a firewall of the network or of the node that admits some sources only, or a Service's
loadBalancerSourceRanges.

How to fix:
Open the node port for these clients, for TCP, on the nodes that are called: in the cloud's security group, and in the node's own firewall.

Look yourself:
nc -zv -w 2 NODE-ADDRESS NODE-PORT
kubectl get service NAME -n NAMESPACE -o jsonpath={.spec.ports[*].nodePort}

Reference:
https://kubernetes.io/docs/reference/networking/ports-and-protocols/
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.nodeport.accusation import Elsewhere, beyond
from kubectl_svcdoctor.graph.nodeport.suspects import Suspect, everywhere, silent
from kubectl_svcdoctor.graph.nodeport.views import NodePortsByServer, PodView, TellingView
from kubectl_svcdoctor.model.command import kubectl
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.service import Service


@symptom("NOD204", "nport-firewall")
def firewall_before_node(service: Service, here: TellingView, pod: PodView | None = None, server: NodePortsByServer | None = None) -> Iterator[Problem]:
    for suspect in chain(silent(here), everywhere(here, lambda attempt: attempt.silent)):
        elsewhere = beyond(suspect, pod, server)
        if elsewhere:
            yield _problem(service, suspect, elsewhere)


def _problem(service: Service, suspect: Suspect, elsewhere: Elsewhere) -> Problem:
    named = f"node {suspect.node}" if suspect.node else "the nodes"
    ranges = service.spec.load_balancer_source_ranges
    return Problem(
        object=service, severity=Severity.WARNING, partial=True, node=suspect.node, port=suspect.port,
        summary=f"{suspect.does('gives', 'give')} no answer to connections from this machine, and {elsewhere.place}accepts them "
                f"from {elsewhere.who}: something in between drops them",
        evidence=(*suspect.evidence, *((f"the Service admits {', '.join(ranges)} alone (loadBalancerSourceRanges)",) if ranges else ())),
        fix=Fix(f"open {' and '.join(f'{port.node_port}/TCP' for port in suspect.ports)} for this machine in what stands before {named}: a security group, "
                "a firewall of the network, or the node's own", (kubectl("get", suspect.nodes[0], "-o", "wide"),)),
    )
