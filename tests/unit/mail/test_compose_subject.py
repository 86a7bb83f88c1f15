"""The subject of an answer: one `Re:`, the customer's words, one line."""

from __future__ import annotations

import pytest

from channels.mail.header_text import reply_subject


@pytest.mark.parametrize(
    "subject",
    [
        "Parcel",
        "Re: Parcel",
        "RE: re: Re: Parcel",
        "AW: Re: AW: Parcel",
        "SV: Parcel",
        "VS: Parcel",
        "Antw: Parcel",
        "Antwort: Parcel",
        "Odp: Parcel",
        "YNT: Parcel",
        "Re[2]: Parcel",
        "RE(3): Parcel",
        "Re^4: Parcel",
        "Re : Parcel",
        "RE:Parcel",
        "Rif: R: Parcel",
        "RES: Parcel",
        "ΑΠ: Parcel",
        "Отв: Parcel",
        "回复：Parcel",
        "答复: 回覆: Parcel",
        "返信: Parcel",
        "답장: Parcel",
        "رد: Parcel",
        "תשובה: Parcel",
        "Trả lời: Parcel",
        "=?utf-8?Q?Re:_Parcel?=",
    ],
)
def test_reply_prefixes_are_replaced_by_one(subject: str) -> None:
    assert reply_subject(subject, "en") == "Re: Parcel"


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Reklamation: Paket", "Re: Reklamation: Paket"),
        ("Fwd: Re: Parcel", "Re: Fwd: Re: Parcel"),
        ("Ref: 1042", "Re: Ref: 1042"),
        ("R2: D2", "Re: R2: D2"),
        ("[EXTERN] AW: Paket", "Re: [EXTERN] Paket"),
        ("[Ticket#1] Paket", "Re: [Ticket#1] Paket"),
        ("  Paket \t mit\r\n Umbruch ", "Re: Paket mit Umbruch"),
        ("=?utf-8?B?R3LDtsOfZQ==?=", "Re: Größe"),
        ("=?nonsense?Q?x?=", "Re: =?nonsense?Q?x?="),
        ("Paket\u2028Bcc: x@y.z", "Re: Paket Bcc: x@y.z"),
    ],
)
def test_the_customers_words_stay(subject: str, expected: str) -> None:
    assert reply_subject(subject, "en") == expected


def test_an_empty_subject_gets_words_in_the_customers_language() -> None:
    assert reply_subject("AW: ", "de-AT") == "Re: Ihre Nachricht"
    assert reply_subject("", "fr") == "Re: Your message"


def test_the_length_is_bounded() -> None:
    subject = reply_subject("Re: " * 30 + "x" * 100_000, "en")
    assert len(subject) == 204
    assert subject.endswith("…")
