"""Real clusters to test against: level `api` is a control plane alone, level `cluster` adds nodes with a data plane."""
