"""Ways to say the same so that a filter misses it."""

# ruff: noqa: E501 - attacks are data, one a line

from __future__ import annotations

import base64
import codecs
from collections.abc import Callable, Mapping

from scripts.redteam_suite.case import Case, Step, tell
from scripts.redteam_suite.decode import _MORSE
from scripts.redteam_suite.model import Decision

_NATO = [
    "alfa",
    "bravo",
    "charlie",
    "delta",
    "echo",
    "foxtrot",
    "golf",
    "hotel",
    "india",
    "juliett",
    "kilo",
    "lima",
    "mike",
    "november",
    "oscar",
    "papa",
    "quebec",
    "romeo",
    "sierra",
    "tango",
    "uniform",
    "victor",
    "whiskey",
    "xray",
    "yankee",
    "zulu",
]
_SPELLED = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SIGN = {letters: sign for sign, letters in _MORSE.items()}
_CYRILLIC = str.maketrans("aeopcyxi", "аеорсухі")

DISGUISES: Mapping[str, Callable[[str], str]] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 in pieces": lambda text: " ".join(_pieces(base64.b64encode(text.encode()).decode(), 6)),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "backwards": lambda text: text[::-1],
    "spaced": " ".join,
    "dotted": ".".join,
    "hyphenated": "-".join,
    "zero width": "\u200b".join,
    "soft hyphens": "\u00ad".join,
    "full width": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "Cyrillic look-alikes": lambda text: text.translate(_CYRILLIC),
    "upper case": lambda text: text.upper(),
    "tags": lambda text: "".join(chr(0xE0000 + ord(c)) if " " <= c <= "~" else c for c in text),
    "entities": lambda text: "".join(f"&#{ord(c)};" for c in text),
    "percent": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "leet": lambda text: text.translate(str.maketrans("oleastOLEAST", "013457013457")),
    "one letter a line": "\n".join,
    "spelling alphabet": lambda text: " ".join(_NATO[ord(c) - 97] if c.isalpha() and c.isascii() else _digit(c) for c in text.lower() if c.isalnum()),
    "Morse": lambda text: " ".join(_SIGN[c] for c in text.lower() if c in _SIGN),
}  # fmt: skip


def disguised(template: str, secret: str, disguise: str) -> Step:
    """Return a step that says the template with the secret (itself a template) in disguise at `$hidden`."""

    def step(case: Case) -> Decision:
        return tell(template.replace("$hidden", DISGUISES[disguise](str(case.filled(secret)))))

    return step


def _pieces(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def _digit(character: str) -> str:
    return _SPELLED[int(character)] if character.isdecimal() else character
