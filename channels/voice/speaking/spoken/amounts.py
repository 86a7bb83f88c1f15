"""Numbers as people write them: 1,234.56 and 1.234,56 and 1'234.50."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

AMOUNT: Final = (
    r"(?:[0-9]{1,3}(?:[.,'’][0-9]{3}){1,4}(?:[.,][0-9]{1,2})?(?![0-9])"
    r"|[0-9]{1,12}(?:[.,][0-9]{1,2})?(?![0-9]))"
)
"""An amount of money in any of these ways."""
NUMBER: Final = r"[0-9]{1,12}(?:[.,'’][0-9]{1,12}){0,5}"
_CENTS: Final = re.compile(r"[.,]([0-9]{1,2})$")


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenAmount:
    """Whole units as digits without separators, and hundredths (None when none were written)."""

    whole: str
    cents: int | None


def amount(written: str) -> WrittenAmount:
    """Read what `AMOUNT` matches: one or two digits behind the last separator are hundredths."""
    cents = _CENTS.search(written)
    head = written[: cents.start()] if cents else written
    whole = "".join(filter(str.isdigit, head)).lstrip("0") or "0"
    return WrittenAmount(whole=whole, cents=int(cents[1].ljust(2, "0")) if cents else None)


def english_number(written: str) -> str:
    """Return a number with a decimal point alone."""
    if re.fullmatch(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?", written):
        return written.replace(",", "")
    return written


def german_number(written: str) -> str:
    """Return a number with a decimal comma alone."""
    if re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?", written):
        return written.replace(".", "")
    return written


def german_measure(written: str) -> str:
    """Return a number as `german_number`; a point before one or two digits is taken for a comma."""
    if re.fullmatch(r"[0-9]+\.[0-9]{1,2}", written):
        return written.replace(".", ",")
    return german_number(written)
