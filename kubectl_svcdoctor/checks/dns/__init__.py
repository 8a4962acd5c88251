"""Names: the cluster's DNS servers, and what they answer."""
