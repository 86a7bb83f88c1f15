"""Amounts of money as customers' models write them, and as they are written out."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StrictFloat, StrictInt, StringConstraints, WithJsonSchema

from tools.tool import ToolError

MAX_TEXT = 20
_AMOUNT = re.compile(r"(?:0|[1-9][0-9]{0,8})(?:\.[0-9]{1,2})?")
# Currencies without a smaller unit, ISO 4217.
_WHOLE = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())  # noqa: SIM905

Amount = Annotated[
    str | StrictInt | StrictFloat,
    WithJsonSchema({"type": ["string", "number"], "maxLength": MAX_TEXT}),
    Field(description='The amount as digits with a point, without a currency, such as "80.00".'),
]
Currency = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=3),
    Field(description="The currency of the order as a three-letter code, such as EUR."),
]


def amount_of(written: str | float, currency: str) -> Decimal:
    """Return "80", "80.00" or the JSON number 80.0 as an amount; ToolError `invalid_amount` for all else.

    It is above 0 and below 1,000,000,000, and has as many decimals as the currency: two, or none.
    """
    text = written.strip() if isinstance(written, str) else _number(written)
    if not _AMOUNT.fullmatch(text):
        raise _invalid('Write the amount as digits with a point, such as "80.00": no comma, no currency.')
    amount = Decimal(text)
    if amount <= 0:
        raise _invalid("The amount must be more than 0.")
    if currency in _WHOLE and amount != amount.to_integral_value():
        raise _invalid(f"{currency} has no decimals.")
    return amount.quantize(Decimal("0.01"))


def written_out(amount: Decimal, language: str = "en") -> str:
    """Write an amount without its currency: "80.00", in German "80,00"."""
    return f"{amount:.2f}".replace(".", "," if language == "de" else ".")


def priced(amount: Decimal, currency: str, language: str = "en") -> str:
    """Write an amount with its currency: "80.00 EUR", "80,00 EUR", "8000 JPY"."""
    figure = f"{amount:.0f}" if currency in _WHOLE else written_out(amount, language)
    return f"{figure} {currency}"


def _number(written: float) -> str:
    # An int of thousands of digits can't even be turned into text.
    return repr(written) if abs(written) < 10**MAX_TEXT else ""


def _invalid(message: str) -> ToolError:
    return ToolError("invalid_amount", message)
