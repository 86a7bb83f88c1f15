"""The tool `change_address`."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from lindenhof.account import Account, find_account
from lindenhof.changes import Change, change_made, check_change, make_change
from lindenhof.order_id import OrderId
from tools.database import Database
from tools.text import one_line
from tools.tool import Caller, Preview, Sensitivity, Tool, ToolError, tool

SHORTEST = 8
LONGEST = 300
# What no postal address holds, but what is written to trick whoever prints or shows it.
_FOREIGN = re.compile(r"[<>{}|\\@]|://")

Address = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST),
    Field(description="The whole new address: street and number, postal code, town, country if abroad."),
]


def change_address_tool(database: Database) -> Tool:
    """Return the tool, working on the example shop in this database."""

    async def preview(caller: Caller, order_id: OrderId, address: Address) -> Preview:
        wanted = cleaned(address)
        account = await find_account(database, caller, order_id)
        key = caller.idempotency_key
        if await change_made(database, key, number=account.number, kind="address", detail=wanted) is None:
            check_change(account, "address")
        return _preview(account, wanted)

    @tool(sensitivity=Sensitivity.SENSITIVE, trust=3, idempotent=True, preview=preview)
    async def change_address(caller: Caller, order_id: OrderId, address: Address) -> dict[str, Any]:
        """Send an order of this customer to another address, as long as it is being processed or packed.
        Needs a verified identity; a colleague may have to approve it.
        """
        wanted = cleaned(address)
        async with database.transaction() as connection:
            account = await find_account(connection, caller, order_id, lock=True)
            key = caller.idempotency_key
            made = await change_made(connection, key, number=account.number, kind="address", detail=wanted)
            return _told(made or await make_change(connection, caller, account, "address", wanted))

    return change_address


def cleaned(address: str) -> str:
    """Return the address on one line, its lines joined by commas; ToolError `invalid_address`.

    It has 8 to 300 characters, some of them letters; control and direction marks are left out.
    """
    text = ", ".join(filter(None, map(_line, address.splitlines())))
    letters = sum(letter.isalpha() for letter in text)
    if not SHORTEST <= len(text) <= LONGEST or letters < SHORTEST // 2 or _FOREIGN.search(text):
        message = "This is no postal address. Ask for street, number, postal code and town."
        raise ToolError("invalid_address", message)
    return text


def _line(written: str) -> str:
    shown = "".join(letter for letter in written if letter.isprintable() or letter.isspace())
    return one_line(unicodedata.normalize("NFC", shown)).strip(" ,")


def _preview(account: Account, address: str) -> Preview:
    order = account.number
    return Preview(
        summary=f"Send order {order} ({account.status}) of {account.name} to: {address}",
        told={
            "en": f"the change of address of order {order}",
            "de": f"die Änderung der Adresse von Bestellung {order}",
            "fr": f"le changement d'adresse de la commande {order}",
            "es": f"el cambio de dirección del pedido {order}",
            "it": f"il cambio di indirizzo dell'ordine {order}",
            "nl": f"de adreswijziging van bestelling {order}",
            "pt": f"a alteração da morada da encomenda {order}",
            "pl": f"zmiana adresu zamówienia {order}",
        },
        facts=account.facts(address=account.address, new_address=address),
    )


def _told(made: Change) -> dict[str, Any]:
    return {
        "order_id": str(made.order_number),
        "address": made.detail,
        "status": made.status,
        "changed_at": made.made_at,
    }
