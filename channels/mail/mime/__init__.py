"""Bytes of a mail into parts, headers, addresses and text: tolerant, bounded, never raising."""
