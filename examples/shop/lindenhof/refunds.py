"""Money that goes back: never more than was paid, and once for each key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from uuid_utils.compat import uuid7

from lindenhof.account import Account, key_reused
from lindenhof.money import amount_of, priced
from tools.database import Connection
from tools.text import one_line
from tools.tool import Caller, ToolError

_COLUMNS = "number, order_number, amount, currency, refunded, reason, made_at"
_BY_KEY = f"SELECT {_COLUMNS} FROM lindenhof.refunds WHERE idempotency_key = $1"
_OF_ORDER = f"SELECT {_COLUMNS} FROM lindenhof.refunds WHERE order_number = $1 ORDER BY id"
_INSERT = f"""
INSERT INTO lindenhof.refunds (id, order_number, amount, currency, refunded, reason, made_at, idempotency_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (idempotency_key) DO NOTHING
RETURNING {_COLUMNS}
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Refund:
    """One refund; `refunded` is the sum of the order's refunds up to and with this one."""

    number: str
    order_number: int
    amount: Decimal
    currency: str
    refunded: Decimal
    reason: str
    made_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A refund that is asked for."""

    order_number: int
    amount: Decimal
    currency: str
    reason: str


def wanted_refund(account: Account, amount: str | float, currency: str, reason: str) -> Wanted:
    """Return what is asked for, read and cleaned; ToolError `invalid_amount`."""
    code = currency.upper()
    value = amount_of(amount, code)
    return Wanted(order_number=account.number, amount=value, currency=code, reason=one_line(reason))


async def refunds_of(connection: Connection, number: int) -> list[Refund]:
    """Return the refunds of an order that was found for its customer, oldest first."""
    return [Refund(**dict(row)) for row in await connection.fetch(_OF_ORDER, number)]


async def refund_made(connection: Connection, key: str, wanted: Wanted) -> Refund | None:
    """Return what was refunded under this key; ToolError `key_reused` if that was something else."""
    row: Any = await connection.fetchrow(_BY_KEY, key)
    if row is None:
        return None
    made = Refund(**dict(row))
    if (made.order_number, made.amount, made.currency, made.reason) != (
        wanted.order_number,
        wanted.amount,
        wanted.currency,
        wanted.reason,
    ):
        raise key_reused()
    return made


def check_refund(account: Account, wanted: Wanted) -> None:
    """Raise ToolError `wrong_currency` or `too_much` when the order does not allow this refund."""
    if wanted.currency != account.currency:
        message = f"Order {account.number} was paid in {account.currency}; refund it in that currency."
        raise ToolError("wrong_currency", message)
    left = account.total - account.refunded
    if wanted.amount > left:
        message = f"At most {priced(left, account.currency)} of order {account.number} can still be refunded."
        raise ToolError("too_much", message)


async def make_refund(connection: Connection, caller: Caller, account: Account, wanted: Wanted) -> Refund:
    """Write the refund of a locked account; ToolError as in `check_refund`, or `key_reused`."""
    check_refund(account, wanted)
    row: Any = await connection.fetchrow(
        _INSERT,
        uuid7(),
        wanted.order_number,
        wanted.amount,
        wanted.currency,
        account.refunded + wanted.amount,
        wanted.reason,
        caller.now,
        caller.idempotency_key,
    )
    if row is None:
        raise key_reused()  # for another order, at this very moment: the same one was locked
    return Refund(**dict(row))
