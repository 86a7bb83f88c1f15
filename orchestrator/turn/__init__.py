"""One turn: what it knows, what the model decides, what is done, what is shown."""
