"""The subject of an answer: the customer's words behind exactly one `Re:`."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import Final

from channels.mail.encoded import one_line

LONGEST: Final = 200
_READ: Final = 2_000
_MOST_PREFIXES: Final = 50

REPLY_PREFIXES: Final = (
    *("re", "r", "res", "resp", "aw", "antw", "antwort", "antwoord", "sv", "vs", "svar", "rif", "réf", "rép"),
    *(
        "odp",
        "odg",
        "odpověď",
        "odpoveď",
        "vá",
        "válasz",
        "ynt",
        "yan",
        "cvp",
        "atb",
        "bls",
        "răsp",
        "resposta",
    ),
    *("απ", "σχετ", "απάντηση", "отв", "ответ", "відп", "отг", "одг", "השב", "תשובה", "תגובה", "رد", "الرد"),
    *("پاسخ", "回复", "回覆", "答复", "答覆", "返信", "답장", "회신", "ตอบ", "ตอบกลับ", "trả lời"),
)
"""What mail programs put before the subject of a reply, in lower case; forwarding marks stay."""

NO_SUBJECT: Final = {"en": "Your message", "de": "Ihre Nachricht"}

_WORDS: Final = "|".join(sorted(map(re.escape, REPLY_PREFIXES), key=len, reverse=True))
_PREFIX: Final = re.compile(
    rf"(?P<tags>(?:\[[^\[\]]{{1,40}}\] ?)*)(?:{_WORDS})(?:[\^*]\d{{1,3}}| ?[\[(]\d{{1,3}}[\])])? ?[:：]+ ?",
    re.IGNORECASE,
)


def reply_subject(subject: str, language: str) -> str:
    """Give `Re: ` and the customer's subject without its reply prefixes: one line, at most 200 characters."""
    text = strip_prefixes(one_line(_decoded(subject[:_READ]), _READ))
    return f"Re: {one_line(text, LONGEST) or NO_SUBJECT.get(language[:2].lower(), NO_SUBJECT['en'])}"


def strip_prefixes(subject: str) -> str:
    """Take `Re:`, `AW:`, `RE[2]:`, … off the front; a tag like `[EXTERNAL]` before them stays."""
    for _ in range(_MOST_PREFIXES):
        found = _PREFIX.match(subject)
        if found is None:
            break
        subject = found["tags"] + subject[found.end() :]
    return subject


def _decoded(subject: str) -> str:
    if "=?" not in subject:
        return subject
    try:
        return str(make_header(decode_header(subject)))
    except (HeaderParseError, LookupError, UnicodeError, ValueError):
        return subject  # undecodable words are still the customer's words
