"""EndpointSlices: as they are, and as the controllers would write them."""
