"""DNS servers run, and there is no Service in front of them.

Why it breaks:
The kubelets write the DNS Service's ClusterIP into every Pod's /etc/resolv.conf. Without that Service nothing answers at the address, and
no name resolves.

How to fix:
Create the Service again with the same ClusterIP as before: it stands in the resolv.conf of any running Pod, and as clusterDNS in the
kubelets' configuration.

Look yourself:
kubectl -n kube-system get service kube-dns
kubectl exec POD -- cat /etc/resolv.conf

Reference:
https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/#is-dns-service-up
"""

from __future__ import annotations

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.dns.state import NoDNSService
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef


@defect("DNS103", "dns-kube-dns-service-missing")
def service_missing(found: NoDNSService) -> Problem:
    made = found.deployment
    return Problem(
        object=ObjectRef("v1", "Service", made.namespace, "kube-dns"), severity=Severity.ERROR,
        summary=f"names do not resolve: no Service leads to the DNS servers of Deployment {made.namespace}/{made.name}",
        evidence=(f"no Service of namespace {made.namespace} has port 53 and a ClusterIP",),
        fix=Fix("create the DNS Service again, with the ClusterIP that Pods have as nameserver", (
            "kubectl exec POD -- cat /etc/resolv.conf",
            f"kubectl -n {made.namespace} create -f - <<'EOF'\n"
            "{apiVersion: v1, kind: Service, metadata: {name: kube-dns, labels: {k8s-app: kube-dns}}, spec: {clusterIP: NAMESERVER, "
            f"selector: {_flow(made.template_labels)}, "
            "ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}]}}\nEOF")),
    )


def _flow(labels: dict[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in sorted(labels.items())) + "}"
