"""StatefulSets and headless Services: who governs whom, and which Pods have names of their own."""

from kubectl_svcdoctor.graph.sts.governed import governed
from kubectl_svcdoctor.graph.sts.peers import peers

__all__ = ["governed", "peers"]
