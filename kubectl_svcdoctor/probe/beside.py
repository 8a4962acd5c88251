"""An ephemeral container beside one that has no shell, in a Pod that --from names; only where --probe-image asks for it.

Kubernetes has no way to take it out again: its entry stays in the Pod until the Pod is recreated, which is said beforehand. Its process ends with the
examination, and by itself after ten minutes; one that runs still is used again, so that entries do not pile up. Source: KEP-277.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from kubectl_svcdoctor.collect.connection import Connection
from kubectl_svcdoctor.collect.status import words
from kubectl_svcdoctor.errors import UserError, tell
from kubectl_svcdoctor.model.access import EPHEMERAL
from kubectl_svcdoctor.model.questions import Inside
from kubectl_svcdoctor.model.snapshot import Query, Unknown
from kubectl_svcdoctor.model.workload import Pod
from kubectl_svcdoctor.probe.own_pod import HOPELESS, LIVES_SECONDS, PAUSE, STARTS_WITHIN

_PREFIX = "svcdoctor-"
# Counts its seconds, so that a signal ends it although it is the first process of its container. The container's name is its last word.
_COMMAND = f"trap 'exit 0' TERM; left={LIVES_SECONDS}; while [ $left -gt 0 ]; do sleep 1; left=$((left - 1)); done"
# Ends that process, and no other, and waits for it: where a Pod's containers share their processes, or a Pod its node's, number 1 is somebody else's.
ENDING = """for file in /proc/[0-9]*/cmdline; do
  words=$(tr '\\0' ' ' < "$file") && case "$words" in "sh -c trap "*" $1$2 ") number=${file#/proc/}; number=${number%/cmdline}; kill -TERM "$number"
    for turn in 1 2 3 4 5 6 7 8 9 10; do [ -n "$(tr -d '\\0' < "$file")" ] || break; sleep 0.2; done;; esac
done 2> /dev/null; true"""
_ANOTHER = "give --probe-image an image with a shell that the node can pull, or ask from another Pod"


def beside(connection: Connection, vantage: Inside, image: str, ending: Callable[[Callable[[], None]], object]) -> Inside | Unknown:
    """The same Pod with a container that has a shell, once it runs, or why there is none. `ending` is given what ends its process."""
    try:
        pod = _pod(connection, vantage)
        name = _running(pod, image)
        if not name or not _alive(connection, replace(vantage, container=name)):
            name = f"{_PREFIX}{secrets.token_hex(4)}"
            tell(f"warning: starting an ephemeral container {name} of {image} in Pod {vantage.pod}, since its container {vantage.container} has no shell; "
                 "it ends with this run, and its entry stays in the Pod until the Pod is recreated")
            refused = _added(connection, vantage, name, image)
            if refused:
                return refused
        entered = replace(vantage, container=name)
        ending(lambda: _end(connection, entered))
        return _started(connection, entered) or entered
    except UserError as trouble:
        return _unseen(vantage, "unreachable", trouble.message, _ANOTHER)


def manifest(vantage: Inside, name: str, image: str) -> dict[str, Any]:
    """What the strictest of the Pod Security Standards admits; it shares the Pod's network, as all its containers do."""
    security = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "runAsNonRoot": True, "runAsUser": 65534,
                "seccompProfile": {"type": "RuntimeDefault"}}
    return {"name": name, "image": image, "command": ["sh", "-c", _COMMAND, name], "securityContext": security}


def _pod(connection: Connection, vantage: Inside) -> Mapping[str, Any]:
    """The Pod as it stands. Raises UserError when it cannot be read."""
    response = connection.get(Query(Pod, vantage.namespace, vantage.pod).path)
    if response.status != 200:
        raise UserError(words(response))
    try:
        found = json.loads(response.body)
    except ValueError as error:
        raise UserError(f"the answer is no JSON: {error}") from None
    return found if isinstance(found, dict) else {}


def _running(pod: Mapping[str, Any], image: str) -> str:
    """The name of an ephemeral container of ours and this image that still runs; empty for none."""
    ours = {entry.get("name") for entry in pod.get("spec", {}).get("ephemeralContainers") or () if entry.get("image") == image}
    return next((entry["name"] for entry in pod.get("status", {}).get("ephemeralContainerStatuses") or ()
                 if entry.get("name") in ours and str(entry["name"]).startswith(_PREFIX) and "running" in (entry.get("state") or {})), "")


def _alive(connection: Connection, vantage: Inside) -> bool:
    """Whether it takes commands: the kubelet tells that a container has ended a moment later."""
    try:
        with connection.execute(vantage.namespace, vantage.pod, vantage.container, ["sh", "-c", "echo here"], PAUSE * 10) as running:
            return list(running.lines(PAUSE * 10)) == ["here"]
    except UserError:
        return False


def _added(connection: Connection, vantage: Inside, name: str, image: str) -> Unknown | None:
    """None once the API server has taken it."""
    body = {"spec": {"ephemeralContainers": [manifest(vantage, name, image)]}}
    response = connection.objects(Pod.resource).patch_part(vantage.namespace, vantage.pod, "ephemeralcontainers", body)
    if response.status < 300:
        return None
    if response.status == 403:
        return _unseen(vantage, "forbidden", words(response), f"ask for {EPHEMERAL}: {EPHEMERAL.asked(vantage.namespace)}")
    return _unseen(vantage, "unreachable", words(response), _ANOTHER)


def _started(connection: Connection, vantage: Inside) -> Unknown | None:
    """None once it runs; else what keeps it from that."""
    deadline = time.monotonic() + STARTS_WITHIN
    said = ""
    while time.monotonic() < deadline:
        found = _pod(connection, vantage).get("status", {}).get("ephemeralContainerStatuses") or ()
        state = next((entry.get("state") or {} for entry in found if entry.get("name") == vantage.container), {})
        if "running" in state:
            return None
        waiting = state.get("waiting") or state.get("terminated") or {}
        said = ": ".join(filter(None, (waiting.get("reason", ""), waiting.get("message", ""))))
        if "terminated" in state or waiting.get("reason") in HOPELESS:
            break
        time.sleep(PAUSE)
    return _unseen(vantage, "timeout" if not said else "unreachable", said or f"it did not start within {STARTS_WITHIN:.0f} seconds", _ANOTHER)


def _end(connection: Connection, vantage: Inside) -> None:
    """End its process; where that fails it ends by itself, which is said."""
    try:
        command = ["sh", "-c", ENDING, "end", *in_two(vantage.container)]
        with connection.execute(vantage.namespace, vantage.pod, vantage.container, command, PAUSE * 10) as running:
            list(running.lines(PAUSE * 10))
    except UserError as trouble:
        tell(f"warning: the ephemeral container {vantage.container} of Pod {vantage.pod} could not be ended ({trouble.message}); "
             f"it ends by itself within {LIVES_SECONDS // 60} minutes")


def in_two(name: str) -> tuple[str, str]:
    """The name in two words, so that the process which looks for it is not found itself."""
    return name[:len(_PREFIX)], name[len(_PREFIX):]


def _unseen(vantage: Inside, why: str, detail: str, unlock: str) -> Unknown:
    return Unknown(f"what Pod {vantage.pod} sees", why, detail, unlock)
