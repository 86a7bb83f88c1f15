"""Forwarded mails, pasted or attached: who wrote them first."""

from __future__ import annotations

import pytest

from channels.mail.parse import parse_mail
from channels.mail.parsed import ParsedMail
from tests.unit.mail.raw_mails import letter, mixed, multipart, plain

GMAIL = """FYI

---------- Forwarded message ---------
From: Bob Stone <bob@example.com>
Date: Fri, 20 Nov 2026 at 10:00
Subject: Broken cup
To: <ada@example.com>


My cup broke.
"""
GMAIL_DE = """---------- Forwarded message ---------
Von: Bob Stone <bob@example.com>
Date: Fr., 20. Nov. 2026 um 10:00 Uhr
Subject: Tasse
To: <ada@example.com>

My cup broke.
"""
APPLE = """Please help.

> Begin forwarded message:
>
> From: Bob Stone <bob@example.com>
> Subject: Broken cup
> Date: 20 November 2026 at 10:00:00 CET
> To: ada@example.com
>
> My cup broke.
"""
APPLE_FR = """Début du message réexpédié :

De: Bob Stone <bob@example.com>
Objet: Tasse
Date: 20 novembre 2026 à 10:00:00 UTC+1
À: ada@example.com

My cup broke.
"""
THUNDERBIRD = """-------- Weitergeleitete Nachricht --------
Betreff: \tTasse
Datum: \tFri, 20 Nov 2026 10:00:00 +0100
Von: \tBob Stone <bob@example.com>
An: \tada@example.com


My cup broke.
"""
OUTLOOK = """Can you help?

________________________________
From: Bob Stone <bob@example.com>
Sent: Friday, November 20, 2026 10:00 AM
To: Ada <ada@example.com>
Subject: Broken cup

My cup broke.
"""
OUTLOOK_OLD = """-----Original Message-----
From: Bob Stone [mailto:bob@example.com]
Sent: Friday, November 20, 2026 10:00 AM
To: Ada
Subject: Broken cup

My cup broke.
"""
OUTLOOK_NL = """Zie onder.

Van: Bob Stone <bob@example.com>
Verzonden: vrijdag 20 november 2026 10:00
Aan: Ada <ada@example.com>
Onderwerp: Kopje

My cup broke.
"""
OUTLOOK_HTML_STARS = """*From:* Bob Stone <bob@example.com>
*Sent:* Friday, November 20, 2026 10:00 AM
*To:* Ada <ada@example.com>
*Subject:* Broken cup

My cup broke.
"""
CHINESE = """---------- Forwarded message ---------
发件人： Bob Stone <bob@example.com>
日期： 2026年11月20日
主题： 杯子

My cup broke.
"""
JAPANESE = """
差出人: Bob Stone <bob@example.com>
送信日時: 2026年11月20日 10:00
宛先: Ada
件名: カップ

My cup broke.
"""
RUSSIAN = """-------- Пересылаемое сообщение --------
От: Bob Stone <bob@example.com>
Дата: 20 ноября 2026
Тема: Чашка

My cup broke.
"""
UNKNOWN_LANGUAGE = """-------- Forwarded Message --------
Zu: Bob Stone <bob@example.com>
Zaz: 20.11.2026
Zaf: Kup

My cup broke.
"""


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Fwd: Broken cup", GMAIL),
        ("Broken cup", GMAIL),
        ("WG: Tasse", GMAIL_DE),
        ("Fwd: Broken cup", APPLE),
        ("Tr : Tasse", APPLE_FR),
        ("Fwd: Tasse", THUNDERBIRD),
        ("FW: Broken cup", OUTLOOK),
        ("FW: Broken cup", OUTLOOK_OLD),
        ("Doorst: Kopje", OUTLOOK_NL),
        ("Fwd: Broken cup", OUTLOOK_HTML_STARS),
        ("转发: 杯子", CHINESE),
        ("転送: カップ", JAPANESE),
        ("Fwd: Чашка", RUSSIAN),
    ],
)
def test_pasted(subject: str, body: str) -> None:
    mail = parse_mail(f"From: Ada <ada@example.com>\nSubject: {subject}\n\n{body}".encode())
    assert mail.from_address == "ada@example.com"
    forwarded = mail.forwarded
    assert forwarded is not None
    assert (forwarded.from_name, forwarded.from_address) == ("Bob Stone", "bob@example.com")
    assert forwarded.text == "My cup broke."
    assert forwarded.date
    assert "20" in forwarded.date


def test_in_a_language_nobody_listed_the_sender_comes_first() -> None:
    forwarded = parse_mail(
        f"From: ada@example.com\nSubject: Fwd: Kup\n\n{UNKNOWN_LANGUAGE}".encode()
    ).forwarded
    assert forwarded is not None
    assert (forwarded.from_address, forwarded.text) == ("bob@example.com", "My cup broke.")


def test_words_right_below_the_header_block_are_the_forwarded_text() -> None:
    body = (
        "From: bob@example.com\nSent: Friday\nTo: Ada,\nEve <e@example.com>\nSubject: Cup\nMy cup broke.\nBob"
    )
    forwarded = parse_mail(f"From: ada@example.com\nSubject: FW: Cup\n\n{body}".encode()).forwarded
    assert forwarded is not None
    assert (forwarded.from_address, forwarded.text) == ("bob@example.com", "My cup broke.\nBob")


def test_a_reply_that_quotes_a_header_block_is_no_forward() -> None:
    mail = parse_mail(f"From: Ada <ada@example.com>\nSubject: Re: Broken cup\n\n{OUTLOOK}".encode())
    assert mail.forwarded is None


def test_words_about_forwarding_are_no_forward() -> None:
    assert letter("I got a forwarded message from: Bob. Date: Friday").forwarded is None


def attached(subject: str, text: str) -> ParsedMail:
    inner = (
        "Content-Type: message/rfc822\n\nFrom: Bob Stone <bob@example.com>\nSubject: Broken cup\n"
        "Date: Fri, 20 Nov 2026 10:00:00 +0100\n\nMy cup broke."
    )
    kind, body = multipart("mixed", plain(text), inner)
    return letter(body, kind, top=f"From: ada@example.com\nSubject: {subject}\n")


def test_attached_by_subject() -> None:
    mail = attached("Fwd: Broken cup", "Please see.")
    assert mail.forwarded is not None
    assert (mail.forwarded.from_address, mail.forwarded.text) == ("bob@example.com", "My cup broke.")
    assert mail.from_address == "ada@example.com"
    assert mail.text.startswith("Please see.\n\n---------- Forwarded message ---------\nFrom: Bob Stone")
    assert mail.text.endswith("My cup broke.")


def test_attached_without_words() -> None:
    assert attached("Something", "").forwarded is not None


def test_two_attached_mails_are_files() -> None:
    inner = "Content-Type: message/rfc822\n\nFrom: b@example.com\nSubject: x\n\nHi"
    mail = mixed(plain(""), inner, inner)
    assert mail.forwarded is None
    assert len(mail.attachments) == 2
