"""Serves one peer on a free port: `voice_serve.py MODULE`; prints {"http": URL}, runs until killed."""

from __future__ import annotations

import importlib
import json
import socket
import sys

import loops


def main() -> None:
    """Serve."""
    module = importlib.import_module(f"voice_systems.{sys.argv[1]}")
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def ready() -> None:
        print(json.dumps({"http": url}), flush=True)

    loops.run(module.serve(listener, ready))


if __name__ == "__main__":
    main()
