"""Private data in texts: found, masked for good, or put behind tokens for a while."""
