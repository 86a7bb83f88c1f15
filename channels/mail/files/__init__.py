"""Files that came with a mail: what they are, how they are called, whether they may be kept."""
