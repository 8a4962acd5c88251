"""A Pod does not reach itself by way of its own Service.

Why it breaks:
A connection to the Service's address may be sent to the very Pod that opens it. The packet then has to leave the node's bridge by the port on which it came
in (hairpin), which a bridge does only if it is told to. Without that the Pod gets no answer, always where it is the only endpoint, and now and then
where there are others. All other clients are served.

How to fix:
Switch hairpin mode on in the network plugin's configuration (hairpinMode: true of the CNI plugin bridge), and recreate the Pods; or let the application call
itself at localhost.

Look yourself:
kubectl exec POD -- nc -zv -w 2 CLUSTERIP PORT
grep . /sys/class/net/*/brport/hairpin_mode    # on the node

Reference:
https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/#a-pod-fails-to-reach-itself-via-the-service-ip
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.dns.from_pod import Well
from kubectl_svcdoctor.graph.proxy.at_vantage import AtVantage, ShutAddress
from kubectl_svcdoctor.graph.proxy.tried import Tried
from kubectl_svcdoctor.model.evidence import ServiceSlices, VantagePod
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.questions import at
from kubectl_svcdoctor.model.service import Service


@symptom("NET113", "kp-hairpin")
def hairpin(
    service: Service, shut: ShutAddress, slices: ServiceSlices, client: VantagePod, state: AtVantage | None = None, well: Well | None = None
) -> Iterator[Problem]:
    """Only where it is known that the node forwards addresses, and where no other endpoint is on it that may be what fails."""
    forwards = (state is not None and state.current) or (well is not None and not well.cache)
    if not client or not forwards:
        return
    nodes = {address: entry.node_name for part in slices for entry in part.endpoints or () for address in entry.addresses[:1]}
    for tried in shut.tried:
        if not _itself(tried, client[0].addresses, nodes):
            continue
        opened, every = tried.tries
        times = f"{every - opened} of {every} connections to its address get" if tried.mixed else "its address gives"
        yield Problem(
            object=service, port=tried.port.label, severity=Severity.WARNING if tried.mixed else Severity.ERROR, partial=True,
            summary=f"Pod {tried.vantage.pod} does not reach itself by way of its own Service {service.name}: {times} no answer",
            evidence=(f"it is {'the only endpoint' if len(tried.endpoints) == 1 else f'one of {len(tried.endpoints)} endpoints'} of "
                      f"{at(tried.address, tried.port.port)}, and the only one on node {tried.vantage.node}",
                      "all endpoints accept its connections at their own addresses",
                      f"node {tried.vantage.node} forwards addresses of Services: "
                      + ("kube-proxy there says that its rules are up to date" if state and state.current else "the cluster's DNS answers there")),
            fix=Fix(f"see whether hairpin mode is on for the Pods of node {tried.vantage.node} (hairpinMode of the network plugin; on the node "
                    "/sys/class/net/*/brport/hairpin_mode has to be 1), or let the application call itself at localhost"),
            explains=("service-address-unreachable",),
        )


def _itself(tried: Tried, own: tuple[str, ...], nodes: dict[str, str]) -> bool:
    """Whether it is itself that the client does not reach: an endpoint, alone on its node, and alive like all others."""
    ends = [address for address, *_ in tried.endpoints]
    mine = [address for address in ends if address in own]
    beside = [address for address in ends if address not in own and nodes.get(address) == tried.vantage.node]
    silent = tried.service is not None and tried.service.words == "no answer"
    return tried.itself and bool(mine) and not beside and not tried.dead and silent and (tried.mixed or len(ends) == len(mine))
