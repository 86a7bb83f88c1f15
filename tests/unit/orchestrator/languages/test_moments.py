"""Days and times in customers' texts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.languages.moments import read_moment

NOW = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)  # a Saturday

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
    ("demain à 15h", "2026-11-22T15:00"),
    ("mardi vers 10 heures", "2026-11-24T10:00"),
    ("le 24 novembre à 15h30", "2026-11-24T15:30"),
    ("à 9 h et demie, après-demain", "2026-11-23T09:30"),
    ("24/11 à 10h", "2026-11-24T10:00"),
    ("dans 2 heures", "2026-11-21T23:00+00:00"),
    ("mañana a las 3", "2026-11-22T15:00"),
    ("mañana por la mañana a las 9", "2026-11-22T09:00"),
    ("pasado mañana a las diez y media", "2026-11-23T10:30"),
    ("el martes a las 10:30", "2026-11-24T10:30"),
    ("tomorrow", None),
    ("Guten Morgen", None),
    ("31.02. um 15 Uhr", None),
    ("soon", None),
]


@pytest.mark.parametrize(("text", "wanted"), MOMENTS)
def test_moments(text: str, wanted: str | None) -> None:
    assert read_moment(text, NOW).iso(NOW) == wanted


@given(st.text(max_size=300))
def test_any_text_is_read_without_an_error(text: str) -> None:
    read_moment(text, NOW).iso(NOW)
