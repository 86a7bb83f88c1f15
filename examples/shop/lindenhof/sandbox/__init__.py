"""What the sandbox model understands of the shop: one wish per file, and who picks among them."""
