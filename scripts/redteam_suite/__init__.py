"""The abuse suite: attacks over every channel, with a model that does whatever the attacker says."""
