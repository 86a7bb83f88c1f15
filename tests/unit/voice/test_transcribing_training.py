"""The parts of scripts/train_test_whisper that tests and measurements lean on."""

from __future__ import annotations

import re
from random import Random

import pytest

from scripts.train_test_whisper.evaluation import errors, separation
from scripts.train_test_whisper.sentences import sentence


def test_sentences_are_the_same_for_the_same_seed() -> None:
    one, other = ([sentence(Random(seed)) for seed in range(50)] for _ in range(2))
    assert one == other


def test_numbers_are_spoken_apart_and_written_together() -> None:
    random = Random(3)
    numbered = [
        each
        for each in (sentence(random, random_words=0.0) for _ in range(400))
        if each.written[-5:-1].isdigit()
    ]
    assert numbered
    for each in numbered:
        assert "{" not in each.spoken + each.written
        assert re.search(r"\d \d \d \d\W$", each.spoken)
        assert each.spoken.replace(" ", "") == each.written.replace(" ", "")


@pytest.mark.parametrize(
    ("said", "heard", "wrong"),
    [("a b c", "a b c", 0), ("a b c", "a x c", 1), ("a b c", "", 3), ("a", "a b c", 2), ("a b", "b", 1)],
)
def test_word_errors_are_counted(said: str, heard: str, wrong: int) -> None:
    assert errors(said, heard) == (wrong, len(said.split()))


def test_separation_is_the_share_of_pairs_in_the_right_order() -> None:
    assert separation([0.9, 0.8], [0.1]) == 1.0
    assert separation([0.5], [0.5]) == 0.5
    assert separation([0.2], [0.1, 0.9]) == 0.5
