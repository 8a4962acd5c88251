"""Whatever text a cluster holds, the doctor has something to say: nothing in it may look like a defect of ours."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubectl_svcdoctor.collect import decode
from kubectl_svcdoctor.collect.casefile import Recording
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.graph import addresses
from kubectl_svcdoctor.graph.dns import corefile
from kubectl_svcdoctor.graph.dns.records import reverse
from kubectl_svcdoctor.graph.slices.controllers import canonical
from kubectl_svcdoctor.model.dns import is_name
from kubectl_svcdoctor.model.log import misreadings, telling
from kubectl_svcdoctor.model.mentions import hosts
from kubectl_svcdoctor.model.questions import Inside, Looked, LookupFrom
from kubectl_svcdoctor.model.result import Result
from kubectl_svcdoctor.probe import inside, name_servers, shell
from kubectl_svcdoctor.render.formats import rendered
from kubectl_svcdoctor.render.style import Style
from tests.support.cases import cases

# What has been found to break parsers: numbers that only look like some, names that are none, moments without a zone, what is far too long.
NASTY = (
    "", " ", ".", "None", "a..b", "localhost", "²", "٣", "9" * 5000, "-1", "x" * 300, "::1", "::ffff:1.2.3.4", "fe80::1%eth0", "1.2.3.4/99", "%", "*", "\\",
    "{", "}", "\u202e\u009b", "\x00", "0001-01-01T00:00:00Z", "2026-01-01T00:00:00", "tcp://1.2.3.4:99999", "0/0 nodes are available: ", "ndots:²", "--",
    "$(id)",
)
NUMBERS = (0, -1, 1, 65536, 2**31, 2**63 - 1)
text = st.one_of(st.sampled_from(NASTY), st.text(max_size=60))
quick = settings(derandomize=True, deadline=None, max_examples=200)


@quick
@given(st.lists(st.one_of(text, st.builds("{} {}".format, st.sampled_from(["nameserver", "search", "domain", "options"]), text))))
def test_any_resolv_conf(lines: list[str]) -> None:
    seen = shell.resolv_conf(lines)
    assert 0 <= seen.ndots <= shell.MOST_NDOTS
    assert all(map(shell.is_address, seen.nameservers)) or not any(map(shell.is_address, seen.nameservers))
    shell.looked([f"{kind} {line}" for line in lines for kind in ("resolv", "tool", "knocking")])


def test_a_resolv_conf_that_is_wrong_is_a_value() -> None:
    assert shell.resolv_conf(["search a..b shop.svc.cluster.local", "nameserver localhost"]) == Looked(("localhost",), ("a..b", "shop.svc.cluster.local"))
    assert shell.resolv_conf(["nameserver localhost", "nameserver 10.96.0.10", "search .", "domain x."]) == Looked(("10.96.0.10",), ("x",))


VANTAGE = Inside("shop", "client", "main", "node1")


def test_what_no_resolver_asks_is_not_asked() -> None:
    asked = [LookupFrom(VANTAGE, "10.96.0.10", 53, "UDP", name, "A") for name in ("web", "web.a..b", "x" * 64, "a\\b", "")]
    assert [lookup.name for lookup in name_servers.unaskable(asked)] == ["web.a..b", "x" * 64, "a\\b", ""]


@quick
@given(text)
def test_every_name_that_is_one_can_be_sent(name: str) -> None:
    import dns.message
    import dns.name

    if is_name(name):
        dns.message.make_query(dns.name.from_text(name), "A").to_wire()


@quick
@given(st.one_of(text, st.from_regex(r"\A[0-9A-Fa-f]{0,40}:[0-9A-Fa-f]{0,8}\Z")))
def test_any_line_of_proc_net_tcp(line: str) -> None:
    address, _, port = shell.connection(line).rpartition(":")
    assert not port or (addresses.address(address.strip("[]")) and 0 <= int(port) < 65536)


@quick
@given(st.lists(st.one_of(text, st.sampled_from(["Server:\t10.96.0.10", "Address: ", "** server can't find x: ", "\tservice = 0 0 80 ", "name = "]))),
       st.sampled_from(["A", "AAAA", "SRV", "PTR", "CNAME", "TXT"]))
def test_any_output_of_nslookup(parts: list[str], kind: str) -> None:
    shell.from_nslookup("|".join(parts), kind, 0.1)
    shell.refusal(" ".join(parts), 0.1)


@quick
@given(st.binary(max_size=80), st.sampled_from(["UDP", "TCP"]))
def test_any_bytes_for_a_dns_message(heard: bytes, protocol: Any) -> None:
    inside.parsed(heard, LookupFrom(VANTAGE, "10.96.0.10", 53, protocol, "web", "A"), 1, 0.1)
    inside.octets(heard.hex()[1:] + "!")


@quick
@given(st.lists(st.one_of(text, st.sampled_from([".:53 {", "kubernetes cluster.local {", "rewrite name a b", "}", "forward . /etc/resolv.conf", "# {"]))))
def test_any_corefile(lines: list[str]) -> None:
    whole = "\n".join(lines)
    assert all(corefile.served_zones(whole))
    corefile.rewriting(whole)


@quick
@given(st.lists(st.one_of(text, st.sampled_from(['invalid port "tcp://10.96.0.1:80"', "plugin/errors: Corefile:1", "Loop (a) detected", "timed out"]))))
def test_any_log(lines: list[str]) -> None:
    whole = "\n".join(lines)
    assert list(misreadings(telling(whole))) == list(misreadings(whole))


@quick
@given(text)
def test_any_text_of_an_address_or_a_host(word: str) -> None:
    addresses.within(word, word)
    canonical(word)
    reverse(word)
    list(hosts(word))


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of all strings and numbers in a manifest."""
    if isinstance(value, (dict, list)):
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(entry, (*path, key))
    elif isinstance(value, (str, int)) and not isinstance(value, bool):
        yield path


def changed(manifest: dict[str, Any], path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    found: Any = copy.deepcopy(manifest)
    place = found
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value if isinstance(place[path[-1]], str) is isinstance(value, str) else place[path[-1]]
    return found  # type: ignore[no-any-return]


# What the object is found by has to stay, or nothing is looked at.
KEPT = ((), ("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"))


@settings(derandomize=True, deadline=None, max_examples=500, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_field_of_a_cluster_breaks_the_doctor(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(cases()))
    source = case.source()
    place = data.draw(st.integers(0, len(source.objects) - 1))
    manifest = decode.to_manifest(source.objects[place])
    path = data.draw(st.sampled_from([path for path in leaves(manifest) if path not in KEPT] or [("metadata", "name")]))
    try:
        hostile = decode.from_manifest(type(source.objects[place]), changed(manifest, path, data.draw(st.sampled_from((*NASTY, *NUMBERS)))))
    except msgspec.ValidationError:
        return  # that is malformed, and known as such
    objects = (*source.objects[:place], hostile, *source.objects[place + 1:])
    report = Doctor(Recording(objects, source.taken_at), prober=case.prober(), vantages=case.vantages).examine(case.examined_as())
    assert [unknown for unknown in report.unknowns if unknown.why == "crashed"] == []
    rendered(Result((report,), False), "json", Style(False, None, True))
    rendered(Result((report,), False), "wide", Style(True, 80, True))


@pytest.mark.parametrize("moment", ["2026-01-01T00:00:00", "yesterday", ""])
def test_a_moment_without_a_zone_is_malformed(moment: str) -> None:
    kind = decode.kinds()["v1", "Pod"]
    with pytest.raises(msgspec.ValidationError):
        decode.from_manifest(kind, {"metadata": {"name": "a", "creationTimestamp": moment}})
