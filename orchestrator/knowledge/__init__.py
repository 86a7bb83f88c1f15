"""The business's own words: Markdown articles, kept and searched in PostgreSQL."""
