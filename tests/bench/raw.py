"""The three lists as they come, without decoding: what any tool that reads them takes at least.

    python -m tests.bench.raw SERVER AUTHORITY CERTIFICATE KEY
"""

from __future__ import annotations

import sys

from tests.support.door import Door

LISTS = ("/api/v1/services", "/apis/discovery.k8s.io/v1/endpointslices", "/api/v1/pods")
CHUNK = 1 << 16


def main(server: str, authority: str, certificate: str, key: str) -> None:
    connection = Door(server, authority, certificate, key).connection()
    for path in LISTS:
        connection.request("GET", path, headers={"Accept": "application/json"})
        answer = connection.getresponse()
        if answer.status != 200:
            sys.exit(f"{path}: {answer.status}")
        while answer.read(CHUNK):
            pass


if __name__ == "__main__":
    main(*sys.argv[1:])
