"""Header values for outgoing mail: cleaned, encoded (RFC 2047) and folded; nothing can be injected."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from itertools import takewhile
from typing import Final

from channels.mail.mailbox import Mailbox
from channels.mail.word_lists import words
from guardrails.text_direction import in_order

WIDTH: Final = 76
_WORD_BYTES: Final = 39  # 52 base64 characters: with `=?utf-8?B?…?=` and a header's name well under 76
_BREAKING: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SURROGATES: Final = re.compile(r"[\ud800-\udfff]")
_PLAIN: Final = re.compile(r"[\x20-\x7e]*")
_ATOMS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\- ]+")


def one_line(text: str, limit: int) -> str:
    """Make one line out of any text: no control characters, single blanks, at most `limit` characters.

    Nothing stays that turns the order of the characters around it.
    """
    cleaned = _SURROGATES.sub("\ufffd", _BREAKING.sub(" ", in_order(text[: 4 * limit]))).strip()
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 1].rstrip() + "…"


def unstructured(name: str, text: str) -> str:
    """Give the folded value of a free-text header such as Subject, from a text made by `one_line`."""
    words = text.split(" ")
    plain = list(takewhile(_stays_plain, words))
    rest = " ".join(words[len(plain) :])
    return folded(name, [*plain, *(_encoded_words(rest) if rest else ())])


def mailboxes(name: str, entries: Iterable[tuple[str, Mailbox]]) -> str:
    """Give the folded value of an address header from (display name, address) pairs."""
    words: list[str] = []
    for display, mailbox in entries:
        if words:
            words[-1] += ","
        words += [*_phrase(display), f"<{mailbox}>" if display else str(mailbox)]
    return folded(name, words)


def folded(name: str, words: Iterable[str]) -> str:
    """Join words with blanks, breaking lines before they grow wider than 76 characters (RFC 5322 2.2.3)."""
    lines, width = [""], len(name) + 1
    for word in words:
        if lines[-1] and width + 1 + len(word) > WIDTH:
            lines.append("")
            width = 0
        lines[-1] += f" {word}"
        width += 1 + len(word)
    return "\r\n".join(lines).removeprefix(" ")


def _stays_plain(word: str) -> bool:
    return _PLAIN.fullmatch(word) is not None and "=?" not in word and len(word) < WIDTH


def _phrase(display: str) -> list[str]:
    if not display:
        return []
    if not _PLAIN.fullmatch(display) or "=?" in display or len(display) > WIDTH:
        return list(_encoded_words(display))
    if _ATOMS.fullmatch(display):
        return display.split(" ")
    escaped = display.replace("\\", "\\\\").replace('"', '\\"')
    return [f'"{escaped}"']


def _encoded_words(text: str) -> Iterator[str]:
    chunk = b""
    for character in text:
        encoded = character.encode("utf-8", "replace")
        if len(chunk) + len(encoded) > _WORD_BYTES:
            yield _word(chunk)
            chunk = b""
        chunk += encoded
    yield _word(chunk)


def _word(chunk: bytes) -> str:
    return f"=?utf-8?B?{b64encode(chunk).decode('ascii')}?="


LONGEST_SUBJECT: Final = 200
_READ: Final = 2_000
_MOST_PREFIXES: Final = 50

REPLY_PREFIXES: Final = tuple(words("subjects")["reply_prefixes"])
"""What mail programs put before the subject of a reply, in lower case; forwarding marks stay."""

NO_SUBJECT: Final = {"en": "Your message", "de": "Ihre Nachricht"}

_REPLY: Final = "|".join(sorted(map(re.escape, REPLY_PREFIXES), key=len, reverse=True))
_PREFIX: Final = re.compile(
    rf"(?P<tags>(?:\[[^\[\]]{{1,40}}\] ?)*)(?:{_REPLY})(?:[\^*]\d{{1,3}}| ?[\[(]\d{{1,3}}[\])])? ?[:：]+ ?",
    re.IGNORECASE,
)


def reply_subject(subject: str, language: str) -> str:
    """Give `Re: ` and the customer's subject without its reply prefixes: one line, at most 200 characters."""
    text = strip_prefixes(one_line(_decoded(subject[:_READ]), _READ))
    return f"Re: {one_line(text, LONGEST_SUBJECT) or NO_SUBJECT.get(language[:2].lower(), NO_SUBJECT['en'])}"


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
