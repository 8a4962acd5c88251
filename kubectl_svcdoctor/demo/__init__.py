"""A recording of a real API server with a shop of six Services, one healthy and five broken in different ways."""
