"""What the assistant can do: tools as typed functions, and the example shop they work on."""
