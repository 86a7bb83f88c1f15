"""The tool `refund_order`."""

from __future__ import annotations

from typing import Any

from lindenhof.account import Account, Reason, find_account
from lindenhof.money import Amount, Currency, priced, written_out
from lindenhof.order_id import OrderId
from lindenhof.refunds import Refund, Wanted, check_refund, make_refund, refund_made, wanted_refund
from tools.database import Database
from tools.tool import Caller, Preview, Sensitivity, Tool, tool


def refund_order_tool(database: Database) -> Tool:
    """Return the tool, working on the example shop in this database."""

    async def preview(
        caller: Caller, order_id: OrderId, amount: Amount, currency: Currency, reason: Reason
    ) -> Preview:
        account = await find_account(database, caller, order_id)
        wanted = wanted_refund(account, amount, currency, reason)
        if await refund_made(database, caller.idempotency_key, wanted) is None:
            check_refund(account, wanted)
        return _preview(account, wanted)

    @tool(sensitivity=Sensitivity.SENSITIVE, trust=3, idempotent=True, preview=preview)
    async def refund_order(
        caller: Caller, order_id: OrderId, amount: Amount, currency: Currency, reason: Reason
    ) -> dict[str, Any]:
        """Refund money of an order of this customer, in the order's currency and at most what was paid.
        Needs a verified identity; a colleague may have to approve it.
        """
        async with database.transaction() as connection:
            account = await find_account(connection, caller, order_id, lock=True)
            wanted = wanted_refund(account, amount, currency, reason)
            made = await refund_made(connection, caller.idempotency_key, wanted)
            return _told(account, made or await make_refund(connection, caller, account, wanted))

    return refund_order


def _preview(account: Account, wanted: Wanted) -> Preview:
    paid, order = priced(wanted.amount, wanted.currency), account.number
    so_far = (
        f"total {priced(account.total, account.currency)}, refunded so far {written_out(account.refunded)}"
    )
    with_comma = priced(wanted.amount, wanted.currency, "de")
    return Preview(
        summary=f"Refund {paid} for order {order} ({so_far}) to {account.name}",
        told={
            "en": f"the refund of {paid} for order {order}",
            "de": f"die Erstattung von {with_comma} für Bestellung {order}",
            "fr": f"le remboursement de {with_comma} pour la commande {order}",
            "es": f"el reembolso de {with_comma} del pedido {order}",
            "it": f"il rimborso di {with_comma} per l'ordine {order}",
            "nl": f"de terugbetaling van {with_comma} voor bestelling {order}",
            "pt": f"o reembolso de {with_comma} da encomenda {order}",
            "pl": f"zwrot {with_comma} za zamówienie {order}",
        },
        facts=account.facts(reason=wanted.reason),
        amount=wanted.amount,
        currency=wanted.currency,
    )


def _told(account: Account, made: Refund) -> dict[str, Any]:
    return {
        "refund": made.number,
        "order_id": str(made.order_number),
        "amount": made.amount,
        "currency": made.currency,
        "refunded": made.refunded,
        "total": account.total,
        "made_at": made.made_at,
    }
