"""Confidence lies between 0 and 1 and falls with what the model doubts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from channels.voice.transcribing.transcript_guards import Take, confidence_of_people, confidence_of_synthetic

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
