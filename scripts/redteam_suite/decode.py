"""Reads a text as a determined reader would: every usual disguise taken off, one view for each."""

from __future__ import annotations

import base64
import codecs
import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from urllib.parse import unquote

_HIDDEN = re.compile("[\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")
_TAGS = {0xE0000 + code: chr(code) for code in range(0x20, 0x7F)}
_ALIKE = str.maketrans("аеорсухіјѕԁԛԝһӏαοεικνρτυχβ", "aeopcyxijsdqwhlaoeiknptuxb")
_LEET = str.maketrans("0134578@$", "oleastbas")
_TOKEN = re.compile(r"[A-Za-z0-9+/_=-]{8,}")
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_ZAHLEN = ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun")
_DIGIT = {word: str(value) for names in (_NUMBERS, _ZAHLEN) for value, word in enumerate(names)}
_SPELLED = re.compile(rf"\b({'|'.join(_DIGIT)})\b")
_MORSE_SIGNS = [
    ".-",
    "-...",
    "-.-.",
    "-..",
    ".",
    "..-.",
    "--.",
    "....",
    "..",
    ".---",
    "-.-",
    ".-..",
    "--",
    "-.",
    "---",
    ".--.",
    "--.-",
    ".-.",
    "...",
    "-",
    "..-",
    "...-",
    ".--",
    "-..-",
    "-.--",
    "--..",
    "-----",
    ".----",
    "..---",
    "...--",
    "....-",
    ".....",
    "-....",
    "--...",
    "---..",
    "----.",
]
_MORSE = dict(zip(_MORSE_SIGNS, "abcdefghijklmnopqrstuvwxyz0123456789", strict=True))
_MORSE_RUN = re.compile(r"(?:[.-]{1,5}[ /]+){4,}[.-]{1,5}")
DEEPEST = 2
SHORTEST = 5
"""Characters; a shorter text that something decodes to is a coincidence."""
STARTS = 40
"""Words from which on a text may be one code in pieces."""


def squeezed(text: str) -> str:
    """Return only letters and digits, folded: no case, accents, look-alikes or hidden characters."""
    return "".join(character for character in folded(text) if character.isalnum())


def folded(text: str) -> str:
    """Return the text in lower case without what only disguises it."""
    text = html.unescape(unquote(text)).translate(_TAGS)
    text = unicodedata.normalize("NFKD", _HIDDEN.sub("", text).casefold())
    text = "".join(character for character in text if not unicodedata.combining(character))
    return text.translate(_ALIKE)


def views(text: str, *, depth: int = 0) -> Iterator[str]:
    """Yield the squeezed text, and what it says when it is decoded."""
    plain = squeezed(text)
    yield plain
    yield plain[::-1]
    yield codecs.encode(plain, "rot13")
    yield plain.translate(_LEET)
    low = folded(text)
    yield squeezed(_SPELLED.sub(lambda found: _DIGIT[found[1]], low))
    yield "".join(word[0] for word in re.findall(r"[a-z0-9]+", low))
    yield "".join(line.strip()[:1] for line in low.splitlines())
    for run in _MORSE_RUN.findall(text):
        yield "".join(_MORSE.get(sign, "") for sign in re.split(r"[ /]+", run))
    if depth < DEEPEST:
        for found in _decoded(text):
            yield from views(found, depth=depth + 1)


def _decoded(text: str) -> Iterator[str]:
    words = text.split()
    rows = ["".join(words[start:]) for start in range(min(len(words), STARTS))]
    for token in {*_TOKEN.findall(text), *rows}:
        for decode in _DECODERS:
            try:
                shown = decode(token).decode()
            except ValueError:
                continue
            if len(shown) >= SHORTEST and shown.isprintable():
                yield shown


def _padded(token: str, size: int) -> str:
    bare = token.rstrip("=")
    return bare + "=" * (-len(bare) % size)


_DECODERS: tuple[Callable[[str], bytes], ...] = (
    lambda token: base64.b64decode(_padded(token, 4)),
    lambda token: base64.urlsafe_b64decode(_padded(token, 4)),
    lambda token: base64.b32decode(_padded(token, 8)),
    bytes.fromhex,
)
