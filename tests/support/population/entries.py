"""What leads into the cluster: Ingresses, and routes of one Gateway that all namespaces may use, with the statuses that their controllers write."""

from __future__ import annotations

from tests.support.population.objects import Manifest, Place, metadata

NAME, PUBLIC, CONTROLLER = "public", "203.0.113.10", "example.com/gateway"
GATEWAY = "gateway.networking.k8s.io/v1"


def ingress(place: Place, name: str, target: Manifest) -> Manifest:
    """All paths of a host lead to one port of the Service of that name."""
    to = {"service": {"name": name, "port": {"name": target["name"]} if "name" in target else {"number": target["port"]}}}
    rules = [{"host": host(place, name), "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": to}]}}]
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata(place, "Ingress", name, {"app": name}),
            "spec": {"ingressClassName": NAME, "rules": rules}, "status": {"loadBalancer": {"ingress": [{"ip": PUBLIC}]}}}


def route(place: Place, name: str, target: Manifest) -> Manifest:
    """The same, of the Gateway API."""
    parent = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": "platform", "name": NAME}
    rules = [{"backendRefs": [{"name": name, "port": target["port"]}]}]
    status = {"parentRef": parent, "controllerName": CONTROLLER, "conditions": _conditions(place, Accepted="Accepted", ResolvedRefs="ResolvedRefs")}
    return {"apiVersion": GATEWAY, "kind": "HTTPRoute", "metadata": metadata(place, "HTTPRoute", name, {"app": name}),
            "spec": {"parentRefs": [parent], "hostnames": [host(place, name)], "rules": rules}, "status": {"parents": [status]}}


def host(place: Place, name: str) -> str:
    return f"{name}.{place.namespace}.example.com"


def ingress_class() -> Manifest:
    return {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": NAME}, "spec": {"controller": "example.com/ingress"}}


def gateway(place: Place) -> list[Manifest]:
    """The class and the Gateway, which is programmed."""
    listener = {"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": {"namespaces": {"from": "All"}}}
    told = {"name": "http", "attachedRoutes": 1, "supportedKinds": [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute"}],
            "conditions": _conditions(place, Accepted="Accepted", Programmed="Programmed", ResolvedRefs="ResolvedRefs")}
    return [
        {"apiVersion": GATEWAY, "kind": "GatewayClass", "metadata": {"name": NAME}, "spec": {"controllerName": CONTROLLER},
         "status": {"conditions": _conditions(place, Accepted="Accepted")}},
        {"apiVersion": GATEWAY, "kind": "Gateway", "metadata": metadata(place, "Gateway", NAME, {}),
         "spec": {"gatewayClassName": NAME, "listeners": [listener]},
         "status": {"addresses": [{"type": "IPAddress", "value": PUBLIC}], "listeners": [told],
                    "conditions": _conditions(place, Accepted="Accepted", Programmed="Programmed")}},
    ]


def _conditions(place: Place, **reasons: str) -> list[Manifest]:
    """All of them true."""
    return [{"type": kind, "status": "True", "reason": reason, "message": "", "observedGeneration": 1, "lastTransitionTime": place.ago(days=3)}
            for kind, reason in reasons.items()]
