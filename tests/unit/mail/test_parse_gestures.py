"""Reactions, answers to invitations and complaints: no words to answer."""

from __future__ import annotations

import pytest

from tests.unit.mail.raw_mails import alternative, html, letter, mixed, multipart, plain

GMAIL = 'Content-Type: text/vnd.google.email-reaction+json; charset=utf-8\n\n{"emoji":"👍","version":1}'
HEAD = "From: staff@hotmail.com\nTo: support@desk.example.com\nSubject: complaint about message\n"
COPY = (
    "Content-Type: message/rfc822\n\nX-HmXmrOriginalRecipient: kim@customer.example.com\n"
    "From: support@desk.example.com\nTo: kim@customer.example.com\nMessage-ID: <a@desk>\n\nx"
)


def calendar(method: str, *lines: str, more: str = "") -> str:
    event = [
        "BEGIN:VCALENDAR",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        "UID:1@example.com",
        *lines,
        "SUMMARY:Call",
    ]
    body = "\r\n".join([*event, "END:VEVENT", "END:VCALENDAR"])
    return f"Content-Type: text/calendar; method={method}; charset=utf-8\n{more}\n{body}"


def test_reactions_of_any_vendor() -> None:
    said = plain("👍\n\nKim Park reacted via Gmail")
    assert alternative(said, GMAIL, html("<p>👍</p>")).automatic == "reaction"
    vendor = "Content-Type: application/vnd.acme.reaction+xml\n\n<like/>"
    assert alternative(said, vendor).automatic == "reaction"
    kind, inner = multipart("alternative", said, GMAIL, boundary="in")
    assert mixed(f"{kind}\n\n{inner}").automatic == "reaction"
    assert letter("👍", "Content-Disposition: reaction").automatic == "reaction"  # RFC 9078
    assert letter("{}", "Content-Type: text/x-reaction").automatic == "reaction"


def test_a_reaction_beside_words_is_a_message() -> None:
    assert mixed(plain("Yes, please send it."), "Content-Disposition: reaction\n\n👍").automatic is None
    assert letter("I had a bad reaction", "Content-Type: text/plain").automatic is None


@pytest.mark.parametrize("method", ["REPLY", "reply", "REFRESH"])
def test_answers_to_invitations(method: str) -> None:
    part = calendar(method, "ATTENDEE;PARTSTAT=ACCEPTED:mailto:kim@customer.example.com")
    assert letter(part.partition("\n\n")[2], part.partition("\n")[0]).automatic == "calendar_reply"
    assert alternative(plain("Kim has accepted."), part).automatic == "calendar_reply"
    assert mixed(plain("Kim has accepted."), part).automatic == "calendar_reply"


def test_what_a_person_says_with_a_calendar_is_a_message() -> None:
    said = "COMMENT;LANGUAGE=en:I can't at ten\\, is noon possible?"
    assert mixed(plain("I can't at ten."), calendar("REPLY", said)).automatic is None
    for method in ("REQUEST", "COUNTER", "CANCEL", "PUBLISH"):
        assert mixed(plain("Let us talk"), calendar(method)).automatic is None
    attached = calendar("REPLY", more="Content-Disposition: attachment; filename=a.ics\n")
    assert mixed(plain("What is this file?"), attached).automatic is None


def test_a_complaint_without_a_standard_names_who_complained() -> None:
    kind, body = multipart("mixed", COPY)
    for mail in (
        letter(body, kind, top=HEAD),
        letter(COPY.partition("\n\n")[2], COPY.partition("\n")[0], top=HEAD),
    ):
        assert mail.automatic == "feedback_report"
        assert mail.bounce is not None
        assert (mail.bounce.kind, mail.bounce.recipient) == ("complaint", "kim@customer.example.com")
        assert mail.bounce.original_message_id == "<a@desk>"


def test_a_report_without_standard_parts_is_told_by_our_mail_and_the_code() -> None:
    text = plain("Your message was not delivered:\n550 5.1.1 <kim@customer.example.com> no such user")
    copy = "Content-Type: message/rfc822\n\nFrom: support@desk.example.com\nMessage-ID: <a@desk>\n\nx"
    kind, body = multipart("mixed", text, copy)
    head = "From: Mail <mail@mx.example>\nTo: support@desk.example.com\nSubject: Returned mail\n"
    mail = letter(body, kind, top=head)
    assert (mail.automatic, mail.bounce and mail.bounce.original_message_id) == (
        "delivery_report",
        "<a@desk>",
    )
    asked = letter(body, kind, "In-Reply-To: <a@desk>", top=head)
    assert asked.automatic is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("OOF", None),
        ("oof, DR", None),
        ("DR, NDR, RN, NRN, OOF", None),
        ("None", None),
        ("", None),
        ("All", "auto_response_suppress"),
        ("AutoReply", "auto_response_suppress"),
        ("DR, OOF, AutoReply", "auto_response_suppress"),
    ],
)
def test_suppressed_receipts_make_no_mail_automatic(value: str, expected: str | None) -> None:
    assert letter("Hello", f"X-Auto-Response-Suppress: {value}").automatic == expected


def test_a_comment_is_told_and_a_question_beside_an_answer_is_a_message() -> None:
    noon = letter(
        calendar("REPLY", "COMMENT:Is noon possible?").partition("\n\n")[2],
        "Content-Type: text/calendar; method=REPLY",
    )
    assert "Comment: Is noon possible?" in noon.text
    asked = alternative(plain("I can't at ten. Is noon possible?"), calendar("REPLY"))
    assert asked.automatic is None
    linked = plain("Kim has accepted. https://calendar.example/r?eid=1")
    assert alternative(linked, calendar("REPLY")).automatic == "calendar_reply"
