"""The example shop's people and orders, worked out the same on every machine."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from lindenhof.catalogue import COUNTRIES, GOODS, PRICE_FACTORS, STREETS

ORDERS_EACH = 5
FIRST_NUMBER = 2001
NUMBER_STEP = 7
# status, days since the order (least, most), whether it left the house
STATES: tuple[tuple[str, int, int, bool], ...] = (
    ("processing", 0, 1, False),
    ("packed", 1, 2, False),
    ("shipped", 3, 5, True),
    ("delivered", 8, 120, True),
    ("delivered", 8, 120, True),
    ("delivered", 8, 120, True),
    ("cancelled", 2, 90, False),
    ("returned", 25, 120, True),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Customer:
    """Someone who has ordered; the e-mail address is in lower case."""

    number: int
    email: str
    name: str
    language: str
    country: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """Days are counted from the anchor: -4 is four days before it. Items are (index in GOODS, quantity)."""

    number: int
    customer: int
    status: str
    currency: str
    address: str
    carrier: str
    items: tuple[tuple[int, int], ...]
    ordered: int
    estimated: int | None
    shipped: int | None = None
    delivered: int | None = None


def customers() -> list[Customer]:
    """Return the 50 customers, Ada and Bob first."""
    known = [
        Customer(number=1, email="ada@example.com", name="Ada Byron", language="en", country="IE"),
        Customer(number=2, email="bob@example.com", name="Bob Stone", language="en", country="US"),
    ]
    people = [(country, name) for country, (*_, names) in COUNTRIES.items() for name in names]
    others = [
        Customer(
            number=number,
            email=_mailbox(name),
            name=name,
            language=COUNTRIES[country][1],
            country=country,
        )
        for number, (country, name) in enumerate(people, start=3)
    ]
    return known + others


def orders() -> list[Order]:
    """Return all orders, those of Ada and Bob first."""
    return _known_orders() + list(_other_orders(customers()[2:]))


def _known_orders() -> list[Order]:
    ada, bob = "5 Analytical Terrace, Dublin D02 X285", "40 Granite Street, Portland, OR 97204"
    return [
        Order(
            number=1042,
            customer=1,
            status="shipped",
            currency="EUR",
            address=ada,
            carrier="An Post",
            items=((1, 1), (3, 1)),
            ordered=-4,
            shipped=-2,
            estimated=3,
        ),
        Order(
            number=1043,
            customer=1,
            status="processing",
            currency="EUR",
            address=ada,
            carrier="An Post",
            items=((3, 1),),
            ordered=-1,
            estimated=5,
        ),
        Order(
            number=8821,
            customer=2,
            status="delivered",
            currency="USD",
            address=bob,
            carrier="UPS",
            items=((6, 1),),
            ordered=-21,
            shipped=-19,
            delivered=-16,
            estimated=-15,
        ),
    ]


def _other_orders(people: list[Customer]) -> Iterator[Order]:
    # Only random() is promised to give the same numbers in every version of Python.
    draw = random.Random(1042).random
    number = FIRST_NUMBER
    for customer in people:
        currency, _, carrier, cities, _ = COUNTRIES[customer.country]
        address = f"{STREETS[_pick(draw(), len(STREETS))]}, {cities[_pick(draw(), len(cities))]}"
        for _ in range(ORDERS_EACH):
            status, least, most, left = STATES[_pick(draw(), len(STATES))]
            ordered = -(least + _pick(draw(), most - least + 1))
            arrived = status in ("delivered", "returned")
            yield Order(
                number=number,
                customer=customer.number,
                status=status,
                currency=currency,
                address=address,
                carrier=carrier,
                items=_basket(draw(), draw(), draw()),
                ordered=ordered,
                shipped=ordered + 2 if left else None,
                delivered=ordered + 4 + _pick(draw(), 4) if arrived else None,
                estimated=None if status == "cancelled" else ordered + 6,
            )
            number += NUMBER_STEP


def _basket(size: float, first: float, quantity: float) -> tuple[tuple[int, int], ...]:
    start = _pick(first, len(GOODS))
    return tuple(
        ((start + step * 5) % len(GOODS), 1 + _pick(quantity, 2) * (step == 0))
        for step in range(1 + _pick(size, 3))
    )


def _mailbox(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.lower().replace("ß", "ss").replace("ı", "i"))
    return "".join(one for one in letters.replace(" ", ".") if one.isascii() and one != "'") + "@example.org"


def _pick(share: float, count: int) -> int:
    return int(share * count)


def price(good: int, currency: str) -> Decimal:
    """Return what one piece of GOODS[good] costs in that currency."""
    return (GOODS[good][2] * PRICE_FACTORS[currency]).quantize(Decimal("0.01"))
