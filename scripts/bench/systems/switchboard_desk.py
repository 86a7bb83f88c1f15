"""Switchboard: the whole gateway, spoken to through its Desk as a channel does, up to the end of the turn."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
from job import MODEL, TURN_LIMIT
from proc import cpu_of_tree, postmaster

# Nobody writes five hundred questions in a minute: these conversations would be held as a flood.
POLICY = """
[screening]
flood_messages = 10000
flood_repeats = 10000
"""
CATALOG = f"""
[[model]]
name = "{MODEL}"
window = 10000000
json = "object"

[routes]
default = ["{MODEL}"]
"""


class Switchboard:
    """A gateway in this process, with the embedded PostgreSQL as it ships."""

    def __init__(self, app: Any, home: Path, orders: list[str]) -> None:
        self.orders = orders
        self._app = app
        self._home = home
        self._sessions: list[Any] = []

    async def begin(self, customers: list[tuple[str, str]]) -> None:
        """Open one session per customer, each verified by an identity token."""
        secret = self._app.secrets.identity.get_secret_value()
        for email, name in customers:
            now = int(time.time())
            claims = {"sub": email, "aud": "switchboard", "iat": now, "exp": now + 600, "email": email}
            token = jwt.encode({**claims, "name": name}, secret, algorithm="HS256")
            session = await self._app.desk.open_session(
                channel="chat", token=None, identity=token, issued_only=True
            )
            self._sessions.append(session)

    async def turn(self, conversation: int, text: str) -> str:
        """Write one message as a chat socket does and wait for the end of its turn."""
        from orchestrator.conversation.event_bus import Posted, TurnEnded
        from orchestrator.conversation.message import Inbound

        session, desk = self._sessions[conversation], self._app.desk
        said = ""
        async with desk.listen(session.conversation_id) as listener:
            accepted = await desk.accept(
                Inbound(channel="chat", key=str(uuid4()), session_id=session.id, text=text, session=session)
            )
            async with asyncio.timeout(TURN_LIMIT):
                async for event in listener:
                    if isinstance(event, Posted):
                        said += event.text
                    if isinstance(event, TurnEnded) and event.upto_seq >= accepted.seq:
                        return said
        return said

    def store_cpu(self) -> float:
        """Return the seconds of CPU PostgreSQL has used so far."""
        return cpu_of_tree(postmaster(self._home))

    async def facts(self) -> dict[str, str]:
        """Return how PostgreSQL is set, for the table."""
        names = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
        return {name: str(await self._app.database.fetchval(f"SHOW {name}")) for name in names}

    async def close(self) -> None:
        """Stop the gateway and PostgreSQL."""
        await self._app.drain()


async def open_system(base_url: str, folder: str, conversations: int) -> Switchboard:
    """Start a gateway on fresh data."""
    catalog = Path(folder) / "catalog.toml"
    catalog.write_text(CATALOG)
    policy = Path(folder) / "policy.toml"
    policy.write_text(POLICY)
    os.environ.update(
        OXLO_API_KEY="bench",
        OXLO_BASE_URL=base_url,
        SWITCHBOARD_HOME=str(Path(folder) / "home"),
        SWITCHBOARD_HTTP_PORT="0",
        SWITCHBOARD_SMTP_PORT="0",
        SWITCHBOARD_REQUESTS_PER_DAY="0",
        SWITCHBOARD_CATALOG=str(catalog),
        SWITCHBOARD_POLICY=str(policy),
        SWITCHBOARD_VOICE__ENABLED="false",
        SWITCHBOARD_LOG__FORMAT="json",
    )
    from switchboard.app import App
    from switchboard.logging import configure_logging
    from switchboard.sources import load_settings

    settings = load_settings().settings
    configure_logging(settings.log)
    app = App(settings)
    await app.start()
    from lindenhof.example import customers, orders  # the gateway has loaded it

    shop, made = customers(), orders()
    people = [shop[number % len(shop)] for number in range(conversations)]
    own = [next(str(order.number) for order in made if order.customer == each.number) for each in people]
    system = Switchboard(app, settings.home, own)
    await system.begin([(each.email, each.name) for each in people])
    return system
