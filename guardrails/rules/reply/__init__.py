"""One reply rule per file."""
