"""What the sandbox model understands: one intent per file."""
