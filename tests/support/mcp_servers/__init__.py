"""Real MCP servers for tests: a good one, one as in the SDK's examples, and a hostile one."""
