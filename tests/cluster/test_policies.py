"""NetworkPolicies that a real engine enforces: the client is kept out, the doctor names the policy and the rule that is missing, and the printed command,
pasted into a shell, lets this client in and nobody else."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.cluster.test_from_pod import client_pod, examined, examined_until, finding
from tests.lab import traffic
from tests.lab.faults import Shop

SETTLES_WITHIN = 30.0
URL = "http://web.shop/hostname"
_EDGE = """\
apiVersion: v1
kind: Namespace
metadata: {name: edge}
---
"""
DNS = {"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]}
Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def clients(shop: Shop) -> Iterator[None]:
    """A second client in the shop, and two in a namespace of its own."""
    away = [client_pod(name).replace("namespace: shop", "namespace: edge") for name in ("proxy", "stranger")]
    with shop.created(_EDGE + "---\n".join((client_pod("other"), *away))):
        shop.must("wait", "--for=condition=Ready", "pod/other", "--timeout=60s")
        shop.must("wait", "--for=condition=Ready", "pod/proxy", "pod/stranger", "--timeout=60s", namespace="edge")
        yield


def policy(name: str, **spec: Any) -> Manifest:
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}


def into_web(**rule: Any) -> Manifest:
    return policy("web", podSelector={"matchLabels": {"app": "web"}}, policyTypes=["Ingress"], ingress=[rule])


def picking(app: str) -> Manifest:
    return {"podSelector": {"matchLabels": {"app": app}}}


@contextmanager
def applied(shop: Shop, *policies: Manifest) -> Iterator[None]:
    with shop.created(json.dumps({"apiVersion": "v1", "kind": "List", "items": list(policies)})):
        yield


def outcome(shop: Shop, client: str, url: str = URL) -> str:
    """What becomes of one request from inside of a Pod."""
    namespace, _, name = client.rpartition("/")
    done = shop.cluster.kubectl("-n", namespace or "shop", "exec", name, "--", *traffic.wget(url))
    return traffic.wget_answer(done).outcome


def until(shop: Shop, client: str, wanted: bool, url: str = URL) -> None:
    """Wait until three requests in a row are answered, or not."""
    deadline = time.monotonic() + SETTLES_WITHIN
    while not all((outcome(shop, client, url) == "200") is wanted for _ in range(3)):
        assert time.monotonic() < deadline, f"{client} should {'get' if wanted else 'get no'} answer from {url}: {outcome(shop, client, url)}"
        time.sleep(0.3)


CAUSES = {
    "np-default-deny-ingress": ([policy("default-deny", podSelector={}, policyTypes=["Ingress"]), into_web(**{"from": [picking("front")]})],
                                "client", "other", URL),
    "np-wrong-port-number": ([into_web(**{"from": [picking("client")], "ports": [{"port": 80}]})], "client", "other", URL),
    "np-namespace-selector-missing": ([into_web(**{"from": [picking("proxy")], "ports": [{"port": "http"}]})], "edge/proxy", "edge/stranger", URL),
    "np-ns-label-missing": ([into_web(**{"from": [{"namespaceSelector": {"matchLabels": {"name": "edge"}}}]})], "edge/proxy", "other", URL),
    "np-egress-client": ([policy("client", podSelector={"matchLabels": {"app": "client"}}, policyTypes=["Egress"],
                                 egress=[DNS, {"to": [{"ipBlock": {"cidr": "10.96.0.0/12"}}]}])], "client", "client", "http://cart.shop/hostname"),
}


@pytest.mark.parametrize("slug", CAUSES)
def test_a_client_that_is_kept_out_is_let_in_by_the_printed_command_and_nobody_else_is(slug: str, shop: Shop, clients: None) -> None:
    policies, client, others, elsewhere = CAUSES[slug]
    with applied(shop, *policies):
        until(shop, client, False)
        report = examined_until(shop, [slug], "web", client)
        found = finding(report, slug)
        assert (found["severity"], report["verdict"]) == ("error", "degraded"), json.dumps(report, indent=1)
        assert found["fix"]["verified"] is True, found
        assert [entry["code"] for entry in report["findings"] if entry["role"] == "consequence"] == ["NET102"], json.dumps(report, indent=1)
        pasted = shop.cluster.laptop(["bash", "-c", found["fix"]["commands"][0]])
        assert pasted.returncode == 0, pasted.stderr
        until(shop, client, True)
        until(shop, others, False, elsewhere)
        examined_until(shop, [], "web", client)
    until(shop, others, True, elsewhere)


def test_a_default_deny_is_told_without_a_client_and_one_with_a_rule_is_not(shop: Shop) -> None:
    """Without a probe: the API server keeps connections open, and one that is older than the policy is let through."""
    deny = policy("default-deny", podSelector={}, policyTypes=["Ingress"])
    with applied(shop, deny):
        until(shop, "client", False)
        _, report = examined(shop, "web", flags=("--no-probe",))
        found = finding(report, "np-default-deny-ingress")
        assert found["severity"] == "warning" and "whether the network plugin enforces" in " ".join(found["evidence"]), json.dumps(report, indent=1)
        table = next(table for table in report["tables"] if table["title"].startswith("who may call"))
        assert [table["rows"][0]["label"], table["rows"][0]["cells"][0]["text"]] == ["NetworkPolicy default-deny", "nobody"]
    with applied(shop, deny, into_web(**{"from": [picking("client")]})):
        until(shop, "client", True)
        report = examined_until(shop, [], "web", "client")
        assert report["verdict"] == "healthy" and not report["findings"], json.dumps(report, indent=1)
