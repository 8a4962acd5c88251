"""The cases: a healthy cluster and, for each fault, merge patches; read as data by the unit and the API level alike."""

from __future__ import annotations

import copy
import dataclasses
import fnmatch
import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import yaml

from kubectl_svcdoctor import vantage
from kubectl_svcdoctor.cli.selection import having
from kubectl_svcdoctor.cli.subject import parse
from kubectl_svcdoctor.collect.casefile import Recording, manifests
from kubectl_svcdoctor.collect.decode import kinds, to_manifest
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.graph.dns.records import records
from kubectl_svcdoctor.graph.fixes.patches import merged
from kubectl_svcdoctor.graph.slices.controllers import expected_slices
from kubectl_svcdoctor.model.discovery import APIGroup, ServedResource, ServedVersion
from kubectl_svcdoctor.model.endpoints import MANAGED_BY, SERVICE_NAME, SLICE_CONTROLLER, EndpointSlice
from kubectl_svcdoctor.model.evidence import Here, SelectedPods, Vantage, Wanted
from kubectl_svcdoctor.model.meta import KubernetesObject, ObjectMeta
from kubectl_svcdoctor.model.questions import Dial, DialFrom, Dialled, Look, Looked, Lookup, LookupFrom, Resolved, Resolver, Resolving
from kubectl_svcdoctor.model.register import Question, Reply, exchange
from kubectl_svcdoctor.model.service import Service
from kubectl_svcdoctor.model.snapshot import Query, labels
from kubectl_svcdoctor.model.subject import AddressSubject, Subject
from kubectl_svcdoctor.model.workload import Pod
from kubectl_svcdoctor.probe.door import NoProbe, Prober
from tests.support.kept import kept
from tests.support.wellformed import FOLDER, checked, files

KEYS = {"name", "covers", "change", "add", "controllers", "subject", "namespace", "finds", "verdict", "listens", "answers", "kubelet", "only_unit",
        "from", "inside", "everything", "ownerless", "unchecked", "unseen", "unserved", "replies", "unprobed"}
# What a Pod that --from cluster or --from node/NAME creates is called in a case that adds it.
CREATED = "svcdoctor-0a1b2c3d"
Manifest = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One case. `finds` is exactly what must be found; `covers` names catalogue slugs."""

    file: str
    name: str
    covers: tuple[str, ...]
    change: tuple[Manifest, ...]
    add: tuple[Manifest, ...]
    controllers: bool
    subject: str
    namespace: str
    finds: tuple[Manifest, ...]
    verdict: str
    listens: tuple[Manifest, ...] = ()
    answers: tuple[Manifest, ...] = ()
    kubelet: Manifest = dataclasses.field(default_factory=dict)
    vantages: tuple[Vantage | Here, ...] = ()
    inside: Manifest = dataclasses.field(default_factory=dict)
    replies: tuple[Manifest, ...] = ()
    everything: bool = False
    unprobed: bool = False  # as one of many subjects: nothing but the API is asked
    unchecked: tuple[str, ...] = ()  # what the report lists as not checked
    unseen: tuple[str, ...] = ()  # what the report lists as what could not be checked, although the API withheld nothing
    only_unit: str = ""  # why a real API server cannot hold this case
    unserved: tuple[str, ...] = ()  # groups, group/version or plural.group that the server does not serve; all others that are read it does
    ownerless: str = ""  # why an owner that objects name is not there

    @property
    def id(self) -> str:
        return f"{self.file}: {self.name}"

    def objects(self) -> list[Manifest]:
        """The base with the case's changes, as plain manifests that a server has taken; slices as the controllers would have them."""
        found = [copy.deepcopy(item) for item in base()["objects"]]
        for change in self.change:
            found = _changed(found, change, self.id)
        now = base()["clock"]
        found = kept([*found, *(copy.deepcopy(item) for item in self.add)], now)
        return kept(_reconciled(found), now) if self.controllers else found

    @functools.cached_property
    def _typed(self) -> tuple[KubernetesObject, ...]:
        """Made once for each case: frozen, and asked for many times."""
        return manifests(self.objects(), self.id)

    @functools.cached_property
    def zone(self) -> Zone:
        return served(self._typed)

    def source(self) -> Recording:
        """A Source that holds this cluster, complete."""
        return Recording((*self._typed, *discovery(self.unserved)), base()["clock"])

    def prober(self) -> Prober:
        """A Prober that stands for this cluster's network."""
        if self.unprobed:
            return NoProbe("nothing is probed", "examine it alone", "what probes tell")
        return Healthy(self, self.listens, self.answers, self.kubelet, self.inside)

    def examined_as(self) -> Subject:
        """The subject that the case names, as the command line would make it."""
        parsed = parse(self.subject, self.namespace)
        return having(parsed, Doctor(self.source()))[0] if isinstance(parsed, AddressSubject) else parsed


