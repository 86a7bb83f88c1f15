"""What of a mail is the customer's: mails of many programs in many languages, and what must never happen."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.mail.reply_text import ReplyText, extract_reply

FIXTURES = Path(__file__).parents[2] / "fixtures" / "mail" / "replies"
ANSWERED = "Good morning,\nwhich of the two pots may we send you?\n\nYour shop"


def table(name: str, key: str) -> list[Any]:
    return list(tomllib.loads((FIXTURES / f"{name}.toml").read_text(encoding="utf-8"))[key])


def named(rows: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(row, id=row.get("name") or f"{row['language']}: {row['program']}") for row in rows]


def filled(text: str) -> list[str]:
    return [line.strip() for line in re.split(r"[\r\n]", text) if line.strip()]


def parts(found: ReplyText) -> tuple[str, str, str, str]:
    return found.reply, found.quoted, found.signature, found.forwarded


@pytest.mark.parametrize("row", named(table("mails", "mail") + table("inline", "mail")))
def test_mails_come_apart_as_they_should(row: dict[str, Any]) -> None:
    found = extract_reply(row["body"])
    assert found.reply == row["reply"].strip("\n")
    for part in ("quoted", "signature", "forwarded"):
        if part in row:
            assert getattr(found, part) == row[part].strip("\n")


@pytest.mark.parametrize("row", named(table("kept", "mail")))
def test_a_mail_without_quotes_is_kept_whole(row: dict[str, Any]) -> None:
    found = extract_reply(row["body"])
    assert parts(found) == (row["body"].strip(), "", "", "")


def attributed(row: dict[str, Any], below: str) -> None:
    found = extract_reply(f"{row['own']}\n\nAnna\n\n{row['text'].strip()}\n\n{below}\n")
    assert found.reply == f"{row['own']}\n\nAnna"
    assert filled(found.quoted) == filled(row["text"]) + filled(below)


@pytest.mark.parametrize("row", named(table("attributions", "line")))
def test_an_attribution_starts_a_marked_quote(row: dict[str, Any]) -> None:
    attributed(row, "\n".join(f"> {line}" for line in ANSWERED.split("\n")))


@pytest.mark.parametrize(
    "row", named([row for row in table("attributions", "line") if not row.get("marked_only")])
)
def test_an_attribution_starts_an_unmarked_quote(row: dict[str, Any]) -> None:
    attributed(row, ANSWERED)


@pytest.mark.parametrize("row", named(table("attributions", "line")))
def test_an_answer_below_the_quote_is_found(row: dict[str, Any]) -> None:
    found = extract_reply(f"{row['text'].strip()}\n> Which pot?\n> The large one?\n\n{row['own']}\n")
    assert found.reply == row["own"]


@pytest.mark.parametrize("row", named(table("headers", "block")))
def test_a_header_block_starts_the_quote(row: dict[str, Any]) -> None:
    found = extract_reply(f"The blue one.\n\nAnna\n\n{row['text'].strip()}\n\n{ANSWERED}\n")
    assert found.reply == "The blue one.\n\nAnna"
    assert filled(found.quoted) == filled(row["text"]) + filled(ANSWERED)


@pytest.mark.parametrize("line", table("devices", "lines"))
def test_device_lines_are_signatures(line: str) -> None:
    found = extract_reply(f"The blue one.\n\n{line}\n")
    assert (found.reply, found.signature) == ("The blue one.", line)


def test_the_fixtures_cover_many_languages() -> None:
    assert len({row["language"] for row in table("attributions", "line")}) >= 25
    assert len({row["language"] for row in table("headers", "block")}) >= 20


@pytest.mark.parametrize("body", ["", " ", "\n\r\n\t", "\ufeff"])
def test_a_blank_mail_has_blank_parts(body: str) -> None:
    assert parts(extract_reply(body)) == ("", "", "", "")


# --- what holds for every mail ---

PIECES = st.sampled_from(
    [
        "Yes, please.",
        "Where is my parcel?",
        "",
        "",
        "> quoted",
        ">> older",
        ">",
        "--",
        "-- ",
        "____________",
        "On Tue, May 7, 2024 at 9:14 AM Shop <a@shop.example> wrote:",
        "On Tue, May 7, 2024 at 9:14 AM Shop <",
        "a@shop.example> wrote:",
        "wrote:",
        "From: Shop <a@shop.example>",
        "Sent: Tuesday, May 7, 2024 9:14 AM",
        "To: Anna",
        "Subject: Order",
        "-----Original Message-----",
        "---------- Forwarded message ---------",
        "Begin forwarded message:",
        "Sent from my iPhone",
        "This e-mail and any files are confidential.",
        "CAUTION: External",
        "Reply above this line",
        "Anna Berg",
        "\tindented",
        "Leaf Trading Corp.",
        "01/05/2001 10:12 AM",
        "Am 07.05.2024 um 09:14 schrieb Laden:",
        "| bar",
        "&gt; escaped",
        ">>> Shop <a@shop.example> 07.05.2024 09:14 >>>",
        "Missatge de Shop <a@shop.example> del 7 de maig 2024 a les 9:14:",
        "The page says:",
        "Confidential: mine",
        "Disclaimer: this email is confidential, intended for the addressee",
        "P.S. one more thing",
        "teapots mailing list",
    ]
)
MAILS = st.lists(
    st.one_of(PIECES, st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40)), max_size=25
)


def in_order(part: list[str], whole: list[str]) -> bool:
    remaining = iter(whole)
    return all(line in remaining for line in part)


@settings(max_examples=300, deadline=None)
@given(MAILS)
def test_no_line_is_lost_and_the_order_is_kept(pieces: list[str]) -> None:
    body = "\n".join(pieces).lstrip("\ufeff")
    whole = filled(body)
    found = [filled(part) for part in parts(extract_reply(body))]
    assert sorted(line for part in found for line in part) == sorted(whole)
    assert all(in_order(part, whole) for part in found)


@settings(max_examples=300, deadline=None)
@given(MAILS)
def test_every_line_that_is_not_the_customers_is_in_a_cut(pieces: list[str]) -> None:
    found = extract_reply("\n".join(pieces))
    cut = [line for piece in found.cut for line in filled(piece.text)]
    assert sorted(cut) == sorted([*filled(found.quoted), *filled(found.signature)])
    assert all(head <= piece.text.count("\n") for piece in found.cut for head in piece.heads)


@settings(max_examples=300, deadline=None)
@given(MAILS)
def test_the_reply_is_never_empty_when_the_mail_has_text(pieces: list[str]) -> None:
    body = "\n".join(pieces)
    assert bool(extract_reply(body).reply) == bool(body.lstrip("\ufeff").strip())


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text_is_taken(body: str) -> None:
    found = extract_reply(body)
    assert sum(map(len, parts(found))) <= len(body)


@pytest.mark.parametrize("row", named(table("mails", "mail") + table("kept", "mail")))
def test_a_reply_is_its_own_reply(row: dict[str, Any]) -> None:
    reply = extract_reply(row["body"]).reply
    assert extract_reply(reply).reply == reply


@pytest.mark.parametrize(
    "line",
    [
        "O luns, 4 de mai. de 2026 ás 9:00, Shop <a@shop.example> escribiu:",
        "Mnamo Jtt, 4 Mei 2026 saa 9:00 asubuhi Shop <a@shop.example> aliandika:",
        "სამ, 4 მაი. 2026, 09:00 საათზე Shop <a@shop.example>-მა დაწერა:",
        ">>> Shop <a@shop.example> schrieb am Montag, 4. Mai 2026 um 09:00 in\nNachricht <5E@shop.example>:",
    ],
)
def test_who_and_when_in_any_language_is_enough_without_marks(line: str) -> None:
    found = extract_reply(f"Yes please.\n\nKim\n\n{line}\n\nDear Kim,\nshall we send it again?\n")
    assert found.reply == "Yes please.\n\nKim"


def test_a_device_named_by_the_customer_is_kept_over_an_empty_line() -> None:
    cut = extract_reply("The page shows this:\n\nSent from my iPhone").cut
    assert [(each.kind, each.text) for each in cut] == [("loose", "Sent from my iPhone")]


def test_marked_lines_that_nothing_introduces_are_rather_the_reply_than_the_device_is() -> None:
    found = extract_reply("> the left shoe is too small\n\nSent from my iPhone")
    assert (found.reply, found.signature) == ("> the left shoe is too small", "Sent from my iPhone")
    introduced = "On Mon, 4 May 2026 at 09:00, Shop <a@shop.example> wrote:\n> Shall we?"
    assert extract_reply(f"Sent from my iPhone\n\n{introduced}").reply == "Sent from my iPhone"
