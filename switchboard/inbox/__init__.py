"""The inbox as a process of its own: `process.py` is the gateway's side, `child.py` runs in the process."""
