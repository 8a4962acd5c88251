"""Where the servers' answers are not what the DNS specification demands: each difference with one reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kubectl_svcdoctor.graph.dns.corefile import rewriting
from kubectl_svcdoctor.graph.dns.reads import corefile_name
from kubectl_svcdoctor.graph.dns.servers import ClusterDNS
from kubectl_svcdoctor.graph.provide import asks, derives
from kubectl_svcdoctor.graph.slices.slices import instant
from kubectl_svcdoctor.model.cluster import ConfigMap
from kubectl_svcdoctor.model.dns import ANY, Names, Row
from kubectl_svcdoctor.model.endpoints import TRIGGER_TIME, EndpointSlice
from kubectl_svcdoctor.model.evidence import Now, SelectedPods, ServiceSlices
from kubectl_svcdoctor.model.questions import Server
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Irrelevant, Query
from kubectl_svcdoctor.model.workload import Pod

# CoreDNS as Kubernetes ships it keeps answers, also negative ones, for 30 seconds; the controllers and the watch take a moment more.
CACHED = 45.0
SLOW = 1.0


@dataclass(frozen=True, slots=True)
class Silent:
    """Servers that take a connection and answer nothing; `others` answer."""

    servers: tuple[Server, ...]
    others: int


@dataclass(frozen=True, slots=True)
class Unserved:
    """Servers that do not even know the DNS Service's own name, with the status that they answer; `others` know it."""

    servers: tuple[Server, ...]
    status: str
    others: int


class WrongAnswers(tuple[Row, ...]):
    """Names that a server answers wrongly although it serves the zone; never empty. `fresh` is how long ago, in seconds, what is asked for changed."""

    fresh: float = float("inf")


@dataclass(frozen=True, slots=True)
class Slow:
    """Servers that took longer than a second to answer, with the seconds of the slowest answer."""

    servers: tuple[Server, ...]
    seconds: float
    others: int


@derives
def silent(names: Names) -> Silent | Irrelevant:
    quiet = tuple(server for server in _heard(names) if all(row.told[server].status == "SILENT" for row in names.heard if server in row.told))
    return Silent(quiet, len(_heard(names)) - len(quiet)) if quiet else Irrelevant("every server that was asked answers")


@derives
def unserved(names: Names) -> Unserved | Irrelevant:
    row = names.control
    lost = tuple(server for server in row.wrong if row.told[server].status != "SILENT") if row else ()
    if not row or not lost:
        return Irrelevant("every server that answers serves the cluster's zone")
    return Unserved(lost, row.told[lost[0]].status, len(row.right))


@derives
def differing(names: Names, now: Now, service: Service, slices: ServiceSlices | None = None, pods: SelectedPods | None = None) -> WrongAnswers | Irrelevant:
    serving = set(names.control.right) if names.control else set()
    inside = (row for row in names.rows if row.record.values != (ANY,))
    found = WrongAnswers(row for row in inside if any(server in serving and row.told[server].status != "SILENT" for server in row.wrong))
    if not found:
        return Irrelevant("the answers are what they should be")
    found.fresh = changed_ago(now, service, slices or (), pods or ())
    return found


def changed_ago(now: Now, service: Service, slices: Iterable[EndpointSlice], pods: Iterable[Pod]) -> float:
    """Seconds since the Service, its endpoints or the readiness of its Pods changed last, as far as they tell."""
    conditions = (pod.condition("Ready") for pod in pods)
    moments = [service.metadata.creation_timestamp, *(entry.last_transition_time for entry in conditions if entry)]
    moments += [entry.time for entry in service.metadata.managed_fields]
    ages = [now.seconds_since(moment) for moment in moments if moment]
    texts = [part.metadata.annotations.get(TRIGGER_TIME, "") for part in slices]
    ages += [now.seconds_since(moment) for moment in map(instant, texts) if moment]
    return min(ages, default=float("inf"))


@derives
def slow(names: Names) -> Slow | Irrelevant:
    """Judged by the fastest answer: the first ones on a connection also pay for its setting up."""
    taken = {server: [row.told[server].seconds for row in names.heard if server in row.told and row.told[server].status != "SILENT"]
             for server in _heard(names)}
    late = {server: seconds for server, seconds in taken.items() if seconds and min(seconds) > SLOW}
    if not late:
        return Irrelevant("every server answers in time")
    return Slow(tuple(sorted(late)), max(map(max, late.values())), len(taken) - len(late))


def _heard(names: Names) -> tuple[Server, ...]:
    return tuple(sorted({server for row in names.heard for server in row.told}))


class GuiltyCorefile(tuple[ConfigMap, ...]):
    """The Corefile, read where servers answer wrongly; what it says about the zone may explain it."""

    @property
    def text(self) -> str:
        return self[0].data.get("Corefile", "") if self else ""

    @property
    def rewriting(self) -> tuple[str, ...]:
        """Directives that may answer before the kubernetes plugin does."""
        return rewriting(self.text)


@asks(GuiltyCorefile)
def guilty_corefile(dns: ClusterDNS, lost: Unserved | None = None, wrong: WrongAnswers | None = None) -> Query[ConfigMap] | Irrelevant:
    if lost is None and wrong is None:
        return Irrelevant("the servers answer as they should")
    return Query(ConfigMap, dns.namespace, corefile_name(dns.service))
