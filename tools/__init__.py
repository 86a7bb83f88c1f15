"""What the assistant can do: the tools every business has, and what a tool is."""
