"""MCP servers in processes of their own."""
