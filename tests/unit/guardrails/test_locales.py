"""How languages write dates, money, lengths of time and numbers: read as values, whatever the language."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.facts.locales import in_figures, locale_words, read_in, with_digits
from guardrails.rule_book import review_reply

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
STAY = {"booking": "20417", "total": "250.00", "currency": "EUR", "from": "2026-11-24"}
RESULT = json.dumps({"tool": "find_booking", "arguments": {}, "ok": True, "data": STAY})


@pytest.mark.parametrize(
    ("language", "written", "english"),
    [
        ("fr", "le 24 novembre 2026", "le 24 november 2026"),
        ("es", "el 24 de noviembre de 2026", "el 24 november 2026"),
        ("pt", "em 24 de novembro de 2026", "em 24 november 2026"),
        ("it", "il 24 novembre", "il 24 november"),
        ("nl", "op 3 maart", "op 3 march"),
        ("pl", "24 listopada 2026", "24 november 2026"),
        ("ru", "24 ноября 2026", "24 november 2026"),
        ("fr", "mardi prochain", "tuesday prochain"),
        ("es", "en 30 días", "en 30 days"),
        ("pl", "w 5 dni", "w 5 days"),
        ("fr", "trente jours", "30 days"),
        ("es", "doscientos cincuenta euros", "250 eur"),
        ("it", "venticinque euro", "25 eur"),
        ("fr", "12 dollars des états-unis", "12 usd"),
        ("pl", "99 zł", "99 pln"),
        ("nl", "vijfentwintig", "25"),
        ("en", "the french mars is no march", "the french mars is no march"),
        ("xx", "nothing known", "nothing known"),
    ],
)
def test_it_is_put_into_english(language: str, written: str, english: str) -> None:
    assert in_figures(written, read_in(language)) == english


def test_languages_are_read_without_their_region_and_never_an_odd_one() -> None:
    assert read_in("fr-CA", "de", "../etc", "") == ("en", "de", "fr")
    assert locale_words("xx") is None


@pytest.mark.parametrize(
    ("language", "good", "bad"),
    [
        ("fr", "Le séjour commence le 24 novembre 2026.", "Le séjour commence le 25 novembre 2026."),
        ("fr", "Il coûte deux cent cinquante euros.", "Il coûte trois cent cinquante euros."),
        ("es", "Empieza el 24 de noviembre de 2026.", "Empieza el 24 de diciembre de 2026."),
        ("es", "Cuesta 250 euros.", "Cuesta 205 euros."),
        ("it", "Inizia il 24 novembre.", "Inizia il 23 novembre."),
        ("pl", "Od 24 listopada 2026.", "Od 24 grudnia 2026."),
    ],
)
def test_values_are_compared_in_any_language(language: str, good: str, bad: str) -> None:
    facts = Evidence(results=(RESULT,), now=NOW, languages=read_in(language))
    assert not review_reply(Draft(text=good, language=language), facts).blocked
    assert review_reply(Draft(text=bad, language=language), facts).blocked


def test_a_passage_in_words_proves_a_value_in_digits() -> None:
    facts = Evidence(passages=("Retours\nVous avez trente jours.",), now=NOW, languages=read_in("fr"))
    assert not review_reply(Draft(text="We can answer within 30 days.", language="fr"), facts).blocked
    assert review_reply(Draft(text="We can answer within 40 days.", language="fr"), facts).blocked


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("order eight eight two one", "order 8821"),
        ("ten forty two", "1042"),
        ("eins null vier zwei", "1042"),
        ("zweihundertfuenfzig euro", "250 euro"),
        ("dreihundert tausend", "300000"),
        ("ein paket", "ein paket"),
        ("the second one", "the second 1"),
        ("thousands of people", "thousands of people"),
    ],
)
def test_number_words(text: str, digits: str) -> None:
    assert with_digits(text) == digits
