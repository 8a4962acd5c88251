"""The configuration files of a node's programs, as text; paths are as the node sees them (its folder is `/run`).

YAML files are written as JSON, which every YAML reader takes.
"""

from __future__ import annotations

import json
from typing import Any

from tests.lab import images
from tests.lab.topology import POD_NETWORK, POD_NETWORK_6, SERVICE_NETWORK, SERVICE_NETWORK_6, Host, router_address

CLUSTER_DOMAIN = "cluster.local"
CLUSTER_DNS = str(SERVICE_NETWORK[10])
UPSTREAM_DNS = router_address()
KUBELET_PORT, KUBELET_HEALTH, KUBE_PROXY_HEALTH = 10250, 10248, 10256

_CONTAINERD = """\
version = 2
root = "/run/containerd/root"
state = "/run/containerd"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  disable_apparmor = true
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{plugins}"
    conf_dir = "/run/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      base_runtime_spec = "/run/runtime-spec.json"
"""


def containerd(plugins: str) -> str:
    """Return containerd's TOML; everything but the CNI plugins' folder lies below `/run`."""
    return _CONTAINERD.format(pause=images.PAUSE_IMAGE, plugins=plugins)


def cni(host: Host, dual_stack: bool) -> str:
    """Return the CNI chain of a node: a bridge with addresses of the node's own pod range, and host ports."""
    ranges, routes = [[{"subnet": host.pods}]], [{"dst": "0.0.0.0/0"}]
    if dual_stack:
        ranges.append([{"subnet": host.pods6}])
        routes.append({"dst": "::/0"})
    bridge = {
        "type": "bridge",
        "bridge": "pods",
        "isGateway": True,
        "hairpinMode": True,
        "ipam": {"type": "host-local", "ranges": ranges, "routes": routes, "dataDir": "/run/cni/addresses"},
    }
    ports = {"type": "portmap", "capabilities": {"portMappings": True}, "snat": True}
    return json.dumps({"cniVersion": "1.0.0", "name": "lab", "plugins": [bridge, ports]})


def kubelet(cgroup: str) -> str:
    """Return the KubeletConfiguration (kubelet.config.k8s.io/v1beta1): no limits enforced, quick to notice changes."""
    zero = {"memory.available": "0%", "nodefs.available": "0%", "nodefs.inodesFree": "0%", "imagefs.available": "0%"}
    settings: dict[str, Any] = {
        "authentication": {"anonymous": {"enabled": False}, "webhook": {"enabled": True},
                           "x509": {"clientCAFile": "/run/client-ca.crt"}},
        "authorization": {"mode": "Webhook"},
        "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
        "cgroupRoot": cgroup, "cgroupDriver": "cgroupfs", "cgroupsPerQOS": True, "enforceNodeAllocatable": [],
        "failCgroupV1": False, "failSwapOn": False, "localStorageCapacityIsolation": False,
        "clusterDNS": [CLUSTER_DNS], "clusterDomain": CLUSTER_DOMAIN, "resolvConf": "/run/resolv.conf",
        "volumePluginDir": "/run/kubelet/volumeplugins", "healthzPort": KUBELET_HEALTH,
        "evictionHard": zero, "imageGCHighThresholdPercent": 100, "imageGCLowThresholdPercent": 99,
        "nodeStatusUpdateFrequency": "4s", "nodeLeaseDurationSeconds": 12, "syncFrequency": "10s",
        "crashLoopBackOff": {"maxContainerRestartPeriod": "4s"}, "registerNode": True, "maxPods": 100,
    }
    return json.dumps({"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", **settings})


def service_networks(dual_stack: bool) -> str:
    """The networks of ClusterIPs, with commas between them."""
    return f"{SERVICE_NETWORK},{SERVICE_NETWORK_6}" if dual_stack else str(SERVICE_NETWORK)


def kube_proxy(name: str, dual_stack: bool) -> str:
    """Return the KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1); its health port answers to everyone."""
    pods = f"{POD_NETWORK},{POD_NETWORK_6}" if dual_stack else str(POD_NETWORK)
    settings: dict[str, Any] = {
        "clientConnection": {"kubeconfig": "/run/kube-proxy.kubeconfig"},
        "hostnameOverride": name, "clusterCIDR": pods, "conntrack": {"maxPerCore": 0, "min": 0},
        "healthzBindAddress": f"0.0.0.0:{KUBE_PROXY_HEALTH}", "metricsBindAddress": "127.0.0.1:10249",
        "iptables": {"minSyncPeriod": "0s", "syncPeriod": "10s"},  # it calls itself unhealthy after twice that time
    }
    return json.dumps({"apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration", **settings})
