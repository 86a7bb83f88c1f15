from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lindenhof.change_address import LONGEST, SHORTEST, cleaned
from tools.tool import ToolError

CLEANED = [
    ("Hauptstr. 5, 10115 Berlin", "Hauptstr. 5, 10115 Berlin"),
    ("Ada Byron\nHauptstr.  5,\r\n\n10115 Berlin\n", "Ada Byron, Hauptstr. 5, 10115 Berlin"),
    ("Bergstra\u00dfe 88,\u202e 8001 Z\u00fcrich", "Bergstraße 88, 8001 Zürich"),
    ("東京都千代田区千代田1-1", "東京都千代田区千代田1-1"),
]


@pytest.mark.parametrize(("written", "wanted"), CLEANED)
def test_an_address_is_one_clean_line(written: str, wanted: str) -> None:
    assert cleaned(written) == wanted


@pytest.mark.parametrize(
    "written",
    [
        "",
        "Berlin",
        "10115 - 5 - 10115",
        "x" * 301,
        "<b>Hauptstr. 5</b>",
        "https://evil.example/5",
        "ada@example.com",
    ],
)
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(ToolError) as caught:
        cleaned(written)
    assert caught.value.code == "invalid_address"


@given(st.text(max_size=400))
def test_whatever_passes_is_bounded_printable_and_stays_as_it_is(written: str) -> None:
    try:
        address = cleaned(written)
    except ToolError:
        return
    assert SHORTEST <= len(address) <= LONGEST
    assert address.isprintable()
    assert cleaned(address) == address
