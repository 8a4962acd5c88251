"""What a Service itself says, and where it leads."""
