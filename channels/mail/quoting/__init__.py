"""What mail programs put around a customer's own words: quotes, their headings, signatures, footers."""
