"""The systems that are measured, one per file; each imports its own packages only."""
