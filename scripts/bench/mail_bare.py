"""The peer that keeps nothing: aiosmtpd as it comes, with a handler that drops each mail. Prints its port."""

from __future__ import annotations

import asyncio
from typing import Any

from aiosmtpd.smtp import SMTP


class Drop:
    """Says 250 at once."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Drop one mail."""
        return "250 OK"


async def bare_server() -> asyncio.Server:
    """Listen on a free port."""
    loop = asyncio.get_running_loop()
    handler = Drop()
    return await loop.create_server(
        lambda: SMTP(handler, hostname="localhost", data_size_limit=50_000_000, loop=loop), "127.0.0.1", 0
    )


async def main() -> None:
    """Serve until killed."""
    server = await bare_server()
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
