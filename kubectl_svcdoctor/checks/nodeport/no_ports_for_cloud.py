"""A load balancer of a cloud has no node port to send to.

Why it breaks:
With allocateLoadBalancerNodePorts: false the Service has no node ports. Load balancers that send to nodes at a node port, as most clouds' do, have no place to
send to; those that route to the address itself (MetalLB, kube-vip, Cilium) or to Pods need none.

How to fix:
Have the node ports allocated. A port that is there stays, whatever is set later.

Look yourself:
kubectl describe service NAME -n NAMESPACE

Reference:
https://kubernetes.io/docs/concepts/services-networking/service/#load-balancer-nodeport-allocation
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import symptom
from kubectl_svcdoctor.graph.local import Doors, LocalReplies, told
from kubectl_svcdoctor.model.evidence import Nodes, Now
from kubectl_svcdoctor.model.finding import Fix, Patch, Problem, Severity, patch_command
from kubectl_svcdoctor.model.keeper import lasting
from kubectl_svcdoctor.model.service import Service

# Clouds whose controllers send to node ports unless they are told otherwise; by the start of a node's providerID.
_CLOUDS = {"aws": "AWS", "gce": "Google Cloud", "openstack": "OpenStack", "digitalocean": "DigitalOcean", "hcloud": "Hetzner", "linode": "Linode",
           "ocid1": "Oracle Cloud", "ibm": "IBM Cloud", "vultr": "Vultr"}
_SLOW = 300.0


@symptom("NOD213", "nport-excluded-lb-disabled")
def no_ports_for_cloud(service: Service, nodes: Nodes, now: Now, doors: Doors | None = None, replies: LocalReplies | None = None) -> Problem | None:
    """A remark, and only where the load balancer is seen not to serve: which one is in charge, and what it sends to, is not in the API."""
    spec = service.spec
    cloud = next((name for node in nodes for start, name in _CLOUDS.items() if node.spec.provider_id.partition(":")[0].partition(".")[0] == start), "")
    if spec.type != "LoadBalancer" or spec.allocate_load_balancer_node_ports is not False or spec.load_balancer_class or not cloud or any(
            port.node_port for port in spec.ports):
        return None
    heard = [reply.outcome for _, reply in told(doors or Doors(), replies or LocalReplies())]
    pending = not service.status.load_balancer.ingress and now.seconds_since(service.metadata.creation_timestamp) > _SLOW
    if not pending and not (heard and all(outcome != "open" for outcome in heard)):
        return None
    seen = "it has no external address yet" if pending else "no external address of it accepts connections from this machine"
    return Problem(
        object=service, severity=Severity.INFO, partial=True, field=("spec", "allocateLoadBalancerNodePorts"),
        summary=f"Service {service.name} has no node ports (allocateLoadBalancerNodePorts is false), to which load balancers of {cloud} usually send",
        evidence=(seen,),
        # Which numbers the API server will choose cannot be worked out, so that this is no patch to try on the data.
        fix=Fix(lasting("have node ports allocated, unless its load balancer sends to Pods", service),
                (patch_command(Patch(service.ref, "merge", {"spec": {"allocateLoadBalancerNodePorts": True}})),)),
    )
