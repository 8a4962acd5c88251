"""The command lines of a control plane's programs, in the manner of kubeadm."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lab.certificates import Authority, signing_key

HAND_WRITTEN = (
    "endpointslice-controller",
    "endpoints-controller",
    "endpointslice-mirroring-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
    "namespace-controller",
    "root-ca-certificate-publisher-controller",
    "clusterrole-aggregation-controller",
)
"""The controllers that leave hand-written Pods, Nodes and workloads as they are."""
ALL_CONTROLLERS = ("*",)
ETCD, API_SERVER = "etcd", "kube-apiserver"
CONTROLLERS, SCHEDULER = "kube-controller-manager", "kube-scheduler"

CLUSTER_DOMAIN = "cluster.local"
_ISSUER = f"https://kubernetes.default.svc.{CLUSTER_DOMAIN}"
_FRONT_PROXY = "front-proxy-client"
_ADVERTISED_FOR_LOOPBACK = "192.0.2.10"
# They would add volumes and taints to what is written by hand.
_ADMISSION_OF_REAL_NODES = "ServiceAccount,TaintNodesByCondition,DefaultTolerationSeconds"


@dataclass(frozen=True)
class Addresses:
    """Where the programs listen; `services` is the range of Service addresses, or two with a comma between them."""

    bind: str
    services: str
    etcd: int
    api: int
    controllers: int
    scheduler: int

    @property
    def advertised(self) -> str:
        """Return the endpoint of Service default/kubernetes, which must not be a loopback address."""
        return _ADVERTISED_FOR_LOOPBACK if ipaddress.ip_address(self.bind).is_loopback else self.bind


def write_keys(folder: Path, authority: Authority, hosts: tuple[str, ...]) -> None:
    """Write all that the programs read from `folder`: certificates as `NAME.crt`, keys as `NAME.key`."""
    authority.write(folder, "ca")
    names = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", f"kubernetes.default.svc.{CLUSTER_DOMAIN}")
    authority.server("kube-apiserver", ("localhost", *names, *hosts)).write(folder, "apiserver")
    authority.client("kube-apiserver-kubelet-client", ("system:masters",)).write(folder, "kubelet-client")
    authority.client(_FRONT_PROXY).write(folder, _FRONT_PROXY)
    for name in (CONTROLLERS, SCHEDULER):
        authority.server(name, ("localhost", *hosts)).write(folder, name)
    key = folder / "service-account.key"
    key.touch(mode=0o600)
    key.write_text(signing_key())


def keys_in(folder: Path) -> Path:
    """Return where certificates and keys are, in the folder of a control plane."""
    return folder / "pki"


def kubeconfig_of(user: str, folder: Path) -> Path:
    """Return the file of a user's kubeconfig, in the folder of a control plane."""
    return folder / f"{re.sub(r'[^A-Za-z0-9.-]', '_', user)}.kubeconfig"


def flags(name: str, at: Addresses, folder: Path, controllers: Sequence[str]) -> dict[str, str]:
    """Return the flags of one program. With all controllers running, it is a control plane for real nodes."""
    hand_written = "*" not in controllers
    own = kubeconfig_of(f"system:{name}", folder)
    if name == ETCD:
        return _etcd(at, folder)
    if name == API_SERVER:
        return _api_server(at, keys_in(folder), hand_written=hand_written)
    if name == SCHEDULER:
        return _served(at.scheduler, keys_in(folder), name, own)
    return _controller_manager(at, keys_in(folder), own, controllers, lease=not hand_written)


def argv(program: Path, flags: Mapping[str, str]) -> list[str]:
    """Return the command line of a program; flags with an empty value are left out."""
    return [str(program), *(f"--{name}={value}" for name, value in flags.items() if value)]


def _etcd(at: Addresses, folder: Path) -> dict[str, str]:
    """Return etcd's flags: one member on loopback, nothing waits for the disk."""
    client = f"http://127.0.0.1:{at.etcd}"
    return {
        "data-dir": str(folder / "etcd"),
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-peer-urls": "http://127.0.0.1:0",
        "unsafe-no-fsync": "true",
        "log-level": "warn",
    }


def _api_server(at: Addresses, keys: Path, *, hand_written: bool) -> dict[str, str]:
    """Return kube-apiserver's flags. The front proxy's CA is the clients' own, so its name has to be given."""
    return {
        "etcd-servers": f"http://127.0.0.1:{at.etcd}",
        "bind-address": at.bind,
        "advertise-address": at.advertised,
        "secure-port": str(at.api),
        "service-cluster-ip-range": at.services,
        "allow-privileged": "true",
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "disable-admission-plugins": _ADMISSION_OF_REAL_NODES if hand_written else "",
        "tls-cert-file": f"{keys}/apiserver.crt",
        "tls-private-key-file": f"{keys}/apiserver.key",
        "client-ca-file": f"{keys}/ca.crt",
        "requestheader-client-ca-file": f"{keys}/ca.crt",
        "requestheader-allowed-names": _FRONT_PROXY,
        "requestheader-username-headers": "X-Remote-User",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "proxy-client-cert-file": f"{keys}/{_FRONT_PROXY}.crt",
        "proxy-client-key-file": f"{keys}/{_FRONT_PROXY}.key",
        "kubelet-client-certificate": f"{keys}/kubelet-client.crt",
        "kubelet-client-key": f"{keys}/kubelet-client.key",
        "kubelet-preferred-address-types": "InternalIP,Hostname",
        "service-account-issuer": _ISSUER,
        "service-account-key-file": f"{keys}/service-account.key",
        "service-account-signing-key-file": f"{keys}/service-account.key",
    }


def _controller_manager(
    at: Addresses, keys: Path, kubeconfig: Path, controllers: Sequence[str], *, lease: bool
) -> dict[str, str]:
    """Return kube-controller-manager's flags; it may ask often, so that tests need not wait for it."""
    return {
        **_served(at.controllers, keys, CONTROLLERS, kubeconfig),
        "leader-elect": str(lease).lower(),
        "controllers": ",".join(controllers),
        "use-service-account-credentials": "true",
        "service-account-private-key-file": f"{keys}/service-account.key",
        "root-ca-file": f"{keys}/ca.crt",
        "cluster-signing-cert-file": f"{keys}/ca.crt",
        "cluster-signing-key-file": f"{keys}/ca.key",
        "kube-api-qps": "500",
        "kube-api-burst": "1000",
    }


def _served(port: int, keys: Path, name: str, kubeconfig: Path) -> dict[str, str]:
    return {
        "kubeconfig": str(kubeconfig),
        "authentication-kubeconfig": str(kubeconfig),
        "authorization-kubeconfig": str(kubeconfig),
        "bind-address": "127.0.0.1",
        "secure-port": str(port),
        "tls-cert-file": f"{keys}/{name}.crt",
        "tls-private-key-file": f"{keys}/{name}.key",
    }
