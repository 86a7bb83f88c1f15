"""One inbound rule per file."""
