"""What the real endpoint slice controller and the real CoreDNS make of the shapes in tests/recorded/shapes.yaml; writes controllers.json beside it.

    python -m tests.support.oracle

The unit level holds the product's models of both against this file: what a case says of slices and names rests on the same models.
"""

from __future__ import annotations

import copy
import ipaddress
import itertools
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dns.message
import dns.query
import yaml

from kubectl_svcdoctor.collect import decode
from kubectl_svcdoctor.collect.casefile import manifests
from kubectl_svcdoctor.graph.fixes.patches import merged
from kubectl_svcdoctor.probe.name_servers import resolved
from tests.lab import binaries, ports
from tests.lab.controlplane import ControlPlane
from tests.lab.process import Process
from tests.lab.serverfields import renamed

FOLDER = Path(__file__).parent.parent / "recorded"
FILE = FOLDER / "controllers.json"
DOMAIN = "cluster.local"
WHEN = "2026-01-01T00:00:00Z"
SETTLED_SECONDS = 3.0
Manifest = dict[str, Any]
_COREFILE = """{domain}:{port} in-addr.arpa:{port} ip6.arpa:{port} {{
    bind 127.0.0.1
    errors
    kubernetes {domain} in-addr.arpa ip6.arpa {{
        kubeconfig {kubeconfig}
    }}
    ready 127.0.0.1:{ready}
}}
"""


def shapes() -> list[Manifest]:
    return list(yaml.safe_load((FOLDER / "shapes.yaml").read_text()))


def objects(shape: Manifest, place: int) -> list[Manifest]:
    """The manifests of one shape, in its namespace; `place` among the shapes decides which addresses its Pods have."""
    name = shape["name"]
    service = merged({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": name},
        "spec": {"selector": {"app": "app"}, "ports": [{"name": "http", "port": 80, "targetPort": 8080, "protocol": "TCP"}]},
    }, shape.get("service", {}))
    if service["spec"].get("clusterIP") != "None" and service["spec"].get("type") != "ExternalName":
        families = service["spec"].setdefault("ipFamilies", ["IPv4"])
        service["spec"]["clusterIPs"] = [{"IPv4": f"10.96.100.{place + 1}", "IPv6": f"2001:db8:96::{place + 1:x}"}[family] for family in families]
        service["spec"]["clusterIP"] = service["spec"]["clusterIPs"][0]
    pods = [pod(name, given, place, number) for given in shape.get("pods", ()) for number in range(given.get("times", 1))]
    further = [merged(item, {"metadata": {"namespace": name}}) for item in shape.get("add", ())]
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, service, *pods, *further]


def pod(namespace: str, given: Manifest, place: int, number: int) -> Manifest:
    addresses = [moved(address, place, number) for address in given.get("ips", ())]
    metadata: Manifest = {"name": f"{given['name']}-{number}" if "times" in given else given["name"], "namespace": namespace, "labels": {"app": "app"}}
    if given.get("going"):
        metadata |= {"deletionTimestamp": WHEN, "deletionGracePeriodSeconds": 3600}
    ready = "True" if given.get("ready", True) else "False"
    status = {
        "phase": "Running", "conditions": [{"type": kind, "status": ready} for kind in ("ContainersReady", "Ready")],
        **({"podIP": addresses[0], "podIPs": [{"ip": address} for address in addresses]} if addresses else {}),
    }
    containers = [{"name": "app", "image": "app", "ports": [{"name": "http", "containerPort": 8080}]}]
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": merged({"nodeName": "node1", "containers": containers}, given.get("spec", {})),
        "status": merged(status, given.get("status", {})),
    }


def moved(address: str, place: int, number: int) -> str:
    """An address in the shape's own range, so that no reverse name leads into two shapes; addresses of nodes stay."""
    parsed = ipaddress.ip_address(address) + number
    shift = {"10": place << 16, "20": place << 64}.get(address[:2], 0)
    return str(parsed + shift)


