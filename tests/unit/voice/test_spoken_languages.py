"""Amounts, dates, times, units and addresses in the other languages that we have wordings for."""

from __future__ import annotations

import pytest

from channels.voice.speaking.spoken.prepare import spoken
from channels.voice.speaking.spoken.speech_language import speech_language
from orchestrator.languages.wording import SPOKEN

CASES = [
    ("fr", "Cela coûte 84,50 €.", "Cela coûte 84 euros et 50 centimes."),
    ("fr", "1 234,56 €", "1234 euros et 56 centimes"),
    ("fr", "1,5 million €", "1,5 million d'euros"),
    ("fr", "le 24/11/2026 à 14:30", "le 24 novembre 2026 à 14 heures 30"),
    ("fr", "le 1.5.2026", "le premier mai 2026"),
    ("fr", "20 %, 5 km, -5 °C", "20 pour cent, 5 kilomètres, moins 5 degrés Celsius"),
    ("fr", "facture 1042", "facture 1 0 4 2"),
    ("fr", "ada@example.fr", "ada arobase example point f r"),
    ("es", "84,50 €", "84 euros con 50 céntimos"),
    ("es", "el 24/11/2026", "el 24 de noviembre de 2026"),
    ("es", "2026-11-24T14:30:00Z", "24 de noviembre de 2026 a las 14 y 30 U.T.C."),
    ("es", "3-5 días, 129 USD", "3 a 5 días, 129 dólares"),
    ("it", "0,50 €", "50 centesimi"),
    ("it", "il 1.5.2026 alle 14:30", "il primo maggio 2026 alle 14 e 30"),
    ("nl", "€ 84,50", "84 euro en 50 cent"),
    ("nl", "op 24-11-2026 om 14:30 uur", "op 24 november 2026 om 14 uur 30"),
    ("pl", "99 PLN", "99 złotych polskich"),
    ("pl", "2 km, 5 km", "2 kilometry, 5 kilometrów"),
    ("pl", "24.11.2026", "24 listopada 2026"),
    ("pt", "84,50 €", "84 euros e 50 cêntimos"),
    ("pt", "24 nov. 2026", "24 de novembro de 2026"),
    ("pt", "com IVA", "com I V A"),
]


@pytest.mark.parametrize(("language", "written", "said"), CASES)
def test_text_becomes_what_a_voice_says(language: str, written: str, said: str) -> None:
    assert spoken(written, language) == said


@pytest.mark.parametrize("language", sorted(SPOKEN))
def test_every_language_of_ours_is_known(language: str) -> None:
    known = speech_language(language)
    assert known is not None
    assert len(known.months) == 12
    assert spoken("31.02.2026, 99.99.2026", language)


@pytest.mark.parametrize(("language", "noun"), [("en", "booking"), ("fr", "réservation"), ("es", "reserva")])
def test_what_a_business_calls_its_things_is_read_digit_by_digit(language: str, noun: str) -> None:
    assert spoken(f"{noun} 1042", language) == f"{noun} 1042"
    assert spoken(f"{noun} 1042", language, nouns=frozenset({noun})) == f"{noun} 1 0 4 2"