@dataclass(frozen=True)
class Healthy:
    """A Prober: every port of every Pod takes connections, and every DNS server answers as the DNS specification demands of the case's objects.

    What a case says under `listens` (port, pod; loopback, address, tls), `answers` (server, name, type; status, values, seconds, size) and `kubelet`
    (domain, nameservers; nodes, whose nameservers differ) comes before that; so does what it says under `inside` of the Pod that `from` names: `resolv`
    (nameservers, searches, ndots, options, knocking), `hears` (address, port, protocol, name, type, turns; status, values), `reaches` (address, port,
    turns; words of the refusal). Of all other kinds of questions a case says it under `replies`: question (the kind), where (patterns of its fields), reply.
    """

    case: Case
    listens: tuple[Manifest, ...] = ()
    answers: tuple[Manifest, ...] = ()
    kubelet: Manifest = dataclasses.field(default_factory=dict)
    inside: Manifest = dataclasses.field(default_factory=dict)

    def ask(self, questions: Iterable[Question]) -> Mapping[Question, Reply]:
        return {question: self._reply(question) for question in questions}

    @functools.singledispatchmethod
    def _reply(self, question: Question) -> Reply:
        """What the case says of this very question, or the reply where all is well: any kind of the register, without a word about it here."""
        kind = exchange(question)
        fields = {entry.name: getattr(question, entry.name) for entry in dataclasses.fields(question)}  # type: ignore[arg-type]
        for said in self.case.replies:
            if said["question"] == kind.question.__name__ and all(fnmatch.fnmatchcase(str(fields[name]), str(value)) for name, value in said["where"].items()):
                reply: Reply = msgspec.convert(said["reply"], kind.reply)
                return reply
        return kind.reply()

    @_reply.register
    def _resolver(self, question: Resolver) -> Reply:
        return self._given(question.node)

    def _given(self, node: str) -> Resolving:
        nameservers = self.kubelet.get("nodes", {}).get(node, self.kubelet.get("nameservers", ("10.96.0.53",)))
        return Resolving(self.kubelet.get("domain", "cluster.local"), tuple(nameservers))

    @_reply.register
    def _looked(self, question: Look) -> Looked:
        """What the kubelet writes, but for what the case says."""
        given = self._given(question.vantage.node)
        domain = given.domain
        searches = (f"{question.vantage.namespace}.svc.{domain}", f"svc.{domain}", domain)
        said = {key: tuple(value) if isinstance(value, list) else value for key, value in self.inside.get("resolv", {}).items()}
        return dataclasses.replace(Looked(given.nameservers, searches, 5, ("ndots:5",)), **said)

    @_reply.register
    def _reached(self, question: DialFrom) -> Dialled:
        said = next((entry for entry in self.inside.get("reaches", ()) if fnmatch.fnmatchcase(question.address, entry["address"])
                     and question.port == entry.get("port", question.port) and question.turn in entry.get("turns", (question.turn,))), None)
        return Dialled(said is None, "" if said is None else said["words"])

    @_reply.register
    def _resolved(self, question: Lookup | LookupFrom) -> Resolved:
        for said in self.inside.get("hears", ()) if isinstance(question, LookupFrom) else self.answers:
            if fnmatch.fnmatchcase(question.name, said.get("name", "*")) and fnmatch.fnmatchcase(question.type, said.get("type", "*")) and _by(question, said):
                return Resolved(said.get("status", "NOERROR"), tuple(said.get("values", ())), said.get("seconds", 0.01), said.get("size", 0))
        return self.case.zone.resolved(question.name, question.type)

    @_reply.register
    def _dialled(self, question: Dial) -> Dialled:
        said = next((entry for entry in self.listens
                     if entry["port"] == question.port and fnmatch.fnmatchcase(question.pod, entry.get("pod", "*"))), {})
        answer = said.get("loopback" if question.way == "port-forward" else "address", True)
        return Dialled(answer, "" if answer else "connection refused", bool(said.get("tls")) and question.way == "pod-proxy")


