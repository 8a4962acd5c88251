"""The only talker to the API server: queries in, typed objects or Unknown out."""
