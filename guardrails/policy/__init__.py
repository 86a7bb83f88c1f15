"""The policy file: what may be done, by whom, when, and what always goes to a human."""
