"""How a piece of a reply is cut into sentences, and what an engine is asked to say."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.voice.speaking.espeak import LONGEST_TEXT, utterances
from channels.voice.speaking.spoken.spoken_sentences import sentences

CASES = [
    ("Hello. How are you? Fine!", ["Hello.", "How are you?", "Fine!"]),
    ("Dr. Smith came at 5 p.m. today.", ["Dr. Smith came at 5 p.m. today."]),
    ("It costs 84.50 EUR. Thanks.", ["It costs 84.50 EUR.", "Thanks."]),
    ("See e.g. the FAQ. Bye.", ["See e.g. the FAQ.", "Bye."]),
    ("No. We can't.", ["No.", "We can't."]),
    ("It is No. 5 of ten. Good.", ["It is No. 5 of ten.", "Good."]),
    ("Am 24. November kommt es. Gut.", ["Am 24. November kommt es.", "Gut."]),
    ("Das ist z. B. Tee. Und ca. 5 Tassen.", ["Das ist z. B. Tee.", "Und ca. 5 Tassen."]),
    ("Order 1042. One moment.", ["Order 1042.", "One moment."]),
    ('He said "yes." Then he left.', ['He said "yes."', "Then he left."]),
    ("Well... Let me see.", ["Well...", "Let me see."]),
    ("one\ntwo", ["one", "two"]),
    ("", []),
    (" \n ", []),
]


@pytest.mark.parametrize(("text", "cut"), CASES)
def test_sentences_end_where_people_end_them(text: str, cut: list[str]) -> None:
    assert sentences(text) == cut


def test_a_long_sentence_is_cut_behind_a_comma() -> None:
    parts = sentences("we looked, " * 60)

    assert all(len(part) <= 250 for part in parts)
    assert all(part.endswith(",") for part in parts)


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=1200))
def test_nothing_but_spaces_is_lost(text: str) -> None:
    parts = sentences(text)

    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(0 < len(part) <= 250 for part in parts)


@pytest.mark.parametrize("piece", [".", "a. ", "1. ", "...", '."', "\n", "a", "z. B. ", "!)", ". "])
def test_time_grows_with_length_alone(piece: str) -> None:
    times = []
    for size in (20_000, 80_000):
        began = time.process_time()
        sentences(piece * (size // len(piece)))
        times.append(time.process_time() - began)

    assert times[1] < 9 * times[0] + 0.03


def test_commands_to_the_engine_are_taken_out() -> None:
    (said,) = utterances("a\x01 50P b <speak>c</speak> [[d]]")

    assert not set("\x01<>[]") & set(said)


@pytest.mark.parametrize("text", ["", " \x00", "😀", "...", "\ud800"])
def test_what_has_no_words_is_not_sent(text: str) -> None:
    assert utterances(text) == []


def test_a_text_is_bounded() -> None:
    assert sum(map(len, utterances("word " * 10_000))) <= LONGEST_TEXT
