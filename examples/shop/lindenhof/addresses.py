"""Which e-mail addresses the shop has on file."""

from __future__ import annotations

from tools.database import Database


class ShopAddresses:
    """The shop's customers as an address book."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def on_file(self, address: str) -> bool:
        """Say whether an address (in lower case) is a customer's."""
        found = await self._database.fetchval("SELECT 1 FROM lindenhof.customers WHERE email = $1", address)
        return bool(found)
