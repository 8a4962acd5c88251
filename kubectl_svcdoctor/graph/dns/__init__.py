"""What the cluster's DNS should answer, and what each of its servers does answer."""

from kubectl_svcdoctor.graph.dns.answers import answers
from kubectl_svcdoctor.graph.dns.differences import differing
from kubectl_svcdoctor.graph.dns.handed_out import astray
from kubectl_svcdoctor.graph.dns.made import server_pods
from kubectl_svcdoctor.graph.dns.servers import cluster_dns
from kubectl_svcdoctor.graph.dns.state import server_state

__all__ = ["answers", "astray", "cluster_dns", "differing", "server_pods", "server_state"]
