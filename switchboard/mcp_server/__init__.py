"""The operator API as an MCP server, for an operator's own assistant."""
