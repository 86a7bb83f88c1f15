"""Speaking: sentences become audio, in child processes so that an engine can hang or die alone."""
