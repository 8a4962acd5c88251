"""What becomes of a patch: as the API server would store it, and as the controllers would follow it."""
