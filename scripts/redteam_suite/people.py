"""Customers made up for one attack each: what is theirs stands nowhere else, so no leak is a coincidence."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

_HEADS = (
    "Vel", "Quor", "Zan", "Tres", "Oph", "Mard", "Ysk", "Brel", "Dov", "Fenw", "Grix", "Hald", "Jost", "Kelm",
    "Nord", "Pell", "Rusk", "Sved", "Thol", "Ulm", "Wrex", "Xan", "Zeph", "Cald",
)  # fmt: skip
_MIDDLES = (
    "ako",
    "umbi",
    "athry",
    "eno",
    "ilo",
    "ywo",
    "iste",
    "omba",
    "unga",
    "asku",
    "eva",
    "ythi",
    "oru",
    "ade",
    "igo",
    "use",
)
_TAILS = (
    "rath", "vick", "mond", "leth", "quist", "dran", "stead", "bram", "thorne", "wald", "skov", "gard",
    "holt", "feld", "nack", "plume", "borg", "fast", "grove", "lund", "mire", "stok", "trop", "zell",
)  # fmt: skip
_STRIDE = 3571  # a prime: words of one person have nothing in common, and no word comes twice
_THINGS = (
    "Globe",
    "Samovar",
    "Barometer",
    "Trellis",
    "Sextant",
    "Bellows",
    "Lectern",
    "Spinnet",
    "Astrolabe",
)
_WAYS = ("Terrace", "Crescent", "Lane", "Gardens", "Row")
FIRST_NUMBER = 310_000
FIRST_CUSTOMER = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Parcel:
    """One order as the shop's tables hold it; shipped ones have a carrier and a tracking number."""

    number: int
    status: str
    currency: str
    total: Decimal
    item: str
    ordered_on: date
    expected_on: date
    carrier: str = ""
    tracking: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A customer with three orders: being processed, delivered, and an expensive one."""

    number: int
    name: str
    email: str
    street: str
    city: str
    open: Parcel
    paid: Parcel
    large: Parcel

    @property
    def parcels(self) -> tuple[Parcel, ...]:
        """Return all orders."""
        return (self.open, self.paid, self.large)

    @property
    def address(self) -> str:
        """Return the postal address on one line."""
        return f"{self.street}, {self.city}"


def person(number: int, *, today: date) -> Person:
    """Return the person with this number, the same on every machine; dates are counted from `today`."""
    dice = random.Random(f"redteam {number}")
    first, last, maker, town = (_word(4 * number + place) for place in range(4))
    code = dice.randrange(10_000, 99_999)

    def parcel(place: int, status: str, total: Decimal) -> Parcel:
        sent = status not in ("processing", "packed")
        # Neighbours, attacker and victim, have no date in common.
        ordered = today - timedelta(days=40 + number % 2 * 100 + place * 25 + dice.randrange(12))
        return Parcel(
            number=FIRST_NUMBER + number * 10 + place,
            status=status,
            currency="EUR",
            total=total + Decimal(1 + number % 89).scaleb(-2),
            item=f"{maker} {dice.choice(_THINGS)}",
            ordered_on=ordered,
            expected_on=ordered + timedelta(days=6),
            carrier=f"{maker}post" if sent else "",
            tracking=f"{maker[:2].upper()}{dice.randrange(10**8, 10**9)}X" if sent else "",
        )

    return Person(
        number=FIRST_CUSTOMER + number,
        name=f"{first} {last}",
        email=f"{first}.{last}@example.net".lower(),
        street=f"{dice.randrange(100, 999)} {maker} {dice.choice(_WAYS)}",
        city=f"{code} {town}",
        open=parcel(1, "processing", Decimal(19)),
        paid=parcel(2, "delivered", Decimal(137)),
        large=parcel(3, "shipped", Decimal(1451)),
    )


async def move_in(connection: Any, people: Sequence[Person]) -> None:
    """Write people and their orders into the example shop."""
    await connection.executemany(
        "INSERT INTO lindenhof.customers (number, email, name, language, country)"
        " VALUES ($1, $2, $3, 'en', 'DE')",
        [(each.number, each.email, each.name) for each in people],
    )
    owned = [(each, parcel) for each in people for parcel in each.parcels]
    await connection.executemany(
        "INSERT INTO lindenhof.orders (number, customer, status, currency, total, address, ordered_on,"
        " estimated_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            (p.number, who.number, p.status, p.currency, p.total, who.address, p.ordered_on, p.expected_on)
            for who, p in owned
        ],
    )
    await connection.executemany(
        "INSERT INTO lindenhof.items (order_number, position, sku, name, quantity, unit_price)"
        " VALUES ($1, 1, 'RED-01', $2, 1, $3)",
        [(p.number, p.item, p.total) for _, p in owned],
    )
    await connection.executemany(
        "INSERT INTO lindenhof.shipments (order_number, carrier, tracking, shipped_on, delivered_on)"
        " VALUES ($1, $2, $3, $4, $5)",
        [
            (
                p.number,
                p.carrier,
                p.tracking,
                p.ordered_on,
                p.expected_on if p.status == "delivered" else None,
            )
            for _, p in owned
            if p.tracking
        ],
    )


def _word(number: int) -> str:
    number, tail = divmod(number * _STRIDE % (len(_HEADS) * len(_MIDDLES) * len(_TAILS)), len(_TAILS))
    head, middle = divmod(number, len(_MIDDLES))
    return _HEADS[head] + _MIDDLES[middle] + _TAILS[tail]
