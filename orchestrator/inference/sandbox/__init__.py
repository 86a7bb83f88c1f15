"""The sandbox model: a small rule-based responder behind an OpenAI-compatible endpoint."""
