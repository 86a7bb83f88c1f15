"""Conversation state, memory, inference and the turn: floor 2 of the house."""
