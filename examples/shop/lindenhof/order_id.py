"""Order numbers as customers and models write them."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import Field, StrictInt, WithJsonSchema

from tools.tool import ToolError

MAX_TEXT = 40
MAX_DIGITS = 12
# One run of digits, single separators allowed inside; words around it, but no second number.
_ONE_NUMBER = re.compile(r"\D*?(\d(?:[\s.,'-]?\d)*)\D*")
_GROUP = re.compile(r"\d+")

OrderId = Annotated[
    str | StrictInt,
    WithJsonSchema({"type": ["string", "integer"], "maxLength": MAX_TEXT}),
    Field(description="The order number the customer gave, such as 1042."),
]


def order_number(written: str | int) -> int:
    """Return the number in "#1042", "order 1042" or "1 0 4 2"; ToolError `invalid_order_id` when unclear.

    Two numbers in one text are unclear. At most 12 digits, in any script.
    """
    number = _read(str(written)) if _short(written) else None
    if number is None:
        message = f"An order number has 1 to {MAX_DIGITS} digits, such as 1042. Ask the customer for it."
        raise ToolError("invalid_order_id", message)
    return number


def _short(written: str | int) -> bool:
    # An int of thousands of digits can't even be turned into text.
    return abs(written) < 10**MAX_DIGITS if isinstance(written, int) else len(written) <= MAX_TEXT


def _read(text: str) -> int | None:
    match = _ONE_NUMBER.fullmatch(unicodedata.normalize("NFKC", text))
    groups: list[str] = _GROUP.findall(match[1]) if match else []
    # "1 0 4 2", "10 42" and "1.042" are one number read out; "1042 1043" are two.
    if not groups or (len(groups) > 1 and max(map(len, groups)) > 3):
        return None
    digits = "".join(groups)
    return int(digits) if len(digits) <= MAX_DIGITS else None
