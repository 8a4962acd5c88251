"""The only opener of sockets besides the connection to the API server: questions in, replies or Unknown out."""
