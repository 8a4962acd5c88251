"""A whole cluster on one machine: control plane, nodes, add-ons, a router, and a laptop that is not a node.

    with Cluster("mine") as cluster:
        cluster.apply(manifest)
        cluster.http("http://192.0.2.11:30080/").status

All names, addresses and folders follow from the lab's id. `up` and `down` do the same for people, without a harness
that stays: what runs is found again by its control group, its namespaces and its folder.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.lab import addons, binaries, controlplane, forward, images, manifests, nodeconfig, packages, paths, programs, registration, traffic
from tests.lab.addons import Addons
from tests.lab.cgroup import Cgroup
from tests.lab.claim import Claim
from tests.lab.components import SCHEDULER
from tests.lab.controlplane import ControlPlane
from tests.lab.errors import LabError
from tests.lab.node import Node
from tests.lab.process import recorded
from tests.lab.readiness import checks, explain, node_checks, wait_for_all
from tests.lab.router import Router
from tests.lab.runner import Runner
from tests.lab.topology import L2_POOL, SERVICE_NETWORK, Topology
from tests.lab.traffic import Answer

API_PORT = 6443
_ANSWER_SECONDS = 120
_CHECKOUT = Path(__file__).parents[2]


class Cluster:
    """One lab with nodes; as a context manager it is up inside the block and gone after it."""

    def __init__(self, lab_id: str = "cluster", *, nodes: int = 2, dual_stack: bool = False) -> None:
        """Describe it; `start` makes it. `nodes` is 1 to 3, `kubeconfig` is for the host, the laptop has its own."""
        self.lab_id = lab_id
        self.folder = paths.run_dir(lab_id)
        self.dual_stack = dual_stack
        self.topology = Topology(_prefix(lab_id), nodes, dual_stack)
        self.runner = Runner(self.folder, Cgroup(_prefix(lab_id)))
        self.kubeconfig = self.folder / "kubeconfig"
        self.laptop_kubeconfig = self.folder / "laptop.kubeconfig"

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop it."""
        self.stop()

    def start(self) -> None:
        """Start everything and come back when all add-ons answer; what a killed start of this id left is removed first.

        Raises `LabError`, with the ends of the logs and nothing left running, when that fails.
        """
        packages.require_root()
        programs.require(programs.CLUSTER)
        Claim(self.lab_id).release()
        _clean(self.lab_id)
        try:
            self._start()
        except LabError as error:
            words = explain(self)
            self.stop()
            raise LabError(f"{words}\n{error}") from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End everything that belongs to this lab and remove its folder; a second time does nothing."""
        self.runner.cgroup.end()
        self.control_plane.stop()
        _clean(self.lab_id)

    @cached_property
    def control_plane(self) -> ControlPlane:
        """The control plane, in the host `cp`."""
        host = self.topology.host("cp")
        return ControlPlane(
            self.lab_id, controllers=controlplane.ALL_CONTROLLERS, bind_address=host.ipv4, netns=host.netns,
            dual_stack=self.dual_stack, scheduler=True, later=[SCHEDULER], hosts=[str(SERVICE_NETWORK[1])],
            flags={"kube-controller-manager": {"node-monitor-grace-period": "20s"}},
        )

    @cached_property
    def nodes(self) -> dict[str, Node]:
        """The nodes by name."""
        hosts = (self.topology.host(name) for name in self.topology.node_names)
        found, stacks = programs.of_nodes(), self.dual_stack
        return {host.name: Node(host, self.folder / host.name, self.runner, found, stacks) for host in hosts}

    @cached_property
    def router(self) -> Router:
        """The router between the nodes and the laptop."""
        return Router(self.topology, self.folder / "router", self.runner, binaries.binary("coredns", "coredns"))

    def kubectl(self, *args: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run kubectl on the laptop, as cluster administrator, and return how it ended."""
        return self.laptop(["kubectl", *args], stdin=stdin)

    def laptop(self, argv: Sequence[str], *, stdin: str | None = None, timeout: float = 180) -> subprocess.CompletedProcess[str]:
        """Run a command where the user sits: in the laptop's network, with its kubeconfig, in the checkout."""
        environment = {**os.environ, "KUBECONFIG": str(self.laptop_kubeconfig)}
        return subprocess.run(
            self.topology.host("laptop").enter(argv), input=stdin, capture_output=True, text=True, check=False,
            timeout=timeout, env=environment, cwd=_CHECKOUT,
        )

    def apply(self, text: str) -> None:
        """Apply a manifest (YAML or JSON); raise `LabError` when the API server refuses."""
        addons.apply(self.kubectl, text)

    def http(
        self, url: str, from_: str = "laptop", *, via: str | None = None, headers: Sequence[str] = (), authority: str | None = None
    ) -> Answer:
        """Return what a GET from a host (`laptop`, `node1`, ...) meets.

        `via` is the address to connect to instead of the URL's; `authority` a PEM certificate that must have signed.
        """
        trusted = None
        if authority:
            trusted = self.folder / "trusted.crt"
            trusted.write_text(authority)
        argv = traffic.curl(url, via=via, headers=headers, authority=str(trusted) if trusted else None)
        return traffic.curl_answer(self.topology.host(from_).run(argv))

    def pids(self) -> set[int]:
        """Return all processes of this lab, whoever started them."""
        control_plane = recorded(self.folder / "control-plane").values()
        return self.runner.cgroup.pids() | {record.pid for record in control_plane if record.alive()}

    def address(self, service: str, namespace: str) -> str | None:
        """Return the first external address of a Service of type LoadBalancer, None while it has none."""
        path = "jsonpath={.status.loadBalancer.ingress[0].ip}"
        return self.kubectl("-n", namespace, "get", "service", service, "-o", path).stdout or None

    def _start(self) -> None:
        """Start the parts in such an order that nobody fails, and then backs off, because of a part that is not there yet.

        The scheduler is last: all pods find all nodes ready, with Services that work, and replicas spread over them.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.topology.create()
        with ThreadPoolExecutor() as pool:
            parts = pool.submit(programs.addons_of_upstream)
            self.control_plane.start()
            self._door()
            self.router.start()
            registration.register(self.control_plane, (node.host for node in self.nodes.values()), self.dual_stack)
            self._proxy_of_control_plane()
            archive = self._images(parts.result())
            nodes = [pool.submit(self._start_node, node, archive) for node in self.nodes.values()]
            applied = pool.submit(parts.result().apply, self.kubectl)
            for node in nodes:
                node.result()
            wait_for_all(node_checks(self), _ANSWER_SECONDS, meanwhile=self._all_run)
            self.control_plane.start_component(SCHEDULER)
            applied.result()
        self._gateway_certificate()
        parts.result().configure(self.kubectl, self._pools())
        wait_for_all(checks(self), _ANSWER_SECONDS, meanwhile=self._all_run)

    def _all_run(self) -> None:
        """Raise `LabError` when a program of the lab has ended: nobody starts it again, so that to wait would be in vain."""
        ended = [name for name, record in recorded(self.folder).items() if not record.alive()]
        if ended:
            raise LabError(f"ended while the lab was starting: {', '.join(ended)}")

    @property
    def _programs_folder(self) -> Path:
        return self.folder / "programs"

    def _images(self, parts: Addons) -> Path:
        found = programs.of_containers()
        images.programs_folder(found, self._programs_folder)
        return images.write_archive([*images.standard(), *parts.images()], found, self.folder / "images.tar")

    def _start_node(self, node: Node, archive: Path) -> None:
        kubelet = self.control_plane.account(f"system:node:{node.host.name}", ["system:nodes"]).read_text()
        proxy = self.control_plane.account("system:kube-proxy").read_text()
        policies = self.control_plane.account(f"kube-router-{node.host.name}", ["system:masters"]).read_text()
        node.prepare(kubelet, proxy, policies, self.control_plane.authority.certificate, self._programs_folder)
        node.start(archive)

    def _proxy_of_control_plane(self) -> None:
        """A kube-proxy in `cp`, so that the API server reaches webhooks; it borrows a node's name, not to wait for its own."""
        settings = json.loads(nodeconfig.kube_proxy(self.topology.node_names[0], self.dual_stack))
        settings["clientConnection"]["kubeconfig"] = str(self.control_plane.account("system:kube-proxy"))
        file = self.folder / "cp-kube-proxy.yaml"
        file.write_text(json.dumps(settings))
        argv = [str(programs.of_nodes()["kube-proxy"]), f"--config={file}"]
        self.runner.start("cp-kube-proxy", argv, host=self.topology.host("cp"))

    def _gateway_certificate(self) -> None:
        """The certificate of the Gateway's HTTPS listener; OpenSSL takes no `*.example`, directly below a top-level domain."""
        leaf = self.control_plane.authority.server("gateway", ["*.shop.example", "*.routes.example"])
        self.apply(json.dumps({
            "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
            "metadata": {"name": "gateway-tls", "namespace": "projectcontour"},
            "stringData": {"tls.crt": leaf.certificate, "tls.key": leaf.key},
        }))

    def _door(self) -> None:
        """Write the kubeconfig of the laptop, and one for the host, which has a door of its own into the lab."""
        shutil.copy(self.control_plane.admin_kubeconfig, self.laptop_kubeconfig)
        host, note = self.topology.host("cp"), self.folder / "door.port"
        argv = [sys.executable, forward.__file__, host.netns_path, host.ipv4, str(API_PORT), str(note)]
        self.runner.start("door", argv).wait_ready(lambda: note.exists() and note.read_text() != "")
        text = self.laptop_kubeconfig.read_text()
        self.kubeconfig.touch(mode=0o600)
        self.kubeconfig.write_text(text.replace(self.control_plane.server, f"https://127.0.0.1:{note.read_text()}"))

    def _pools(self) -> str:
        """MetalLB's pools; with two families the layer 2 pool has addresses of both."""
        text = manifests.own("metallb")
        return text.replace(f"[{L2_POOL[0]}]", f"[{', '.join(L2_POOL)}]") if self.dual_stack else text


def up(lab_id: str = "cluster", *, nodes: int = 2, dual_stack: bool = False) -> Cluster:
    """Start a lab that goes on running after this process and return it; `LabError` says why it could not be."""
    cluster = Cluster(lab_id, nodes=nodes, dual_stack=dual_stack)
    cluster.start()
    return cluster


def down(lab_id: str = "cluster") -> None:
    """Stop the lab of this id, whoever started it, and remove all that it left; nothing happens when there is none."""
    Claim(lab_id).release()
    _clean(lab_id)


def _clean(lab_id: str) -> None:
    """Remove what a lab of this id has left: processes, control groups, namespaces, folders; and nothing else."""
    Cgroup(_prefix(lab_id)).end()
    Topology(_prefix(lab_id)).delete()
    controlplane.remove(lab_id)


def _prefix(lab_id: str) -> str:
    return f"svcd-{lab_id}"
