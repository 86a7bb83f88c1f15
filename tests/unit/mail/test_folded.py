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


def reading(raw: str) -> Reading:
    mail = parse_mail(raw.encode())
    return Reading(mail=mail, reply=extract_reply(mail.text))


@pytest.mark.parametrize("row", [pytest.param(row, id=row["name"]) for row in ROWS])
def test_the_words_reach_the_model(row: dict[str, Any]) -> None:
    found = reading(row["raw"])
    said = _said(found)
    assert [words for words in row["has"] if words not in said] == []
    assert [words for words in row.get("reply_without", []) if words in found.reply.reply] == []
