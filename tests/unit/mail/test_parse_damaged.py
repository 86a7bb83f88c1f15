"""Heads that something on the way damaged: sender, subject, ids and marks are still those of the head."""

from __future__ import annotations

import pytest

from channels.mail.parse import parse_mail

FIELDS = (
    "From: Kim Park <kim@customer.example.com>\nTo: support@desk.example.com\nAuto-Submitted: auto-replied\n"
    "Subject: away\nMessage-ID: <n1@customer.example.com>\n"
)
TRACE = "Received: from a by b\n"


@pytest.mark.parametrize(
    "raw",
    [
        f"{TRACE}with SMTP id 1\nfor support\n{FIELDS}\n",
        f"{TRACE}{'junk without a colon' + chr(10)}" * 9 + f"{FIELDS}\n",
        f"{TRACE}From kim@customer.example.com Mon May  4 09:00:00 2026\n>From somewhere\n{FIELDS}\n",
        f"junk\nmore junk\n{TRACE}{FIELDS}\n",
        f"\ufeffjunk\n{TRACE}{FIELDS}\n",
        f"{TRACE}\ufeff{FIELDS}\n",
        f"{TRACE}<<<<<< From: evil@evil.example\n{FIELDS}\n",
        f"{TRACE}\n{FIELDS}\n",
        f"Return-Path: <x@y.example>\n{TRACE}\n{FIELDS}\n",
        FIELDS.replace("Auto-Submitted: auto-replied\n", "") + f"\n{FIELDS}\n",
        f"{TRACE}{FIELDS.replace(': ', ' : ')}\n",
        f"{TRACE}{FIELDS.replace(': ', '	:')}\n",
        f"{TRACE}{FIELDS}".replace("\n", "\r\r\n") + "\r\r\n",
        f"{TRACE}with SMTP id 1\n{FIELDS}\n".replace("\n", "\r"),
        f"{TRACE}with SMTP id 1\n{FIELDS}\n".replace("\n", "\r\n"),
        FIELDS.replace("Auto-Submitted", "grey line\nanother one\nAuto-Submitted") + "\n",
        FIELDS.replace("Subject", "grey line\n\x01\x02\x03\nSubject") + "\n",
    ],
)
def test_a_damaged_head_is_read_as_a_head(raw: str) -> None:
    mail = parse_mail(f"{raw}I am away until Monday.\n".encode())
    assert mail.automatic == "auto_submitted"
    assert mail.from_address == "kim@customer.example.com"
    assert (mail.subject, mail.message_id) == ("away", "<n1@customer.example.com>")
    assert mail.text.strip() == "I am away until Monday."


@pytest.mark.parametrize(
    "words",
    [
        "I need a car.\nFrom: Berlin\nTo: Paris\nDate: 3 June\nSubject: holiday\n\nBye",
        "Hello there\n\nFrom: Berlin\nTo: Paris\n\nBye",
        "Order: 1042\nmy cup broke",
    ],
)
def test_words_without_an_empty_line_above_them_stay_words(words: str) -> None:
    head = "From: kim@customer.example.com\nTo: support@desk.example.com\nSubject: Trip\n"
    mail = parse_mail(f"{head}{words}\n".encode())
    assert (mail.from_address, mail.subject) == ("kim@customer.example.com", "Trip")
    assert mail.text == words


def test_a_form_in_the_body_is_no_second_head() -> None:
    head = "From: kim@customer.example.com\nSubject: Trip\nMessage-ID: <1@x.example>\n"
    body = "From: kim@customer.example.com\nSubject: Other\n\nHello"
    assert parse_mail(f"{head}\n{body}".encode()).text == body


def test_words_alone_are_no_head() -> None:
    words = "Hello\nFrom: Berlin\nTo: Paris\n\nBye"
    assert parse_mail(words.encode()).text == words


@pytest.mark.parametrize("gap", ["\n", " \n", "\t\n", "\n\n"])
@pytest.mark.parametrize("torn", ["Auto-Submitted", "Subject"])
def test_an_empty_line_in_a_head_that_lacks_what_stands_below_it(gap: str, torn: str) -> None:
    mail = parse_mail(f"{FIELDS.replace(torn, gap + torn)}\nI am away until Monday.\n".encode())
    assert mail.automatic == "auto_submitted"
    assert (mail.subject, mail.message_id) == ("away", "<n1@customer.example.com>")
    assert mail.text == "I am away until Monday."


def test_a_head_that_lacks_a_subject_takes_none_from_the_words() -> None:
    head = "From: kim@customer.example.com\nTo: support@desk.example.com\nMessage-ID: <1@x.example>\n"
    body = "Subject: holiday\nContent-Type: unknown to me\n\nBye"
    assert parse_mail(f"{head}\n{body}".encode()).text == body


def test_a_script_that_ends_its_head_too_early_is_read_whole() -> None:
    head = "From: kim@customer.example.com\nTo: support@desk.example.com\nSubject: Shoe\n"
    rest = "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n"
    assert parse_mail(f"{head}\n{rest}\n<p>It is torn.</p>\n".encode()).text == "It is torn."
    whole = f"{head}MIME-Version: 1.0\n\n{rest}\n<p>It is torn.</p>"
    assert parse_mail(whole.encode()).text.startswith("MIME-Version: 1.0\nContent-Type")
