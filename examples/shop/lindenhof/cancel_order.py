"""The tool `cancel_order`."""

from __future__ import annotations

from typing import Any

from lindenhof.account import Account, Reason, find_account
from lindenhof.changes import Change, change_made, check_change, make_change
from lindenhof.money import priced
from lindenhof.order_id import OrderId
from tools.database import Database
from tools.text import one_line
from tools.tool import Caller, Preview, Sensitivity, Tool, tool


def cancel_order_tool(database: Database) -> Tool:
    """Return the tool, working on the example shop in this database."""

    async def preview(caller: Caller, order_id: OrderId, reason: Reason) -> Preview:
        account, why = await find_account(database, caller, order_id), one_line(reason)
        key = caller.idempotency_key
        if await change_made(database, key, number=account.number, kind="cancel", detail=why) is None:
            check_change(account, "cancel")
        return _preview(account, why)

    @tool(sensitivity=Sensitivity.SENSITIVE, trust=3, idempotent=True, preview=preview)
    async def cancel_order(caller: Caller, order_id: OrderId, reason: Reason) -> dict[str, Any]:
        """Cancel an order of this customer, as long as it is being processed or packed.
        Needs a verified identity; a colleague may have to approve it.
        """
        async with database.transaction() as connection:
            account, why = await find_account(connection, caller, order_id, lock=True), one_line(reason)
            key = caller.idempotency_key
            made = await change_made(connection, key, number=account.number, kind="cancel", detail=why)
            return _told(made or await make_change(connection, caller, account, "cancel", why))

    return cancel_order


def _preview(account: Account, reason: str) -> Preview:
    order, total = account.number, priced(account.total, account.currency)
    return Preview(
        summary=f"Cancel order {order} ({total}, {account.status}) of {account.name}",
        told={
            "en": f"the cancellation of order {order}",
            "de": f"die Stornierung von Bestellung {order}",
            "fr": f"l'annulation de la commande {order}",
            "es": f"la cancelación del pedido {order}",
            "it": f"l'annullamento dell'ordine {order}",
            "nl": f"de annulering van bestelling {order}",
            "pt": f"o cancelamento da encomenda {order}",
            "pl": f"anulowanie zamówienia {order}",
        },
        facts=account.facts(reason=reason),
        amount=account.total,
        currency=account.currency,
    )


def _told(made: Change) -> dict[str, Any]:
    return {
        "order_id": str(made.order_number),
        "status": "cancelled",
        "status_before": made.status,
        "cancelled_at": made.made_at,
    }
