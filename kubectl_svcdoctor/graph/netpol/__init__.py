"""What the NetworkPolicies of a cluster, all together, say about one connection: allowed, denied by which policies, or left open.

They tell what the policies demand. Whether the network plugin enforces them is another fact, which a probe tells, and policies of other kinds
(AdminNetworkPolicy, those of network plugins) are not looked at.
"""

from kubectl_svcdoctor.graph.netpol.decide import allowed, egress, ingress, selecting
from kubectl_svcdoctor.graph.netpol.missing import adding, missing_rule
from kubectl_svcdoctor.graph.netpol.parties import AnyPod, APIServer, KnownPod, NodeItself, Outside, PodElsewhere, Port, Source, Target
from kubectl_svcdoctor.graph.netpol.policies import Policies
from kubectl_svcdoctor.graph.netpol.verdict import Allowed, Denial, Denied, NearMiss, Undecided, Verdict

__all__ = [
    "APIServer", "Allowed", "AnyPod", "Denial", "Denied", "KnownPod", "NearMiss", "NodeItself", "Outside", "PodElsewhere", "Policies", "Port", "Source",
    "Target", "Undecided", "Verdict", "adding", "allowed", "egress", "ingress", "missing_rule", "selecting",
]
