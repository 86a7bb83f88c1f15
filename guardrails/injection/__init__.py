"""Finds text that is written to steer the model: unmask, decode, weigh."""
