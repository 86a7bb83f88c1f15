"""A caller for the terminal: speaks into the voice socket, listens, keeps both sides."""
