"""Text prepared for speech by pure functions, in every language we have wordings for."""
