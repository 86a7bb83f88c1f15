"""Markdown, hostile input and what must hold for every text prepared for speech."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.voice.speaking.spoken.prepare import spoken

LANGUAGES = st.sampled_from(["en", "de", "fr", "pl", "sv"])
SNIPPETS = (
    "1042¦#¦order ¦€¦84.50¦-¦–¦.¦:¦ ¦a¦Nov¦24¦@¦x.com¦**¦_¦[¦](¦)¦| ¦\n¦```¦http://¦&amp;¦<b>¦😀¦Dr."
    "¦z. B.¦%¦(¦+49 ¦T-¦AB¦é¦\x01¦9 a.m."
)
PIECES = st.sampled_from(SNIPPETS.split("¦"))
TEXTS = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=60).map("".join))

MARKDOWN = [
    ("**Bold** and _it_ and `code`", "Bold and it and code"),
    ("# Title\n\nWords.", "Title. Words."),
    ("- one\n- two\n* three", "one. two. three."),
    ("You can:\n- call\n- write", "You can: call. write."),
    ("1. First\n2. Second", "1: First. 2: Second."),
    ("[Track it](https://example.com/t/1)", "Track it"),
    ("[https://example.com/t/1](https://example.com/t/1)", "example dot com"),
    ("[](https://example.com/t/1)", "example dot com"),
    ("![a red mug](https://example.com/m.png)", "a red mug"),
    ("<https://example.com/t/1>", "example dot com"),
    ("| Item | State |\n|---|---|\n| Mug | sent |", "Item, State. Mug, sent."),
    ("> quoted", "quoted"),
    ("```\ncode here\n```", "code here."),
    ("one<br>two", "one two"),
    ("Tom &amp; Ada", "Tom and Ada"),
    ("Done ✅ 🎉!", "Done!"),
    ("snake_case stays", "snake_case stays"),
    ("2 < 3", "2 less than 3"),
    ("As said.[1] Fine", "As said. Fine"),
    ("- [x] done", "done."),
    ("first line\nsecond line", "first line second line"),
    ("A – b", "A, b"),
    ("con\u00adtract 1\u202f000 EUR", "contract 1000 euros"),
]


@pytest.mark.parametrize(("written", "said"), MARKDOWN)
def test_layout_becomes_sentences(written: str, said: str) -> None:
    assert spoken(written, "en") == said


@pytest.mark.parametrize("text", ["", "   ", "😀", "---", "\n\n"])
def test_what_has_no_words_is_empty_or_signs(text: str) -> None:
    assert not any(char.isalnum() for char in spoken(text, "en"))


def test_a_language_without_rules_loses_its_layout_alone() -> None:
    assert spoken("**Hej**, order 1042 😀", "sv") == "Hej, order 1042"


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, language=LANGUAGES)
def test_it_never_raises_and_never_falls_silent(text: str, language: str) -> None:
    said = spoken(text, language)

    assert any(map(str.isalnum, said)) or not any(map(str.isalnum, text))
    assert not any(ord(char) < 32 and char != "\n" for char in said)
    said.encode()


@settings(max_examples=200, deadline=None)
@given(text=TEXTS, language=LANGUAGES)
def test_a_second_time_does_not_explode(text: str, language: str) -> None:
    once = spoken(text, language)

    assert len(spoken(once, language)) <= 3 * len(once) + 60


HOSTILE = (
    "[¦[a](¦*¦**a¦_a¦`¦1¦1-¦1.¦1,¦1 ¦#1¦a.¦a@¦A-¦A1¦<b¦&¦|¦\n- ¦+¦(0¦€¦Nov ¦24. ¦9:¦order 1042, ¦orders 1042"
    "¦http://a¦z. ¦Mo–¦!¦.¦ ¦é¦0 ¦# ¦\n"
)


@pytest.mark.timed
@pytest.mark.parametrize("piece", HOSTILE.split("¦"))
@pytest.mark.parametrize("language", ["en", "de"])
def test_time_grows_with_length_alone(piece: str, language: str) -> None:
    short, long = (piece * (size // len(piece)) for size in (3_000, 12_000))
    spoken(short[:100], language)

    took_short, took_long = _best(short, language), _best(long, language)

    assert took_long < 9 * took_short + 0.03, (took_short, took_long)  # quadratic would be 16


def _best(text: str, language: str) -> float:
    times = []
    for _ in range(2):
        began = time.process_time()
        spoken(text, language)
        times.append(time.process_time() - began)
    return min(times)
