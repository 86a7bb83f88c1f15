"""A quote is held against what was said before: only what is new is told, in linear time."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from orchestrator.mail.folding import BELOW, KnownWords, fold, shortened, unfolded
from orchestrator.mail.mail_types import Cut, CutKind, ReadMail

OURS = """Dear Kim,

which size did you get, and is the box in which it came still closed? See https://shop.example.com/boxes too.

Would you like:
- the money back to your card
- another pair

Your shop"""


def quote(text: str, *heads: int) -> Cut:
    return Cut(kind=CutKind.QUOTE, text=text, heads=frozenset(heads))


def mail(*cut: Cut) -> ReadMail:
    return ReadMail(
        mailbox="support@desk.example.com",
        from_address="kim@customer.example.com",
        from_name="",
        subject="",
        message_id=None,
        thread_ids=(),
        token=None,
        text="See below.",
        trust=1,
        authentication={},
        dedupe_key="k",
        sent_on=datetime.now(UTC),
        cut=cut,
    )


@pytest.mark.parametrize(
    "quoted",
    [
        OURS,
        "\n".join(f"> {line}" for line in OURS.split("\n")),
        OURS.replace("in which it", "\n>> in which\n>> it"),
        OURS.replace(" ", "\u00a0 ").replace("'", "\u2019"),
        OURS.replace(
            "https://shop.example.com/boxes", "https://shop.example.com/boxes<https://shop.example.com/boxes>"
        ),
        OURS.replace("- ", "\u2022 ").upper(),
        OURS.partition(" See")[0],
    ],
)
def test_a_quote_of_ours_is_not_told(quoted: str) -> None:
    piece = quote(f"On Monday Support wrote:\n{quoted}", 0)
    folded = fold(mail(piece), ours=[OURS])
    assert (folded.text, folded.fold) == ("See below.", None)
    assert folded.below == piece.text


def test_words_between_our_lines_are_told_with_the_line_above() -> None:
    lines = [*OURS.split("\n")[:3], "43, closed", *OURS.split("\n")[3:]]
    folded = fold(mail(quote("\n".join(["From: Support", *lines]), 0)), ours=[OURS])
    assert folded.fold == len("See below.")
    told = folded.text[folded.fold :].removeprefix(f"\n\n{BELOW}\n").split("\n")
    assert told == [f"> {OURS.split(chr(10))[2]}", "43, closed"]


def test_answers_in_our_mail_without_a_word_above_them_come_without_our_lines() -> None:
    lines = [*OURS.split("\n")[:3], "43, closed", *OURS.split("\n")[3:]]
    read = replace(mail(quote("From: Support", 0)), text="\n".join(["Subject: Re: Order", "", *lines]))
    assert fold(read, ours=[OURS]).text == f"Subject: Re: Order\n> {lines[2]}\n43, closed"


def test_one_of_our_choices_said_once_more_is_an_answer() -> None:
    told = unfolded([quote(f"{OURS}\n\nthe money back to your card")], ours=[OURS])
    assert told.endswith("\nthe money back to your card")
    assert "another pair" not in told


def test_words_on_our_own_line_are_told() -> None:
    told = unfolded([quote(OURS.replace("still closed?", "still closed? no"))], ours=[OURS])
    assert "still closed? no" in told


def test_a_mail_of_somebody_else_is_told_whole_beside_ours() -> None:
    thread = f"Support wrote:\n{OURS}\n\nParcels wrote:\nThe box went back.\n\nHill Road 44"
    heads = [0, thread.split("\n").index("Parcels wrote:")]
    told = unfolded([quote(thread, *heads)], ours=[OURS])
    assert told == "Parcels wrote:\nThe box went back.\n\nHill Road 44"


def test_what_the_customer_wrote_before_is_not_told_again() -> None:
    before = "My shoes are too small.\nThe lace is missing, too."
    thread = f"Support wrote:\n{OURS}\n\nKim wrote:\n{before}"
    heads = [0, thread.split("\n").index("Kim wrote:")]
    assert unfolded([quote(thread, *heads)], ours=[OURS], theirs=[before]) == ""


def test_an_answer_in_the_words_of_an_earlier_mail_is_new_between_our_lines() -> None:
    ours = "Is the box closed?\nShall we send it again?"
    told = unfolded([quote("Is the box closed?\nNo.\nShall we send it again?")], ours=[ours], theirs=["No."])
    assert told == "> Is the box closed?\nNo."


def test_languages_without_spaces_are_compared_too() -> None:
    ours = "お問い合わせありがとうございます。靴のサイズを教えてください。"
    quoted = f"> {ours[:12]}\n> {ours[12:]}\n43です"
    assert unfolded([quote(quoted)], ours=[ours]) == f"> {ours[12:]}\n43です"


def test_signatures_are_kept_for_operators_only() -> None:
    folded = fold(
        mail(Cut(kind=CutKind.SIGNATURE, text="-- \nKim"), Cut(kind=CutKind.LOOSE, text="--\nOrder 1043"))
    )
    assert folded.text == f"See below.\n\n{BELOW}\n--\nOrder 1043"
    assert folded.below == "-- \nKim\n\n--\nOrder 1043"


def test_card_numbers_are_not_kept_below_either() -> None:
    folded = fold(mail(quote("my card is 4111 1111 1111 1111")))
    assert "1111 1111" not in folded.text + (folded.below or "")


def test_a_long_text_keeps_its_beginning_and_its_end() -> None:
    text = "a" * 5_000 + "b" * 5_000
    short = shortened(text, 1_000)
    assert (short[:750], short[-250:]) == ("a" * 750, "b" * 250)
    assert "9000 characters left out" in short


@pytest.mark.timed
@pytest.mark.parametrize("piece", ["a ", "a b c d ", "a\n", "a b c d\n", "1 2 3 4 5 6 7 8 9\n", "\u3042"])
def test_a_hostile_quote_takes_linear_time(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    before = time.process_time()
    KnownWords([text]).known(text.split("\n"))
    assert time.process_time() - before < 2.0
