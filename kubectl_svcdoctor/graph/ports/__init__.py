"""Where a Service's ports lead in its Pods, and what answers there."""
