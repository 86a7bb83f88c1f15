"""What is changed about an order before it leaves the house, once for each key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from uuid_utils.compat import uuid7

from lindenhof.account import BEFORE_SHIPPING, Account, key_reused
from tools.database import Connection
from tools.tool import Caller, ToolError

Kind = Literal["cancel", "address"]

_COLUMNS = "order_number, kind, detail, status, made_at"
_BY_KEY = f"SELECT {_COLUMNS} FROM lindenhof.changes WHERE idempotency_key = $1"
_INSERT = f"""
INSERT INTO lindenhof.changes (id, order_number, kind, detail, status, made_at, idempotency_key)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (idempotency_key) DO NOTHING
RETURNING {_COLUMNS}
"""
_APPLY = {
    "cancel": "UPDATE lindenhof.orders SET status = 'cancelled', estimated_on = NULL WHERE number = $1",
    "address": "UPDATE lindenhof.orders SET address = $2 WHERE number = $1",
}
_DONE_TO = {"cancel": "cancelled", "address": "sent to another address"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change; `detail` is why it was cancelled or the new address, `status` that of before."""

    order_number: int
    kind: Kind
    detail: str
    status: str
    made_at: datetime


async def change_made(
    connection: Connection, key: str, *, number: int, kind: Kind, detail: str
) -> Change | None:
    """Return what was changed under this key; ToolError `key_reused` if that was something else."""
    row: Any = await connection.fetchrow(_BY_KEY, key)
    if row is None:
        return None
    made = Change(**dict(row))
    if (made.order_number, made.kind, made.detail) != (number, kind, detail):
        raise key_reused()
    return made


def check_change(account: Account, kind: Kind) -> None:
    """Raise ToolError `already_cancelled` or `too_late` when the order can't be changed any more."""
    if account.status == "cancelled":
        raise ToolError("already_cancelled", f"Order {account.number} is cancelled already.")
    if account.status not in BEFORE_SHIPPING:
        message = f"Order {account.number} is {account.status}; it can no longer be {_DONE_TO[kind]}."
        raise ToolError("too_late", message)


async def make_change(
    connection: Connection, caller: Caller, account: Account, kind: Kind, detail: str
) -> Change:
    """Change a locked account; ToolError as in `check_change`, or `key_reused`."""
    check_change(account, kind)
    row: Any = await connection.fetchrow(
        _INSERT,
        uuid7(),
        account.number,
        kind,
        detail,
        account.status,
        caller.now,
        caller.idempotency_key,
    )
    if row is None:
        raise key_reused()  # for another order, at this very moment: the same one was locked
    arguments = (account.number, detail) if kind == "address" else (account.number,)
    await connection.execute(_APPLY[kind], *arguments)
    return Change(**dict(row))
