"""EndpointSlices as the controller writes them; a test holds them against the model of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from tests.support.population.nodes import zone
from tests.support.population.objects import Manifest, Place, metadata, uid

SLICE_HOLDS = 100  # endpoints, as the controller fills a slice


def slices(of: Manifest, pods: Sequence[Manifest], ports: Sequence[Manifest]) -> list[Manifest]:
    """What the endpoint slice controller writes for a Service and its Pods, which all give the same ports."""
    parts = [pods[start:start + SLICE_HOLDS] for start in range(0, len(pods), SLICE_HOLDS)] or [[]]
    return [written_slice(of, f"{of['metadata']['name']}-{uid(of['metadata']['uid'], str(place))[:5]}",
                          [endpoint(of, one) for one in part], ports if part else []) for place, part in enumerate(parts)]


def written_slice(of: Manifest, name: str, endpoints: Iterable[Manifest], ports: Sequence[Manifest],
                  manager: str = "endpointslice-controller.k8s.io") -> Manifest:
    own = of["metadata"]
    headless = {"service.kubernetes.io/headless": ""} if of["spec"].get("clusterIP") == "None" else {}
    labels = {**own["labels"], **headless, "endpointslice.kubernetes.io/managed-by": manager, "kubernetes.io/service-name": own["name"]}
    place = Place(own["namespace"], datetime.min)
    return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata(place, "EndpointSlice", name, labels, of),
            "addressType": "IPv4", "endpoints": list(endpoints), "ports": list(ports)}


def endpoint(of: Manifest, one: Manifest) -> Manifest:
    own, spec = one["metadata"], one["spec"]
    ready = next(entry["status"] for entry in one["status"]["conditions"] if entry["type"] == "Ready") == "True"
    named = {"hostname": spec["hostname"]} if spec.get("subdomain") == of["metadata"]["name"] else {}
    return {
        "addresses": [one["status"]["podIP"]], "conditions": {"ready": ready, "serving": ready, "terminating": False}, **named,
        "nodeName": spec["nodeName"], "zone": zone(spec["nodeName"]),
        "targetRef": {"kind": "Pod", "namespace": own["namespace"], "name": own["name"], "uid": own["uid"]},
    }
