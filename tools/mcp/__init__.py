"""Tools of MCP servers: mounted by configuration, graded by us, believed in nothing."""
