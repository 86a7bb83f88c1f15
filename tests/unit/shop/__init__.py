"""Unit tests of the MCP tools."""
