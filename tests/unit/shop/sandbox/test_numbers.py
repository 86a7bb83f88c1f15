"""Numbers and typing errors in customers' texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lindenhof.sandbox.numbers import (
    amount,
    figure,
    mail_address,
    one_time_code,
    only_code,
    order_ids,
    phone_number,
    without_proofs,
)
from lindenhof.sandbox.text import clauses, mended, one_error
from orchestrator.languages.letters import fold

ORDERS = [
    ("order 1042", ("1042",)),
    ("Bestellung Nr. 1042", ("1042",)),
    ("my order number is 1042", ("1042",)),
    ("#1042", ("1042",)),
    ("1 0 4 2", ("1042",)),
    ("eins null vier zwei", ("1042",)),
    ("orders 1042 and 1043", ("1042", "1043")),
    ("1042, 1043, 1044, 1045", ("1042", "1043", "1044")),
    ("order 517", ("517",)),
    ("call +49 170 1234567 about 1042", ("1042",)),
    ("Tel. 030/23125100", ()),
    ("on 2026-11-24 at 10:30", ()),
    ("am 24.11.2026 um 15 Uhr", ()),
    ("I paid 1299.00 EUR", ()),
    ("1500 euro for order 1042", ("1042",)),
    ("within 1000 days", ()),
    ("bob1234@example.com", ()),
    ("nothing", ()),
]


@pytest.mark.parametrize(("text", "wanted"), ORDERS)
def test_order_numbers(text: str, wanted: tuple[str, ...]) -> None:
    assert order_ids(text) == wanted


PHONES = [
    ("+49 170 1234567", "+491701234567"),
    ("my number is 0170/1234567, call tomorrow at 10:30", "01701234567"),
    ("(030) 23125-100", "03023125100"),
    ("+1 (415) 555-2671", "+14155552671"),
    ("2026-11-24T10:30", None),
    ("am 24.11.2026 um 15 Uhr", None),
    ("order 1042", None),
]


@pytest.mark.parametrize(("text", "wanted"), PHONES)
def test_telephone_numbers(text: str, wanted: str | None) -> None:
    assert phone_number(text) == wanted


def test_codes_amounts_and_addresses() -> None:
    assert one_time_code("my code is 482 913") == "482913"
    assert one_time_code("order 1042") is None
    assert amount("please refund 20,50 €") == ("20.50", "EUR")
    assert amount("$5 or so") == ("5.00", "USD")
    assert amount("1042") is None
    assert mail_address("I am Ada@Example.com.") == "ada@example.com"
    assert mail_address("ada at example") is None


AMOUNTS = [
    ("1.299,00 EUR", ("1299.00", "EUR")),
    ("1,299.00 EUR please", ("1299.00", "EUR")),
    ("1.500 EUR", ("1500.00", "EUR")),
    ("1'200 CHF", ("1200.00", "CHF")),
    ("80.00EUR", ("80.00", "EUR")),
    ("a refund of 80 EUR for order 1042, the mug", ("80.00", "EUR")),
    ("20 european lamps", None),
    ("12.5.2026", None),
]


@pytest.mark.parametrize(("text", "wanted"), AMOUNTS)
def test_amounts(text: str, wanted: tuple[str, str] | None) -> None:
    assert amount(text) == wanted


def test_a_figure_without_a_currency_is_named_as_a_refund() -> None:
    assert figure("a refund of 20 for order 1042") == "20.00"
    assert figure("eine Erstattung von 20,50 bitte") == "20.50"
    assert figure("a refund of order 1042") is None


CODES = ["482913", "4 8 2 9 1 3", "my code is 482-913", "It's 482 913.", "Der Code lautet 482913", "[CODE 1]"]


@pytest.mark.parametrize("text", CODES)
def test_a_code_alone_is_a_code(text: str) -> None:
    assert one_time_code(text) in ("482913", "[CODE 1]")
    assert only_code(text)
    assert without_proofs(text) == ""


def test_what_was_wanted_stays_without_the_proofs_beside_it() -> None:
    assert without_proofs("Where is 1042? I am ada@example.com") == "Where is 1042? I am"
    assert not only_code("where is order 482913")


@pytest.mark.parametrize(
    ("word", "key"), [("ordre", "order"), ("bestelung", "bestellung"), ("odrer", "order")]
)
def test_one_typing_error_is_mended(word: str, key: str) -> None:
    assert one_error(word, key)
    assert mended(word) == key


@pytest.mark.parametrize("word", ["oder", "older", "border", "there", "human", "geld", "delivers"])
def test_real_words_stay(word: str) -> None:
    assert mended(word) == word


def test_statements_are_told_apart_and_abbreviations_are_not() -> None:
    assert len(clauses("Hello. Where is order no. 1042? Thanks!")) == 3
    assert len(clauses("Am 24. November, bitte")) == 1


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    found = order_ids(text)
    assert all(order.isdigit() for order in found)
    assert (phone_number(text) or "0000000").lstrip("+").isdigit()
    assert fold(text).isascii()
    amount(text)
    one_time_code(text)
    mail_address(text)
