"""The Pods behind a Service, and what keeps them from serving."""
