"""Of which hosts a text says that they do not exist."""

from __future__ import annotations

import pytest

from kubectl_svcdoctor.model.log import missing_names


@pytest.mark.parametrize(("text", "found"), [
    ("Error: getaddrinfo ENOTFOUND wiki-db", ["wiki-db"]),
    ("wget: bad address 'wiki-db:5432'", ["wiki-db"]),
    ("nslookup: can't resolve 'es-1.es-nodes.shop.svc.cluster.local'", ["es-1.es-nodes.shop.svc.cluster.local"]),
    ("** server can't find wiki-db.shop.svc.cluster.local: NXDOMAIN", ["wiki-db.shop.svc.cluster.local"]),
    ("dial tcp: lookup wiki-db on 10.96.0.10:53: no such host", ["wiki-db"]),
    ("DNS lookup failed: no such host", []),
    ("curl: (6) Could not resolve host: wiki-db", ["wiki-db"]),
    ('psql: error: could not translate host name "wiki-db" to address: Name or service not known', ["wiki-db"]),
    ("java.net.UnknownHostException: wiki-db: Name or service not known", ["wiki-db"]),
    ("ping: wiki-db.shop: Name or service not known", ["wiki-db.shop"]),
    ("nc: getaddrinfo: Name does not resolve", []),
    ("[Errno -2] Name or service not known", []),
    ("failed to resolve the reference", []),
    ("sh: can't find 'curl'", []),
    ("cannot find module 'redis'", []),
    ("bad address '10.96.0.10'", []),
    ("connection refused", []),
])
def test_missing_names(text: str, found: list[str]) -> None:
    assert list(missing_names(text)) == found
