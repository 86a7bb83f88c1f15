"""Children that misbehave, in place of the one that speaks."""
