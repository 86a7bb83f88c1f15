"""What the reply is freed of is folded below it, never dropped: what these mails say must arrive."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from channels.mail.parse import parse_mail
from channels.mail.reader import _said
from channels.mail.reply_text import extract_reply
from channels.mail.worker import Reading

MAILS = Path(__file__).parents[2] / "fixtures" / "mail" / "folded.toml"
ROWS = tomllib.loads(MAILS.read_text(encoding="utf-8"))["mail"]


HEAD = """From: Kim Park <kim@customer.example.com>
To: support@desk.example.com
Subject: Order 1042
Message-ID: <1@customer.example.com>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

"""


NOTICE = """This e-mail is confidential and intended only for the addressee. If you are not the intended
recipient, any disclosure is unauthorised and unlawful; please delete it."""


def reading(raw: str) -> Reading:
    mail = parse_mail(raw.encode())
    return Reading(mail=mail, reply=extract_reply(mail.text))


@pytest.mark.parametrize("row", [pytest.param(row, id=row["name"]) for row in ROWS])
def test_the_words_reach_the_model(row: dict[str, Any]) -> None:
    found = reading(row["raw"] if "raw" in row else HEAD + row["body"])
    said = _said(found)
    assert [words for words in row["has"] if words not in said] == []
    assert [words for words in row.get("reply_has", []) if words not in found.reply.reply] == []
    assert [words for words in row.get("reply_without", []) if words in found.reply.reply] == []


@pytest.mark.parametrize(
    "tail",
    [
        "-- \nKim Park\nHill Road 4",
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "Get Outlook for Android<https://aka.ms/AAb9ysg>",
        "Envoyé de mon téléphone",
        NOTICE,
    ],
)
def test_signatures_device_lines_and_notices_stay_out(tail: str) -> None:
    found = reading(f"{HEAD}Where is it?\n\n{tail}\n")
    assert _said(found) == "Subject: Order 1042\n\nWhere is it?"
    assert found.reply.signature == tail
    assert [cut.text for cut in found.reply.cut] == [tail]