@dataclass(frozen=True)
class Zone:
    """What the cluster's DNS serves, by name and type. tests/unit/test_oracle.py holds it against a real server."""

    values: Mapping[tuple[str, str], tuple[str, ...]]

    def resolved(self, name: str, kind: str) -> Resolved:
        values = self.values.get((name, kind), ())
        known = any(other == name and held for (other, _), held in self.values.items())  # a name without any record does not exist (RFC 8020)
        outside = ("203.0.113.80",) if kind == "A" else ()
        return Resolved("NOERROR" if known else "NXDOMAIN", outside if values == ("*",) else values, 0.01)


def served(objects: Iterable[KubernetesObject]) -> Zone:
    """The zone that a DNS server makes of these objects."""
    everything = list(objects)
    parts = [item for item in everything if isinstance(item, EndpointSlice)]
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for service in (item for item in everything if isinstance(item, Service)):
        mine = [part for part in parts if part.namespace == service.namespace and part.labels.get(SERVICE_NAME) == service.name]
        for record in records(service, mine, "cluster.local"):
            found[record.name, record.type] = found.get((record.name, record.type), ()) + record.values
    return Zone(found)


def discovery(unserved: Iterable[str] = ()) -> Iterator[APIGroup]:
    """What a server says that it serves: every kind that is read in all its versions, but for groups, versions and kinds that a case leaves out."""
    left = set(unserved)
    used: set[str] = set()
    found: dict[str, dict[str, list[ServedResource]]] = {}
    for resource in {kind.resource for kind in kinds().values()}:
        for version in resource.versions:
            names = {resource.group, f"{resource.group}/{version}", resource.qualified}
            used |= names & left
            if resource.group and not names & left:
                found.setdefault(resource.group, {}).setdefault(version, []).append(ServedResource(resource.plural))
    assert used == left, f"unserved: {', '.join(left - used)} is nothing that any check reads"
    for group, versions in found.items():
        yield APIGroup(ObjectMeta(group), tuple(ServedVersion(version, resources=tuple(served)) for version, served in versions.items()))


def _vantages(entry: Manifest) -> tuple[Vantage | Here, ...]:
    """What --from would be given; `unasked` is this machine as it is without --from."""
    given = entry.get("from", ())
    parsed = vantage.parse([text for text in given if text != "unasked"], entry.get("namespace", "shop"))
    found = (Vantage(each.namespace, CREATED, each.typed) if isinstance(each, Wanted) else each for each in parsed)
    return (*found, *([Here(asked=False)] if "unasked" in given else []))


def _by(question: Lookup | LookupFrom, said: Manifest) -> bool:
    """Whether what a case says is about this server, or this way to ask."""
    if isinstance(question, Lookup):
        return fnmatch.fnmatchcase(question.server.pod, said.get("server", "*"))
    return (fnmatch.fnmatchcase(question.address, said.get("address", "*")) and question.protocol == said.get("protocol", question.protocol)
            and question.port == said.get("port", question.port) and question.turn in said.get("turns", (question.turn,)))


