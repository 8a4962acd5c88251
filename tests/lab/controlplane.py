"""A control plane: etcd, kube-apiserver and kube-controller-manager as they are, on loopback or in a network namespace.

At level 1 Pods and Nodes are hand-written, so only those controllers run that read them: others would mark them lost.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.lab import binaries, components, paths, ports, process, programs
from tests.lab.certificates import Authority, kubeconfig
from tests.lab.claim import Claim, LabInUse
from tests.lab.components import ALL_CONTROLLERS, API_SERVER, CONTROLLERS, ETCD, HAND_WRITTEN, SCHEDULER, Addresses
from tests.lab.errors import LabError
from tests.lab.leftovers import CONTROL_PLANE, remove, remove_family, remove_folder
from tests.lab.objects import Objects
from tests.lab.process import Process
from tests.lab.rest import Api, Manifest

__all__ = ["ALL_CONTROLLERS", "HAND_WRITTEN", "SERVICE_CIDR", "SERVICE_CIDR_6", "ControlPlane", "remove", "running"]

SERVICE_CIDR, SERVICE_CIDR_6 = "10.96.0.0/16", "2001:db8:96::/112"
_USUAL_PORTS = (2379, 6443, 10257, 10259)
_READY_SECONDS = 120
_ATTEMPTS = 3
_FIRST_ACCOUNT = "/api/v1/namespaces/default/serviceaccounts/default"


@dataclass
class ControlPlane:
    """One control plane. `netns` is the namespace in which it listens, on the usual ports; else ports are free ones.

    With `ALL_CONTROLLERS` it is one for real nodes; with fewer, admission leaves hand-written Pods and Nodes alone and
    no Lease is kept. `flags` are further flags by program, `hosts` further names in the API server's certificate;
    `start` leaves the programs in `later` to `start_component`.
    """

    lab_id: str
    _: KW_ONLY
    controllers: Sequence[str] = HAND_WRITTEN
    bind_address: str = "127.0.0.1"
    netns: str | None = None
    service_cidr: str = SERVICE_CIDR
    dual_stack: bool = False
    scheduler: bool = False
    later: Sequence[str] = ()
    flags: Mapping[str, dict[str, str]] = field(default_factory=dict)
    hosts: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Nothing runs yet; `folder` is where logs, keys, kubeconfigs and etcd's data will be."""
        self.folder = paths.run_dir(self.lab_id) / CONTROL_PLANE
        self.keys = components.keys_in(self.folder)
        self.processes: dict[str, Process] = {}
        self._claim: Claim | None = None
        self._objects: Objects | None = None

    def __enter__(self) -> Self:
        """Start it, unless it is started."""
        if self._claim is None:
            self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop it."""
        self.stop()

    def start(self) -> None:
        """Start all programs and come back when they answer; clean up first what a killed start of this id left.

        Raises `LabInUse` when another process has this lab, `LabError` with the end of a log when a program fails,
        `ProgramsMissing` when it is not built.
        """
        programs.require(programs.API)
        self._programs = self._built()
        self._claim = Claim(self.lab_id)
        try:
            for attempt in range(_ATTEMPTS):
                if self._started(last=attempt == _ATTEMPTS - 1):
                    return
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the programs at once, remove their folder and let others use the id; a second time does nothing.

        Nothing is asked to end politely: all that a program would save is in that folder.
        """
        if self._claim is None:
            return
        self._end()
        remove_folder(self.folder)
        with suppress(OSError):  # a lab with nodes keeps more there
            self.folder.parent.rmdir()
        self._claim.release()
        self._claim = None

    def start_component(self, name: str) -> None:
        """Start one program (again) by its name, as in `kube-apiserver`, and come back when it answers."""
        if name in self.processes:
            self.stop_component(name)
        flags = components.flags(name, self._at, self.folder, self.controllers) | self.flags.get(name, {})
        argv = components.argv(self._programs[name], flags)
        self.processes[name] = started = Process(name, argv, folder=self.folder, netns=self.netns)
        started.start()
        started.wait_ready(self._probe(name), _READY_SECONDS)

    def stop_component(self, name: str) -> None:
        """End one program, as a crash would."""
        self.processes.pop(name).stop(grace=0)

    @contextmanager
    def controllers_paused(self) -> Iterator[None]:
        """Freeze kube-controller-manager for a while: what is written meanwhile stays as it is written."""
        controllers = self.processes[CONTROLLERS]
        controllers.pause()
        try:
            yield
        finally:
            controllers.resume()

    def account(self, name: str, groups: Sequence[str] = (), *, namespace: str = "default") -> Path:
        """Return a kubeconfig of the user `name` in `groups`, known by a client certificate; RBAC says what it may."""
        path = components.kubeconfig_of(name, self.folder)
        client = self.authority.client(name, groups)
        authority = self.authority.certificate
        return kubeconfig(path, server=self.server, authority=authority, client=client, user=name, namespace=namespace)

    @property
    def objects(self) -> Objects:
        """Return what writes and deletes objects as the administrator; raise `LabError` before `start`."""
        if self._objects is None:
            raise LabError(f"the control plane {self.lab_id} is not started")
        return self._objects

    def write(self, manifests: Iterable[Manifest]) -> list[Manifest]:
        """Create or replace objects, with status and deletion as they show, and return them: see `Objects.write`."""
        return self.objects.write(manifests)

    def connect(self, user: str, groups: Sequence[str] = ()) -> Api:
        """Return connections of a user to the API server; the caller closes them."""
        certificate, key = self.authority.client(user, groups).write(self.keys, f"user-{user}")
        return Api(self.server, self.keys / "ca.crt", certificate, key, netns=self.netns)

    def _built(self) -> dict[str, Path]:
        """The programs by name, in the order in which they start."""
        names = [API_SERVER, *([CONTROLLERS] if self.controllers else []), *([SCHEDULER] if self.scheduler else [])]
        return {ETCD: binaries.binary("etcd", ETCD), **{name: binaries.binary("kubernetes", name) for name in names}}

    def _started(self, *, last: bool) -> bool:
        """Start everything; False when somebody else took a port that was free, and there is another attempt."""
        self._end()
        remove_folder(self.folder)
        self._prepare()
        try:
            for name in self._programs:
                if name not in self.later:
                    self.start_component(name)
        except LabError as error:
            if last or "address already in use" not in str(error):
                raise
            return False
        return True

    def _prepare(self) -> None:
        """Choose ports, write keys and kubeconfigs, connect."""
        self._at = self._addresses()
        self.server = f"https://{self.bind_address}:{self._at.api}"
        self.authority = Authority(self.lab_id)
        components.write_keys(self.keys, self.authority, (self.bind_address, "127.0.0.1", *self.hosts))
        self.admin_kubeconfig = self.account("admin", ("system:masters",))
        for name in (CONTROLLERS, SCHEDULER):
            self.account(f"system:{name}")
        self.api = self.connect("admin", ("system:masters",))
        self._objects = Objects(self.api)

    def _addresses(self) -> Addresses:
        usual = list(_USUAL_PORTS) if self.netns else ports.free(self.bind_address, len(_USUAL_PORTS))
        services = f"{self.service_cidr},{SERVICE_CIDR_6}" if self.dual_stack else self.service_cidr
        return Addresses(self.bind_address, services, *usual)

    def _probe(self, name: str) -> Callable[[], bool]:
        """What tells that a program does its work."""
        if name == ETCD:
            return lambda: ports.answers("127.0.0.1", self._at.etcd, netns=self.netns)
        if name == API_SERVER:
            return lambda: self.api.answers("/readyz")
        port = self._at.controllers if name == CONTROLLERS else self._at.scheduler
        healthy = Api(f"https://127.0.0.1:{port}", self.keys / "ca.crt", *self._admin_files, netns=self.netns)
        account = name == CONTROLLERS and {"serviceaccount-controller", "*"} & set(self.controllers)
        return lambda: healthy.answers("/healthz") and (not account or self.api.answers(_FIRST_ACCOUNT))

    @property
    def _admin_files(self) -> tuple[Path, Path]:
        return self.keys / "user-admin.crt", self.keys / "user-admin.key"

    def _end(self) -> None:
        """End what this object started, or what a killed harness left in the folder."""
        for name in reversed(self.processes):
            self.processes[name].stop(grace=0)
        self.processes.clear()
        process.end_recorded(self.folder, grace=0)
        if self._objects is not None:
            self._objects.close()
            self.api.close()
            self._objects = None


@contextmanager
def running(family: str, *, controllers: Sequence[str] = HAND_WRITTEN) -> Iterator[ControlPlane]:
    """Run a control plane of its own for this process; what killed processes of the same family left is removed.

    Ids are the family's name and a number, the first that is free: any number of processes may do so at once.
    """
    remove_family(family)
    for number in itertools.count():
        control_plane = ControlPlane(f"{family}-{number}", controllers=controllers)
        try:
            control_plane.start()
            break
        except LabInUse:
            continue
    with control_plane:
        yield control_plane
