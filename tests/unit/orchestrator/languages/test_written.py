"""Dates, times, money and lists as people write them."""

from __future__ import annotations

from orchestrator.languages.written import calendar_date, clock_time, fill, listed, money


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


def test_templates_take_values_and_fall_silent_where_one_is_missing() -> None:
    values = {"bike": "B7", "until": "2026-11-24", "total": "12.5", "currency": "EUR", "deposit": None}
    assert (
        fill("Vélo {bike} jusqu'au {until:date}.", values, "fr") == "Vélo B7 jusqu'au mardi 24 novembre 2026."
    )
    assert fill("{total:money}", values, "es") == "12,50 EUR"
    assert fill("{price:money}", {"price": {"amount": 3, "currency": "CHF"}}, "de") == "3,00 CHF"
    assert fill("Deposit: {deposit}.", values, "en") == fill("{nothing}", values, "en") == ""
