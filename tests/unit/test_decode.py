"""Decoding on several threads at once, in a process of its own: the first use of a kind is what is delicate."""

from __future__ import annotations

import subprocess
import sys

_SCRIPT = """
import sys, threading
from kubectl_svcdoctor.checks import all_checks
from kubectl_svcdoctor.collect import decode
from kubectl_svcdoctor.model.snapshot import Query

all_checks()
sys.setswitchinterval(1e-6)
kinds = list(decode.kinds().values())
together = threading.Barrier(2 * len(kinds))
item = '{"metadata": {"name": "a", "namespace": "n"}, "spec": {}, "status": {}}'
body = '{"kind": "%sList", "apiVersion": "%s", "metadata": {}, "items": [' + item + ']}'
decoded = []

def use(kind):
    together.wait()
    answer = body % (kind.resource.kind, kind.resource.api_version)
    decoded.append(decode.page(Query(kind), answer.encode())[0][0].name)

threads = [threading.Thread(target=use, args=(kind,)) for kind in kinds * 2]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert decoded == ["a"] * len(threads), decoded
"""


def test_first_use_of_kinds_on_many_threads_does_not_crash() -> None:
    for _ in range(5):
        done = subprocess.run([sys.executable, "-X", "faulthandler", "-c", _SCRIPT], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
