from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lindenhof.order_id import order_number
from tools.tool import ToolError


@pytest.mark.parametrize(
    "written",
    [
        "1042",
        1042,
        "#1042",
        " 1042 ",
        "1 0 4 2",
        "1-0-4-2",
        "10 42",
        "1.042",
        "order 1042",
        "Order no. #1042!",
        "Bestellung Nr. 1042",
        "ORD-1042",
        "0001042",
        "１０４２",
        "١٠٤٢",
        "1042\n",
        "1042'; DROP TABLE lindenhof.orders",
    ],
)
def test_however_it_is_written(written: str | int) -> None:
    assert order_number(written) == 1042


@pytest.mark.parametrize(
    "written",
    [
        "",
        "order",
        "1042 and 1043",
        "1042 1043",
        "1042, 2 items",
        "1" * 13,
        10**13,
        10**5000,
        "x" * 41,
        "1042.0",
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, str) else f"{value.bit_length()} bits",
)
def test_what_is_no_single_number_is_asked_for_again(written: str | int) -> None:
    with pytest.raises(ToolError) as caught:
        order_number(written)
    assert caught.value.code == "invalid_order_id"


@given(
    st.integers(min_value=0, max_value=10**12 - 1),
    st.text("# abcÄß\n", max_size=12),
    st.text(" .!xyz", max_size=12),
)
def test_words_around_a_number_do_not_matter(number: int, before: str, after: str) -> None:
    assert order_number(f"{before}{number}{after}") == number


@given(st.integers(min_value=1, max_value=10**12 - 1), st.sampled_from(" -.,"))
def test_a_number_may_be_spelled_out(number: int, separator: str) -> None:
    assert order_number(separator.join(str(number))) == number


@given(st.text(st.characters(exclude_categories=()), max_size=60) | st.integers())
def test_anything_else_is_either_a_bounded_number_or_an_error(written: str | int) -> None:
    try:
        number = order_number(written)
    except ToolError as error:
        assert error.code == "invalid_order_id"  # noqa: PT017
    else:
        assert 0 <= number < 10**12
