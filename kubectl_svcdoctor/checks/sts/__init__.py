"""Names of Pods: headless Services and StatefulSets."""
