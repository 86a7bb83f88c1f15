"""One action rule per file."""
