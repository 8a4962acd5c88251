"""The manifests of the add-ons: upstream's own, read from the module folders, and the lab's, from `manifests/`.

Nothing of upstream is copied into the project. What is changed on the way to the API server is done and explained here.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import tempfile
import zipfile
from pathlib import Path

from tests.lab.errors import LabError
from tests.lab.nodeconfig import CLUSTER_DNS, CLUSTER_DOMAIN

GATEWAY_API = "sigs.k8s.io/gateway-api@v1.7.0"
GATEWAY_API_SUM = "h1:duVnm7nO6oXfMMUWfcDoBph47CYR/ME3NGxccOVglaY="
COREDNS_REPLICAS, CACHE_SECONDS = 2, 5
_OWN = Path(__file__).parent / "manifests"
_COREDNS = "cluster/addons/dns/coredns/coredns.yaml.base"
_METALLB = "config/manifests/metallb-native.yaml"
_CONTOUR = "examples/render/contour-gateway.yaml"


def own(name: str) -> str:
    """Return one of the lab's own manifests, `manifests/NAME.yaml`."""
    return (_OWN / f"{name}.yaml").read_text()


def documents(text: str) -> list[str]:
    """Return the YAML documents of a manifest that hold more than comments."""
    parts = re.split(r"^---.*$", text, flags=re.MULTILINE)
    return [part for part in parts if re.search(r"^[^#\s]", part, flags=re.MULTILINE)]


def coredns(kubernetes: Path) -> str:
    """Return the Deployment, Service and rights of CoreDNS as Kubernetes ships them, with two replicas.

    Answers are kept for 5 seconds instead of 30, since tests wait for that.
    """
    text = (kubernetes / _COREDNS).read_text()
    places = {"DOMAIN": CLUSTER_DOMAIN, "SERVER": CLUSTER_DNS, "MEMORY__LIMIT": "170Mi"}
    for place, value in places.items():
        text = text.replace(f"__DNS__{place}__", value)
    text = text.replace("\n        cache 30\n", f"\n        cache {CACHE_SECONDS}\n")
    return text.replace("\nspec:\n  # replicas:", f"\nspec:\n  replicas: {COREDNS_REPLICAS}\n  # replicas:")


def metallb(module: Path, authority: str) -> str:
    """Return MetalLB's manifest, for a webhook whose certificate `authority` (PEM) has signed; its Secret is left out.

    An AS number does not fit the `int32` that its CRD claims, and 1.37 says so.
    """
    text = "---".join(part for part in documents((module / _METALLB).read_text()) if _kind(part) != "Secret")
    bundle = base64.b64encode(authority.encode()).decode()
    text = re.sub(r"^( +)clientConfig:\n", rf"\g<0>\1  caBundle: {bundle}\n", text, flags=re.MULTILINE)
    text = re.sub(r"^( +)- --tls-min-version=.*\n", r"\g<0>\1- --disable-cert-rotation=true\n", text, flags=re.MULTILINE)
    return re.sub(r"format: int32(\s+maximum: 4294967295)", r"format: int64\1", text)


def contour(module: Path) -> str:
    """Return Contour, without the Gateway API's CRDs (one set only), its sample Gateway, and the DaemonSet of Envoy.

    The Job that makes certificates is left out too: `credentials` has them before anybody waits for them.
    Envoy's Service gets a port for the Gateway's TCP listener: Contour lets Envoy listen on the listener's port + 8000.
    """
    text = "---".join(part for part in documents((module / _CONTOUR).read_text()) if not _replaced(part) and _kind(part) != "DaemonSet")
    port = "\n  - port: 9000\n    name: tcp\n    protocol: TCP\n    targetPort: 17000"
    return text.replace("\n    targetPort: 8443", f"\n    targetPort: 8443{port}", 1)


def envoy(module: Path) -> str:
    """Return the DaemonSet of Envoy, which backs off for up to 30 seconds when Contour does not answer yet."""
    return "---".join(part for part in documents((module / _CONTOUR).read_text()) if _kind(part) == "DaemonSet")


def with_secrets(text: str, secrets: str) -> str:
    """Return a manifest with these Secrets directly after its Namespaces, so that no pod is there before them."""
    parts = documents(text)
    namespaces = [part for part in parts if _kind(part) == "Namespace"]
    return "---".join([*namespaces, f"\n{secrets}\n", *(part for part in parts if part not in namespaces)])


def gateway_crds() -> str:
    """Return the CRDs of the Gateway API, experimental channel: TCPRoute and TLSRoute as Contour reads them are there.

    The module asks for a newer Go than the lab's binaries do, so that `go list` refuses it: its archive is read instead.
    """
    with tempfile.TemporaryDirectory() as folder:
        argv = ["go", "mod", "download", "-json", GATEWAY_API]
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    answer = json.loads(done.stdout or "{}")
    if answer.get("Sum") != GATEWAY_API_SUM:
        raise LabError(f"{' '.join(argv)} brings {answer.get('Sum') or done.stderr.strip()}, not {GATEWAY_API_SUM}")
    with zipfile.ZipFile(answer["Zip"]) as archive:
        names = [name for name in archive.namelist() if "/config/crd/experimental/gateway.networking.k8s.io_" in name]
        parts = [archive.read(name).decode() for name in names]
    return "\n---\n".join(part for part in parts if "\nkind: CustomResourceDefinition" in part)


def _kind(document: str) -> str:
    found = re.search(r"^kind: (\w+)", document, flags=re.MULTILINE)
    return found.group(1) if found else ""


def _replaced(document: str) -> bool:
    own_kind = _kind(document) in ("Gateway", "GatewayClass", "Job")
    return own_kind or re.search(r"^  name: \w+\.gateway\.networking\.", document, flags=re.MULTILINE) is not None