def nodes() -> list[Manifest]:
    return [{"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}} for name in ("node1", "node2")]


def kept(plane: ControlPlane, namespace: str) -> list[Manifest]:
    """Services, Pods and slices of a namespace as the server has them, reduced to what is read and does not change from one recording to the next."""
    found = []
    for api_version, kind in (("v1", "Service"), ("v1", "Pod"), ("discovery.k8s.io/v1", "EndpointSlice")):
        path = plane.api.resource(api_version, kind).path(namespace)
        items = [{**item, "apiVersion": api_version, "kind": kind} for item in plane.api.request("GET", path)["items"]]
        found += [json.loads(json.dumps(decode.to_manifest(item))) for item in manifests(items, namespace)]
    uids = {item["metadata"]["uid"]: f"uid-of-{item['kind']}-{item['metadata']['name']}".lower() for item in found}
    for item in found:
        for field in ("managedFields", "resourceVersion", "generation", "creationTimestamp", "annotations", "deletionTimestamp"):
            changing = item["metadata"].pop(field, None)
            if field == "deletionTimestamp" and changing:
                item["metadata"][field] = WHEN
        item.get("endpoints", []).sort(key=json.dumps)
    steady: list[Manifest] = renamed(found, uids)
    slices = sorted((item for item in steady if item["kind"] == "EndpointSlice"), key=lambda item: json.dumps((item["addressType"], item.get("endpoints"))))
    for number, item in enumerate(slices):
        item["metadata"] |= {"name": f"{namespace}-{number}", "uid": f"uid-of-slice-{number}"}
    return [item for item in steady if item["kind"] != "EndpointSlice"] + slices


@contextmanager
def name_server(plane: ControlPlane) -> Iterator[int]:
    """The port of a CoreDNS that serves this control plane's cluster."""
    port, ready = ports.free("127.0.0.1", 2)
    folder = plane.folder / "coredns"
    folder.mkdir()
    (folder / "Corefile").write_text(_COREFILE.format(domain=DOMAIN, port=port, ready=ready, kubeconfig=plane.admin_kubeconfig))
    server = Process("coredns", [str(binaries.binary("coredns", "coredns")), "-conf", str(folder / "Corefile")], folder=folder)
    server.start()
    try:
        server.wait_ready(lambda: ports.answers("127.0.0.1", port))
        yield port
    finally:
        server.stop()


def candidates(found: list[Manifest]) -> Iterator[tuple[str, str]]:
    """Every name that such objects could have, whether the specification gives it to them or not."""
    service = next(item for item in found if item["kind"] == "Service")
    own = f"{service['metadata']['name']}.{service['metadata']['namespace']}.svc.{DOMAIN}"
    pods = [item for item in found if item["kind"] == "Pod"][:5]
    endpoints = [endpoint for item in found if item["kind"] == "EndpointSlice" for endpoint in item.get("endpoints") or ()][:5]
    hosts = {item["metadata"]["name"] for item in pods} | {item["spec"].get("hostname", "") for item in pods}
    hosts |= {endpoint.get("hostname", "") for endpoint in endpoints}
    named = {port.get("name", "") for port in service["spec"].get("ports", ())} | {"http", "absent"}
    addresses = {address for endpoint in endpoints for address in endpoint["addresses"]}
    addresses |= {entry["ip"] for item in pods for entry in item.get("status", {}).get("podIPs", ())}
    addresses |= {address for address in service["spec"].get("clusterIPs", ()) if address != "None"}
    yield from itertools.product([own], ("A", "AAAA", "CNAME", "SRV"))
    yield from itertools.product((f"{host}.{own}" for host in sorted(hosts - {""})), ("A", "AAAA"))
    yield from itertools.product((f"_{name}._{protocol}.{own}" for name in sorted(named - {""}) for protocol in ("tcp", "udp", "sctp")), ("SRV",))
    yield from itertools.product((ipaddress.ip_address(address).reverse_pointer for address in sorted(addresses)), ("PTR",))


def zone(found: list[Manifest], port: int) -> dict[str, list[Any]]:
    """What the server says to each of the names: status, and values in order."""
    answers = {}
    for name, kind in candidates(found):
        answer = dns.query.tcp(dns.message.make_query(name, kind), "127.0.0.1", port=port, timeout=5)
        told = resolved(answer, kind, 0)
        answers[f"{name} {kind}"] = [told.status, *sorted(told.values)]
    return answers


def main() -> None:
    with ControlPlane("shapes", dual_stack=True) as plane:
        version = plane.api.request("GET", "/version")["gitVersion"]
        given = shapes()
        plane.write(copy.deepcopy([*nodes(), *(item for place, shape in enumerate(given) for item in objects(shape, place))]))
        time.sleep(SETTLED_SECONDS)
        with name_server(plane) as port:
            time.sleep(SETTLED_SECONDS)
            recorded = []
            for shape in given:
                found = kept(plane, shape["name"])
                recorded.append({"name": shape["name"], "objects": found, "zone": zone(found, port)})
    head = json.dumps({"server": version, "nodes": [item["metadata"]["name"] for item in nodes()]})[1:-1]
    lines = ",\n".join(json.dumps(entry, sort_keys=True) for entry in recorded)
    FILE.write_text(f'{{{head},\n"shapes": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
