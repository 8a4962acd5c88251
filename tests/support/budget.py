"""How many requests an examination of one subject may cost; the same at each level."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_svcdoctor.model.meta import Brought, KubernetesObject
from kubectl_svcdoctor.model.policy import NetworkPolicy
from kubectl_svcdoctor.model.report import Report
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Query
from kubectl_svcdoctor.model.storage import PersistentVolumeClaim
from kubectl_svcdoctor.model.workload import DaemonSet, Pod, PodLog
from tests.support.cases import Case

USUAL = 12
LATER = 4  # the DNS Service, its slices, Pods and Corefile, read besides where something is wrong and clients are served all the same
FROM = 4  # the Pod that asks, the policies of its namespace, and the DNS Service with its slices, which a Service that lacks Pods does not read otherwise
LOG = 2  # the log of a container that crashes, and the Services that it may speak of
BROUGHT = 1  # the Rollouts of the namespace, where the cluster has such a kind; that it has none shows within the usual; so with each other kind of policies
STORAGE = 2  # the claims that Pods wait for, and their classes
FORWARDING = 1  # the DaemonSets of kube-system, which tell who forwards ClusterIPs
FORWARDERS = 3  # kube-proxy's Pods, the Nodes and the settings of what stands in its place, where it does not seem to run everywhere, or an address fails
POLICIES = 1  # the policies of the namespace, where something else leaves clients without service: read beside it, or since a probe runs into its time-out
SECOND = 5  # the Pods and slices of a second Service that leads to the subject, and with its Service once more, to confirm; three and more are read as lists
CALLED = 1  # the Services of the namespace, where Pods in trouble call some of them


def allowed(case: Case, report: Report, asked: Iterable[Query[KubernetesObject]]) -> int:
    """The requests that this report may have cost, where `asked` was read."""
    asked = list(asked)
    kinds = [query.kind for query in asked if query.namespace != "kube-system"]
    called = any(query.kind is Service and query.namespace == case.namespace and not query.name for query in asked)
    awaited = {wait.service for finding in report.findings for wait in finding.problem.awaits}  # Services that Pods wait for are examined as well
    beside = report.verdict == "degraded" or len(report.causes) > 1 or bool(awaited)
    system = [query for query in asked if query.namespace == "kube-system" and query.kind is not Service]
    forwarding = FORWARDING * any(query.kind is DaemonSet for query in system)
    forwarding += FORWARDERS * bool(forwarding and any(_of_kube_proxy(query) for query in system))
    second = report.verdict != "healthy" and len({step.branch for step in report.path if step.branch}) > 1
    policies = NetworkPolicy in kinds and report.verdict == "broken"
    return (forwarding + USUAL * (1 + len(awaited)) + LATER * beside + FROM * len(case.vantages) + LOG * (PodLog in kinds)
            + SECOND * second + CALLED * called + STORAGE * (PersistentVolumeClaim in kinds) + POLICIES * policies
            + BROUGHT * sum(issubclass(kind, Brought) for kind in kinds))


def _of_kube_proxy(query: Query[KubernetesObject]) -> bool:
    """Whether it reads kube-proxy's Pods, or the settings of what may stand in its place."""
    told = {key for key, _ in query.fields}, dict(query.labels).get("k8s-app", "")
    return (query.kind is Pod and (told[1] == "kube-proxy" or ("spec.nodeName" in told[0] and not told[1]))) or query.name == "cilium-config"
