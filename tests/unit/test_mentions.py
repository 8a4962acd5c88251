"""Hosts in texts: what counts as one."""

from __future__ import annotations

import pytest

from kubectl_svcdoctor.model.mentions import hosts


@pytest.mark.parametrize(("text", "found"), [
    ("http://web/", ["web"]),
    ("postgres://user:secret@db-0.db:5432/shop?x=1", ["db-0.db"]),
    ("--upstream=web.shop:80", ["web.shop"]),
    ("kafka-0.kafka:9092,kafka-1.kafka:9092", ["kafka-0.kafka", "kafka-1.kafka"]),
    ("web.shop.svc", ["web.shop.svc"]),
    ("web.shop.svc.cluster.local.", ["web.shop.svc.cluster.local"]),
    ("correcthorsebattery", []),
    ("s3cr3t", []),
    ("10.96.0.10:80", []),
    ("", []),
])
def test_hosts(text: str, found: list[str]) -> None:
    assert list(hosts(text)) == found
