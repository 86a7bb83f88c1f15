"""The shop's own tables: a schema beside the gateway's, made at the first start."""

from __future__ import annotations

from pathlib import Path

from tools.database import Connection

SCHEMA = Path(__file__).with_name("schema.sql")
_THERE = "SELECT to_regclass('lindenhof.changes') IS NOT NULL"


async def make_schema(connection: Connection) -> None:
    """Make what is missing; the tables that older versions had elsewhere are moved here."""
    if not await connection.fetchval(_THERE):
        await connection.execute(SCHEMA.read_text("utf-8"))
