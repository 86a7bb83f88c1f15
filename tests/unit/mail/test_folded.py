"""What the reply is freed of is folded below it, never dropped: what these mails say must arrive."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from channels.mail.html.readable_text import html_to_text
from channels.mail.html_body import html_body
from channels.mail.mail_reader import _answer
from channels.mail.markup import read_markup
from channels.mail.parse import parse_mail
from channels.mail.parsed import ParsedMail
from channels.mail.quotation import short_quote
from channels.mail.reply_text import ReplyText, extract_reply
from orchestrator.mail.folding import marked, unfolded

MAILS = Path(__file__).parents[2] / "fixtures" / "mail" / "folded.toml"
ROWS = tomllib.loads(MAILS.read_text(encoding="utf-8"))["mail"]


SENT = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
HEAD = """From: Kim Park <kim@customer.example.com>
To: support@desk.example.com
Subject: Order 1042
Message-ID: <1@customer.example.com>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

"""


NOTICE = """This e-mail is confidential and intended only for the addressee. If you are not the intended
recipient, any disclosure is unauthorised and unlawful; please delete it."""


def read(raw: str) -> tuple[ParsedMail, ReplyText]:
    mail = parse_mail(raw.encode())
    return mail, extract_reply(mail.text)


def told(mail: ParsedMail, reply: ReplyText) -> str:
    """What the writer says, as long as nobody knows what we said before: answer and fold."""
    return f"{_answer(mail, reply, None)}{marked(unfolded(reply.cut))}"


@pytest.mark.parametrize("row", [pytest.param(row, id=row["name"]) for row in ROWS])
def test_the_words_reach_the_model(row: dict[str, Any]) -> None:
    mail, reply = read(row["raw"] if "raw" in row else HEAD + row["body"])
    said = told(mail, reply)
    assert [words for words in row["has"] if words not in said] == []
    assert [words for words in row.get("reply_has", []) if words not in reply.reply] == []
    assert [words for words in row.get("reply_without", []) if words in reply.reply] == []


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
    mail, reply = read(f"{HEAD}Where is it?\n\n{tail}\n")
    assert told(mail, reply) == "Subject: Order 1042\n\nWhere is it?"
    assert reply.signature == tail
    assert [cut.text for cut in reply.cut] == [tail]


OURS = """Dear Kim,

thank you for your **order 1042**. We'd like to know:

- which *size* you got
- whether the box is closed

1. see https://shop.example.com/help
2. or [the page](https://shop.example.com/page?a=1)

| Item | Qty |
|---|---|
| Shoe | 2 |

Your shop"""
EARLIER = "My shoes are too small.\nPlease help, they came yesterday in a blue box."
PROGRAMS = {
    "Gmail": (
        '<div dir="ltr">Yes.</div><div class="gmail_quote"><div>On Mon, 4 May 2026 at 09:05,'
        " Support &lt;support@desk.example.com&gt; wrote:<br></div>"
        '<blockquote class="gmail_quote">{}</blockquote></div>'
    ),
    "Outlook": (
        '<p>Yes.</p><div style="border:none;border-top:solid #E1E1E1"><p class=MsoNormal>'
        "<b>Von:</b> Support &lt;support@desk.example.com&gt;<br><b>Gesendet:</b> Montag, 4. Mai 2026 09:05"
        "<br><b>An:</b> Kim<br><b>Betreff:</b> AW: x</p></div>{}"
    ),
    "Apple Mail": (
        'Yes.<br><div><blockquote type="cite"><div>Le 4 mai 2026 à 09:05, Support'
        " &lt;support@desk.example.com&gt; a écrit :</div>{}</blockquote></div>"
    ),
}


@pytest.mark.parametrize("language", ["en", "de", "fr", "ja"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_our_html_mail_quoted_by_another_program_is_known(program: str, language: str) -> None:
    quote = short_quote(EARLIER, name="Kim", address="kim@c.example", on=SENT, language=language)
    page = html_body(read_markup(OURS), quote, language)
    inside = page[page.index(">", page.index("<body")) + 1 : page.rindex("</body>")]
    answered = inside.replace("blue box.", "blue box.</div><div>I got a 43.", 1)
    for quoted, told in ((inside, ""), (answered, "I got a 43.")):
        found = extract_reply(html_to_text(PROGRAMS[program].format(quoted))[0])
        assert found.reply == "Yes."
        assert unfolded(found.cut, ours=[OURS], theirs=[EARLIER]).split("\n")[-1].lstrip("> ") == told
