"""What a sentence claims, and whether a source says the same."""