@functools.cache
def base() -> Manifest:
    loaded = _plain(yaml.load((FOLDER / "base.yaml").read_text(), yaml.CSafeLoader))
    loaded["clock"] = datetime.fromisoformat(loaded["clock"])
    return loaded


def _plain(value: Any) -> Any:
    """YAML's timestamps as the strings that JSON has."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


@functools.cache
def cases() -> tuple[Case, ...]:
    """All cases of all files, in a stable order."""
    found = []
    for path in files():
        file = f"{path.parent.name}/{path.stem}"
        for entry in checked(file, _plain(yaml.load(path.read_text(), yaml.CSafeLoader)), KEYS):
            found.append(Case(
                file=file, name=entry["name"], covers=tuple(entry["covers"]),
                change=tuple(entry.get("change", ())), add=tuple(entry.get("add", ())),
                controllers=entry.get("controllers", True), subject=entry.get("subject", "web"),
                namespace=entry.get("namespace", "shop"), finds=tuple(entry["finds"]),
                verdict=entry.get("verdict", "healthy" if not entry["finds"] else "broken"), listens=tuple(entry.get("listens", ())),
                answers=tuple(entry.get("answers", ())), kubelet=entry.get("kubelet", {}),
                vantages=_vantages(entry), inside=entry.get("inside", {}),
                replies=tuple(entry.get("replies", ())),
                everything=entry.get("everything", False), unprobed=entry.get("unprobed", False), unchecked=tuple(entry.get("unchecked", ())),
                unseen=tuple(entry.get("unseen", ())),
                unserved=tuple(entry.get("unserved", ())),
                only_unit=entry.get("only_unit", ""), ownerless=entry.get("ownerless", ""),
            ))
    return tuple(found)


def _changed(objects: list[Manifest], change: Manifest, case: str) -> list[Manifest]:
    hit = [item for item in objects if item["kind"] == change["kind"]
           and fnmatch.fnmatchcase(item["metadata"]["name"], change["name"])
           and item["metadata"].get("namespace") in (None, change.get("namespace", item["metadata"].get("namespace")))]
    assert hit, f"{case}: the change of {change['kind']} {change['name']} meets no object"
    if change["patch"] is None:
        return [item for item in objects if item not in hit and not _collected(item, hit)]
    return [merged(item, change["patch"]) if item in hit else item for item in objects]


def _collected(item: Manifest, removed: list[Manifest]) -> bool:
    """Whether the garbage collector removes a ReplicaSet with its owner; which Pods are left, a case says itself."""
    uids = {gone["metadata"].get("uid") for gone in removed}
    return item["kind"] == "ReplicaSet" and any(owner["uid"] in uids for owner in item["metadata"].get("ownerReferences", ()))


def _reconciled(objects: list[Manifest]) -> list[Manifest]:
    """The objects with the slices of Services that have a selector written anew; others stay."""
    typed = manifests(objects, "case")
    kept = [item for item in objects if not (
        item["kind"] == "EndpointSlice" and item["metadata"].get("labels", {}).get(MANAGED_BY) == SLICE_CONTROLLER
        and _selecting(typed, item))]
    for service in typed:
        if isinstance(service, Service) and service.selector:
            wanted: Query[Pod] = Query(Pod, service.namespace, labels=labels(service.selector))
            pods = SelectedPods(item for item in typed if isinstance(item, Pod) and wanted.admits(item))
            kept += [_named(to_manifest(part), place) for place, part in enumerate(expected_slices(service, pods))]
    return kept


def _selecting(typed: tuple[Any, ...], part: Manifest) -> bool:
    owner = part["metadata"]["labels"].get(SERVICE_NAME)
    return any(isinstance(item, Service) and item.name == owner and item.selector for item in typed)


def _named(part: Manifest, place: int) -> Manifest:
    part["metadata"]["name"] = f"{part['metadata']['labels'][SERVICE_NAME]}-{place}abcd"
    return part
