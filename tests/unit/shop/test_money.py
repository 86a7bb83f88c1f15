from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lindenhof.money import amount_of, priced, written_out
from tools.tool import ToolError

CENTS = st.integers(min_value=1, max_value=10**11 - 1)


@given(CENTS)
def test_every_amount_is_read_as_it_is_written(cents: int) -> None:
    amount = Decimal(cents) / 100
    assert amount_of(f"{amount:.2f}", "EUR") == amount
    assert amount_of(written_out(amount), "EUR") == amount


@given(CENTS)
def test_a_json_number_is_the_amount_it_shows(cents: int) -> None:
    assert amount_of(cents / 100, "EUR") == Decimal(cents) / 100


@given(st.text(max_size=30) | st.floats() | st.integers())
def test_anything_else_is_a_clean_amount_or_an_error(written: str | float) -> None:
    try:
        amount = amount_of(written, "EUR")
    except ToolError as error:
        assert error.code == "invalid_amount"  # noqa: PT017
    else:
        assert 0 < amount < 10**9
        assert amount == amount.quantize(Decimal("0.01"))
        assert not isinstance(written, str) or written.strip().replace(".", "").isdigit()


@pytest.mark.parametrize(
    "written",
    [
        "80,00",
        "1.000,00",
        "1,000.00",
        "1e3",
        "1E3",
        "0x10",
        "NaN",
        "Infinity",
        "-80",
        "80.",
        ".5",
        "080",
        "８０",
        0.1 + 0.2,
        1e22,
        1e-7,
        -0.0,
        10**9,
        10**5000,
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_tricks_and_doubts_are_refused(written: str | float) -> None:
    with pytest.raises(ToolError) as caught:
        amount_of(written, "EUR")
    assert caught.value.code == "invalid_amount"


def test_prices_are_written_as_people_read_them() -> None:
    assert priced(Decimal("84.5"), "EUR") == "84.50 EUR"
    assert priced(Decimal("84.5"), "EUR", "de") == "84,50 EUR"
    assert priced(Decimal("8000.00"), "JPY", "de") == "8000 JPY"
