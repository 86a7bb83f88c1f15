"""What Whisper makes up is not believed; what callers say is, and how far."""

from __future__ import annotations

from dataclasses import replace

import pytest

from channels.voice.transcribing.transcript_guards import (
    SYNTHETIC,
    Take,
    TranscriptLimits,
    confidence_of_people,
    confidence_of_synthetic,
    objection,
)

SAID = Take(text="Where is my order 1042?", avg_logprob=-0.25, no_speech_prob=0.02, tokens=9, voiced_s=1.9)


@pytest.mark.parametrize(
    "text",
    [
        "Where is my order 1042?",
        "No, no, no, that is wrong.",
        "My code is 0 0 0 0 0 0 0 0",
        "1 1 1 1 1 1 1 1 1 1",
        "Thank you.",
        "Ja.",
        "Ich möchte meine Bestellung zurückgeben, bitte.",
        "I have been waiting and waiting and waiting for it.",
    ],
)
def test_what_callers_say_is_believed(text: str) -> None:
    assert objection(replace(SAID, text=text, voiced_s=4.0), TranscriptLimits()) is None


@pytest.mark.parametrize(
    ("text", "guard"),
    [
        ("", "wordless"),
        ("!!!!!!!!!!!!!!!!", "wordless"),
        (" . . .", "wordless"),
        ("Thank you for watching!", "hallucination"),
        ("Thanks for watching, and don't forget to subscribe.", "hallucination"),
        ("Untertitel der Amara.org-Community", "hallucination"),
        ("Untertitelung des ZDF, 2020", "hallucination"),
        ("Vielen Dank fürs Zuschauen!", "hallucination"),
        ("order order order order order order", "repetitive"),
        ("I want to go. I want to go. I want to go. I want to go.", "repetitive"),
        ("the price of the the price of the the price of the", "repetitive"),
        ("hahahahaha" * 12, "repetitive"),
    ],
)
def test_inventions_are_not_believed(text: str, guard: str) -> None:
    assert objection(replace(SAID, text=text, voiced_s=10.0), TranscriptLimits()) == guard


def test_a_text_over_silence_is_none() -> None:
    assert objection(replace(SAID, voiced_s=0.0), TranscriptLimits()) == "silence"


@pytest.mark.parametrize("logprob", [float("nan"), float("-inf"), -2.4])
def test_a_model_gone_astray_is_not_believed(logprob: float) -> None:
    assert objection(replace(SAID, avg_logprob=logprob), TranscriptLimits()) == "astray"


def test_no_speech_counts_only_where_the_model_is_unsure() -> None:
    quiet = replace(SAID, no_speech_prob=0.9)
    assert objection(quiet, TranscriptLimits()) is None
    assert objection(replace(quiet, avg_logprob=-1.2), TranscriptLimits()) == "no_speech"


@pytest.mark.parametrize("text", ["you", "Thank you.", "Bye.", "Vielen Dank."])
def test_short_courtesies_need_a_sure_model(text: str) -> None:
    said = replace(SAID, text=text, voiced_s=0.6)
    assert objection(said, TranscriptLimits()) is None
    assert objection(replace(said, avg_logprob=-0.95), TranscriptLimits()) == "hallucination"
    assert objection(replace(said, no_speech_prob=0.8), TranscriptLimits()) == "hallucination"


def test_nobody_speaks_so_quickly() -> None:
    text = "I would like to know where the order is that I made last week."
    assert objection(replace(SAID, text=text, voiced_s=0.5), TranscriptLimits()) == "too_much"
    assert objection(replace(SAID, text=text, voiced_s=3.0), TranscriptLimits()) is None


def test_the_test_model_has_limits_of_its_own() -> None:
    noise = replace(SAID, text="Hello opening No open.", avg_logprob=-0.9)
    assert objection(noise, SYNTHETIC) == "astray"
    assert objection(noise, TranscriptLimits()) is None


TAKE = Take(text="Where is my order?", avg_logprob=-0.2, no_speech_prob=0.01, tokens=6, voiced_s=1.5)


@pytest.mark.parametrize("logprob", [0.0, -0.05, -0.5, -3.0, -1e6])
@pytest.mark.parametrize("tokens", [0, 1, 220])
def test_it_is_a_share(logprob: float, tokens: int) -> None:
    take = replace(TAKE, avg_logprob=logprob, tokens=tokens)
    assert 0.0 <= confidence_of_people(take) <= 1.0
    assert 0.0 <= confidence_of_synthetic(take) <= 1.0


def test_doubt_lowers_it() -> None:
    for doubt in (
        replace(TAKE, avg_logprob=-0.6),
        replace(TAKE, no_speech_prob=0.9),
        replace(TAKE, fallback=True),
    ):
        assert confidence_of_people(doubt) < confidence_of_people(TAKE)


def test_the_thresholds_of_a_call_lie_where_whisper_doubts() -> None:
    assert confidence_of_people(TAKE) > 0.7
    assert 0.45 < confidence_of_people(replace(TAKE, avg_logprob=-0.5)) < 0.7
    assert confidence_of_people(replace(TAKE, avg_logprob=-1.0)) < 0.45


def test_a_longer_sentence_of_the_test_model_holds_more_mistakes() -> None:
    assert confidence_of_synthetic(replace(TAKE, tokens=30)) < confidence_of_synthetic(TAKE)
