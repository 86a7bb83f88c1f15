"""Sentences are cut where they certainly end, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.inference.reply_stream import SentenceReleaser

WRITING = st.text(st.sampled_from('abcN.!?… \n5,"z。)'), max_size=200)


def cut(text: str) -> list[str]:
    releaser = SentenceReleaser()
    pieces = releaser.ready(text)
    return [*pieces, text[releaser.released :]]


@pytest.mark.parametrize(
    "pieces",
    [
        ["It was shipped. ", "It arrives tomorrow! ", "Anything else?"],
        ["Das kostet 84.50 EUR. ", "Bitte warten."],
        ["Ihre Bestellung Nr. 1042 ist da. ", "Super!"],
        ["Sie kommt am 5. Mai an. ", "Gut?"],
        ["Das geht z.B. so, z. B. heute. ", "Ja."],
        ["Ask Dr. Smith or Mr. J. Doe. ", "They know."],
        ["Wir haben ca. 3 Tage bzw. 4 Tage Zeit. ", "Danke."],
        ['He said "Stop." ', "Then he left."],
        ["Wait… ", "No."],
        ["Wait... what? ", "Yes."],
        ["One\n", "Two\n\n", "Three"],
        ["Really?! ", "Yes."],
        ["See www.example.com/a.b?c=1 for it. ", "Bye."],
        ["No. ", "That is wrong."],
        ["See No. 5 for that. ", "Bye."],
        ["了解しました。", "明日届きます。"],
        ["That was in 2024. ", "Now it is better."],
        ["e.g. this one"],
        [""],
    ],
)
def test_cuts(pieces: list[str]) -> None:
    assert cut("".join(pieces)) == pieces


def test_the_end_is_certain_only_with_the_next_character() -> None:
    releaser = SentenceReleaser()
    assert releaser.ready("It is done.") == []
    assert releaser.ready("It is done. ") == []
    assert releaser.ready("It is done. N") == ["It is done. "]


def test_a_piece_without_an_end_is_cut_at_white_space() -> None:
    pieces = cut("word " * 400)
    assert len(pieces) > 2
    assert max(map(len, pieces)) <= 600
    assert "".join(pieces) == "word " * 400


@given(WRITING, st.lists(st.integers(0, 200)))
def test_what_is_released_is_always_a_prefix_and_never_depends_on_the_deltas(
    text: str, cuts: list[int]
) -> None:
    releaser = SentenceReleaser()
    released = ""
    for end in sorted({*cuts, len(text)}):
        for piece in releaser.ready(text[:end]):
            assert piece
            released += piece
            assert text.startswith(released)
    assert released + text[releaser.released :] == text
    assert "".join(cut(text)) == text
