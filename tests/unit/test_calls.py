"""What commands call: hosts, ports, and whether a name is only looked up."""

from __future__ import annotations

import pytest

from kubectl_svcdoctor.model.calls import Call, called


@pytest.mark.parametrize(("script", "found"), [
    ("until nc -z -w 2 wiki-db 5433; do sleep 2; done", [Call("wiki-db", 5433)]),
    ("nc -zu dns-cache 53", [Call("dns-cache")]),
    ("until nslookup wiki-db 10.96.0.10; do sleep 2; done", [Call("wiki-db", lookup=True)]),
    ("curl -s http://wiki/ready && wget -qO- https://api", [Call("wiki", 80), Call("api", 443)]),
    ("curl -fsS http://user:word@wiki:8080/ -o /tmp/api", [Call("wiki", 8080)]),
    ("wget -q -O /app/config http://config/", [Call("config", 80)]),
    ("pg_isready -h wiki-db -p 5433 -U wiki", [Call("wiki-db", 5433)]),
    ("mysqladmin ping -h db -P 3307 -psecret", [Call("db", 3307)]),
    ("redis-cli -h cache ping", [Call("cache")]),
    ("./wait-for-it.sh wiki-db:5432 -t 60 -- app", [Call("wiki-db", 5432)]),
    ("for host in wiki-db cache; do until nc -z $host 5432; do sleep 1; done; done", [Call("wiki-db", 5432), Call("cache", 5432)]),
    ("for at in wiki-db:5432 cache:6379; do h=${at%%:*}; nc -z $h ${at##*:}; done", [Call("wiki-db", 5432), Call("cache", 6379)]),
    ("DB=wiki-db; PORT='5432'\nnc -z \"$DB\" $PORT", [Call("wiki-db", 5432)]),
    ("until nc -z $HOST $PORT; do sleep 1; done", [Call("api", 9000)]),
    ("nc -z wiki-db 5432; nc -z wiki-db 5432", [Call("wiki-db", 5432)]),
])
def test_what_a_script_calls(script: str, found: list[Call]) -> None:
    assert list(called(("sh", "-c", script), {"HOST": "api", "PORT": "9000"})) == found
