"""What clients reach: from a Pod, over a node, and at the Service's address."""
