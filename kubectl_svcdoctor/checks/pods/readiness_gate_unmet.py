"""A readiness gate holds back a Pod whose containers are ready.

Why it breaks:
A Pod with readinessGates is ready only when another controller, such as the one of a load balancer, has set
each named condition to True. Where that controller is absent or cannot do its work, the Pod is never ready
and gets no client.

How to fix:
Let the controller run, or take the gate out of the owner's template.

Look yourself:
kubectl get pod NAME -o jsonpath='{.spec.readinessGates}{"\\n"}{.status.conditions}'

Reference:
https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-readiness-gate
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_svcdoctor.checks import defect
from kubectl_svcdoctor.graph.pods.affected import Affected
from kubectl_svcdoctor.graph.pods.readiness import Readiness
from kubectl_svcdoctor.graph.pods.trouble import GateUnmet
from kubectl_svcdoctor.model.finding import Fix, Problem


@defect("POD112", "pod-readiness-gate")
def readiness_gate_unmet(readiness: Readiness) -> Iterator[Problem]:
    for group in readiness.affected(GateUnmet):
        gate, condition = group.first.gates[0]
        state = f"is {condition.status}" if condition else "was never set"
        yield group.problem(
            field=("spec", "template", "spec", "readinessGates"),
            summary=f"readiness gate {gate} {state} and holds back {group.count}",
            evidence=group.evidence(
                "all containers are ready",
                f"{condition.reason}: {condition.message}".strip(": ") if condition else "no controller has written this condition",
                f"further gates: {', '.join(other for other, _ in group.first.gates[1:])}" if group.first.gates[1:] else "",
            ),
            fix=_fix(group),
        )


def _fix(group: Affected[GateUnmet]) -> Fix:
    unmet = {gate for gate, _ in group.first.gates}
    template = group.workload.spec.template.spec.readiness_gates if group.workload else ()
    places = [place for place, gate in enumerate(template) if gate.condition_type in unmet]
    if len(places) == len(unmet):
        # The last one first: each removal moves those behind it.
        steps = [step for place in reversed(places) for step in _removed(place, template[place].condition_type)]
        fix = group.patched("take the gate out of the template, unless its controller can be started", steps)
        if fix:
            return fix
    return Fix("start the controller that sets this condition, or keep it from adding the gate to new Pods",
               (group.kubectl("get", group.first.pod, "-o", "jsonpath={.spec.readinessGates}"),))


def _removed(place: int, gate: str) -> tuple[dict[str, str], ...]:
    path = f"/spec/template/spec/readinessGates/{place}"
    return {"op": "test", "path": f"{path}/conditionType", "value": gate}, {"op": "remove", "path": path}
