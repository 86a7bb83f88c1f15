"""HTML mail into readable text without what was hidden from its reader."""
