"""Numbers, times, languages and typing errors in customers' texts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.inference.sandbox.language import detect
from orchestrator.inference.sandbox.numbers import (
    amount,
    figure,
    mail_address,
    one_time_code,
    only_code,
    order_ids,
    phone_number,
    without_proofs,
)
from orchestrator.inference.sandbox.text import clauses, fold, mend, one_error
from orchestrator.inference.sandbox.when import read_when
from orchestrator.inference.sandbox.wording import calendar_date, clock_time, listed, money

NOW = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)  # a Saturday

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


MOMENTS = [
    ("tomorrow at 3pm", "2026-11-22T15:00"),
    ("morgen um 15 Uhr", "2026-11-22T15:00"),
    ("morgen früh um 9 Uhr", "2026-11-22T09:00"),
    ("morgen um 15:30", "2026-11-22T15:30"),
    ("übermorgen um halb drei", "2026-11-23T14:30"),
    ("day after tomorrow, half past nine", "2026-11-23T09:30"),
    ("on Tuesday at 10.30 am", "2026-11-24T10:30"),
    ("am Montag gegen 11", "2026-11-23T11:00"),
    ("Saturday at noon", "2026-11-28T12:00"),
    ("2026-11-24T10:30", "2026-11-24T10:30"),
    ("2026-11-24T10:30+01:00", "2026-11-24T10:30+01:00"),
    ("2026-11-24 10:30", "2026-11-24T10:30"),
    ("24.11. um 15 Uhr", "2026-11-24T15:00"),
    ("24.11.2026 15:00", "2026-11-24T15:00"),
    ("November 24th at 4 pm", "2026-11-24T16:00"),
    ("24. November, 16 Uhr 30", "2026-11-24T16:30"),
    ("3rd of January at 9am", "2027-01-03T09:00"),
    ("in 2 hours", "2026-11-21T23:00+00:00"),
    ("in einer Stunde", "2026-11-21T22:00+00:00"),
    ("in 3 days at 9 am", "2026-11-24T09:00"),
    ("at 10pm", "2026-11-21T22:00"),
    ("at 3pm", "2026-11-22T15:00"),
    ("tomorrow evening at 7", "2026-11-22T19:00"),
    ("tomorrow", None),
    ("Guten Morgen", None),
    ("31.02. um 15 Uhr", None),
    ("soon", None),
]


@pytest.mark.parametrize(("text", "wanted"), MOMENTS)
def test_moments(text: str, wanted: str | None) -> None:
    assert read_when(text, NOW).iso(NOW) == wanted


LANGUAGES = [
    ("Where is my order 1042?", "en"),
    ("Wo ist meine Bestellung 1042?", "de"),
    ("und wann kommt es an?", "de"),
    ("and when will it arrive?", "en"),
    ("refund please", "en"),
    ("Rückgabe", "de"),
    ("danke", "de"),
    ("thx", "en"),
    ("hallo", "de"),
    ("hello", "en"),
    ("1042", None),
    ("ok", None),
    ("日本語", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "wanted"), LANGUAGES)
def test_languages(text: str, wanted: str | None) -> None:
    assert detect(text) == wanted


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
    assert mend(word) == key


@pytest.mark.parametrize("word", ["oder", "older", "border", "there", "human", "geld", "delivers"])
def test_real_words_stay(word: str) -> None:
    assert mend(word) == word


def test_statements_are_told_apart_and_abbreviations_are_not() -> None:
    assert len(clauses("Hello. Where is order no. 1042? Thanks!")) == 3
    assert len(clauses("Am 24. November, bitte")) == 1


def test_dates_and_money_are_written_as_people_do() -> None:
    assert calendar_date("2026-11-24", "en") == "Tuesday, 24 November 2026"
    assert calendar_date("2026-11-24", "de") == "Dienstag, 24. November 2026"
    assert (
        clock_time("2026-11-24T15:00:00+01:00", "de")
        == "Dienstag, 24. November 2026 um 15:00 Uhr (UTC+01:00)"
    )
    assert clock_time("soon", "en") == "soon"
    assert money("1299.5", "EUR", "en") == "1,299.50 EUR"
    assert money("1299.5", "EUR", "de") == "1.299,50 EUR"
    assert money("free", None, "en") == "free"
    assert listed(["a", "b", "c"], "de") == "a, b und c"


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    read_when(text, NOW).iso(NOW)
    found = order_ids(text)
    assert all(order.isdigit() for order in found)
    assert (phone_number(text) or "0000000").lstrip("+").isdigit()
    assert fold(text).isascii()
    detect(text)
    amount(text)
    one_time_code(text)
    mail_address(text)
