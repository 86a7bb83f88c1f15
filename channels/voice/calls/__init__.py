"""Calls: turn-taking between a caller and the conversation, whatever wire brings the audio."""
