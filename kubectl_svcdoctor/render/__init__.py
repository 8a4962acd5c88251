"""One module per format; each turns a `Result` into text and knows nothing of where it came from."""
