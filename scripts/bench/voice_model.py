"""An OpenAI-compatible model that gives the reply of `voice_job` at once, without tools; prints its port."""

from __future__ import annotations

import asyncio
import json

import loops
from model import PIECE, decided, streamed, whole
from model import Connection as ToolConnection
from model import _http as http
from voice_job import REPLY


class Connection(ToolConnection):
    """One kept-alive HTTP/1.1 connection."""

    def _response(self, line: bytes, body: bytes) -> bytes:
        if not line.startswith(b"POST"):
            return http(b"application/json", b"{}")
        message = decided(decision())
        if b'"stream":true' in body:
            return http(b"text/event-stream", streamed(message, PIECE))
        return http(b"application/json", whole(message))


def decision() -> str:
    """Return the decision that answers at once."""
    value = {"intent": "greeting", "language": "en", "actions": [], "reply": REPLY}
    return json.dumps(value, separators=(",", ":"))


async def serve() -> None:
    """Listen on a free port of the loopback address until killed."""
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    try:
        loops.run(serve())
    except KeyboardInterrupt:
        pass
