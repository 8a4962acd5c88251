"""Which subjects the command line means, where there are none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kubectl_svcdoctor.cli.flags import Flags
from kubectl_svcdoctor.cli.selection import chosen
from kubectl_svcdoctor.collect.casefile import Recording
from kubectl_svcdoctor.doctor import Doctor
from kubectl_svcdoctor.errors import UserError
from kubectl_svcdoctor.model.cluster import Namespace
from kubectl_svcdoctor.model.meta import ObjectMeta
from kubectl_svcdoctor.model.snapshot import Query, Unknown
from tests.support.cases import cases

EMPTY = "no Services found in namespace idle; look in another namespace with -n, or in all with -A"


def cluster(may_list: bool = True) -> Recording:
    source = cases()[0].source()
    refused = {} if may_list else {Query(Namespace): Unknown("namespaces", "forbidden", "may not")}
    return replace(source, objects=(*source.objects, Namespace(metadata=ObjectMeta(name="idle"))), refused=refused)


@pytest.mark.parametrize(("namespace", "labels", "may_list", "said"), [
    ("shoop", "", True, "there is no namespace shoop; did you mean shop?"),
    ("shoop", "app=web", True, "there is no namespace shoop; did you mean shop?"),
    ("zzzzzz", "", True, "there is no namespace zzzzzz; list them with: kubectl get namespaces"),
    ("idle", "", True, EMPTY),
    ("shop", "app=nope", True, "no Services found in namespace shop with the labels app=nope; look in another namespace with -n, or in all with -A"),
    ("idle", "", False, EMPTY),
    ("shoop", "", False, EMPTY.replace("idle", "shoop")),
])
def test_a_namespace_that_is_not_there_is_told_from_an_empty_one(namespace: str, labels: str, may_list: bool, said: str) -> None:
    flags = Flags({"selector": labels, "all_namespaces": False})
    with pytest.raises(UserError) as trouble:
        chosen((), flags, Doctor(cluster(may_list)), namespace)
    assert (trouble.value.message, trouble.value.exit_status) == (said, 2)
