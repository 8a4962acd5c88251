"""DNS servers run, and no Service leads to them at the address that Pods ask.

Why it breaks:
The kubelets write one address, clusterDNS of their configuration, into every Pod's /etc/resolv.conf. Without a Service that has it as its
ClusterIP nothing answers there, and no name resolves. A DNS Service that was deleted and created again gets another address unless it asks
for the old one.

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
from kubectl_svcdoctor.graph.dns.answers import Astray
from kubectl_svcdoctor.graph.dns.state import NoDNSService
from kubectl_svcdoctor.model.finding import Fix, Problem, Severity
from kubectl_svcdoctor.model.meta import ObjectRef


@defect("DNS103", "dns-kube-dns-service-missing")
def service_missing(found: NoDNSService | None = None, astray: Astray | None = None) -> Problem | None:
    if found is not None:
        made = found.deployment
        return Problem(
            object=ObjectRef("v1", "Service", made.namespace, "kube-dns"), severity=Severity.ERROR,
            summary=f"names do not resolve: no Service leads to the DNS servers of Deployment {made.namespace}/{made.name}",
            evidence=(f"no Service of namespace {made.namespace} has port 53 and a ClusterIP",),
            fix=Fix("create the DNS Service again, with the ClusterIP that Pods have as nameserver", (
                "kubectl exec POD -- cat /etc/resolv.conf", _create(made.namespace, made.template_labels, "NAMESERVER"))),
        )
    if astray is None:
        return None
    service, given = astray.service, ", ".join(astray.given)
    return Problem(
        object=service, severity=Severity.ERROR, field=("spec", "clusterIP"),
        summary=f"names do not resolve: Pods ask {given}, and the DNS Service {service.namespace}/{service.name} is at {service.spec.cluster_ip}",
        evidence=(f"the kubelets' configuration says clusterDNS {given}", "a ClusterIP cannot be changed in place"),
        fix=Fix(f"create the DNS Service anew at {astray.given[0]}", (
            f"kubectl -n {service.namespace} delete service {service.name}", _create(service.namespace, service.selector, astray.given[0]))),
    )


def _create(namespace: str, selector: dict[str, str], address: str) -> str:
    return (
        f"kubectl -n {namespace} create -f - <<'EOF'\n"
        f"{{apiVersion: v1, kind: Service, metadata: {{name: kube-dns, labels: {{k8s-app: kube-dns}}}}, spec: {{clusterIP: {address}, "
        f"selector: {_flow(selector)}, ports: [{{name: dns, port: 53, protocol: UDP}}, {{name: dns-tcp, port: 53, protocol: TCP}}]}}}}\nEOF"
    )


def _flow(labels: dict[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in sorted(labels.items())) + "}"
