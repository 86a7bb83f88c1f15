"""Hearing: from the bytes of a call to the utterances in it."""
