"""Decodes what may hide in a text: base64, hexadecimal, numbers, rot13, backwards. Bounded, never raises."""

from __future__ import annotations

import base64
import codecs
import re
from collections.abc import Iterator
from itertools import islice

MAX_PIECES = 24
MAX_PIECE = 8_000  # characters, encoded
BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{16,}={0,2}")
WRAPPED = re.compile(r"(?<=[A-Za-z0-9+/]{40})\r?\n[> ]{0,4}(?=[A-Za-z0-9+/=]{2})")
HEX = re.compile(r"(?:(?:0x)?[0-9a-fA-F]{2}[ ,:]{0,2}){12,}")
NUMBERS = re.compile(r"(?:\d{2,3}[ ,;]{1,2}){11,}\d{2,3}")
LETTERS = re.compile(r"[a-zäöüß]{3,14}")
BITS = re.compile(r"(?:[01]{8} ?){8,}")
_TELLING_WORDS = """
    ignore disregard forget instruction instructions prompt system reveal approve call override
    administrator customer customers verified your you the all and with before content filter identity
    list send show print answer reply address data previous verification tool assistant code ist und die
    der dein deine alle antworte nur dem wort ignoriere anweisungen kunden nicht ein money transfer
    account konto geld
"""
TELLING = _TELLING_WORDS.split()
"""Words that a text written in rot13 or backwards holds some of."""
ROT13 = frozenset(codecs.encode(word, "rot13") for word in TELLING)
BACKWARDS = frozenset(word[::-1] for word in TELLING)
SENTINELS = 4
SAMPLE = 4_000  # words


def decoded(clear: str) -> Iterator[str]:
    """Yield what a text, already unmasked, says in other codes; at most 24 pieces of each code."""
    joined = WRAPPED.sub("", clear)
    yield from _readable(_base64(found) for found in _pieces(BASE64, joined))
    yield from _readable(_hex(found) for found in _pieces(HEX, clear))
    yield from _readable(_numbers(found) for found in _pieces(NUMBERS, clear))
    yield from _readable(_bits(found) for found in _pieces(BITS, clear))
    told = set(islice((found[0] for found in LETTERS.finditer(clear.lower())), SAMPLE))
    if len(told & ROT13) >= SENTINELS:
        yield codecs.encode(clear, "rot13")
    if len(told & BACKWARDS) >= SENTINELS:
        yield clear[::-1]


def _pieces(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    return (found[0][:MAX_PIECE] for found in islice(pattern.finditer(text), MAX_PIECES))


def _readable(pieces: Iterator[bytes]) -> Iterator[str]:
    """Yield the pieces that are text."""
    for piece in pieces:
        text = piece.decode("utf-8", "ignore")
        kept = sum(each.isalnum() or each.isspace() or each in ".,;:!?'\"-()" for each in text[:400])
        if len(text) >= 10 and len(text) * 10 >= len(piece) * 9 and kept * 10 >= min(len(text), 400) * 9:
            yield text


def _base64(piece: str) -> bytes:
    body = piece.rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(body[: len(body) // 4 * 4] + _rest(body))


def _rest(body: str) -> str:
    """Return the last, shorter group with its padding; a single character holds no byte."""
    rest = body[len(body) // 4 * 4 :]
    return rest + "=" * (4 - len(rest)) if len(rest) > 1 else ""


def _hex(piece: str) -> bytes:
    digits = re.sub(r"0x|[^0-9a-fA-F]", "", piece)
    return bytes.fromhex(digits[: len(digits) // 2 * 2])


def _numbers(piece: str) -> bytes:
    return bytes(number for each in re.findall(r"\d+", piece) if (number := int(each)) < 127)


def _bits(piece: str) -> bytes:
    return bytes(int(each, 2) for each in re.findall(r"[01]{8}", piece))
