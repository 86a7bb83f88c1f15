"""What we say ourselves: every language says the same, and says it in that language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from orchestrator.languages.detect import known_language
from orchestrator.languages.wording import SPOKEN, WORDING, ours, say
from orchestrator.turn.handoff import moment

SHORTEST = 60
"""Characters from which on a sentence must tell its language."""


def places(text: str) -> set[str]:
    return {name.split(".")[0] for _, name, _, _ in Formatter().parse(text) if name}


def every() -> Iterator[tuple[str, str, str]]:
    for language, sentences in WORDING.items():
        for name, text in sentences.items():
            yield language, name, text


@pytest.mark.parametrize("language", SPOKEN)
def test_a_language_has_every_sentence_with_the_same_places(language: str) -> None:
    named = {name: places(text) for name, text in WORDING[language].items()}
    assert named == {name: places(text) for name, text in WORDING["en"].items()}


@pytest.mark.parametrize(("language", "name", "text"), list(every()))
def test_a_sentence_is_in_the_language_it_is_said_for(language: str, name: str, text: str) -> None:
    assert text == text.strip()
    words = re.sub(r"{[^}]*}", "", text)
    if len(words) >= SHORTEST:
        assert known_language(words) in ({language} if name in {"waiting", "deferred"} else {language, None})


@pytest.mark.parametrize("language", SPOKEN)
def test_a_week_has_seven_days_and_a_moment_names_day_date_time_and_place(language: str) -> None:
    sunday = datetime(2026, 11, 29, 17, 5, tzinfo=ZoneInfo("America/New_York"))
    told = [moment(sunday + timedelta(days=n), language) for n in range(7)]
    assert len({each.split()[0] for each in told}) == 7
    for part in ("29", "2026", "17:05", "New York", say("weekdays", language).split()[6]):
        assert part in told[0]


def test_what_we_do_not_speak_is_said_in_english() -> None:
    assert ours("pt-BR") == "pt"
    assert ours("tr") == ours("") == ours("und") == "en"
    assert say("waiting", "tr") != say("waiting", "en")
    assert say("handed_off", "tr") == say("handed_off", "en")


def test_we_speak_eight_languages_and_say_what_matters_most_in_every_other() -> None:
    assert set(SPOKEN) == {"en", "de", "fr", "es", "it", "nl", "pt", "pl"}
    assert all({"waiting", "deferred"} <= said.keys() for said in WORDING.values())
