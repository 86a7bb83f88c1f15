"""Bytes into text that every later part can store, show and log: the declared character set first, then what
the bytes look like.

Labels are read as browsers read them (WHATWG Encoding): gb2312 is gb18030, iso-8859-1 is windows-1252.
"""

from __future__ import annotations

import codecs
import re
from unicodedata import category

from charset_normalizer import from_bytes

from channels.mail.word_lists import words

LARGEST_TEXT = 1_000_000  # characters of readable text
MOST_NOTES = 50


class Notes:
    """Collects slugs, each once, in the order they came up."""

    def __init__(self) -> None:
        self._slugs: dict[str, None] = {}

    def add(self, slug: str | None) -> None:
        """Remember `slug`; None and repetitions are ignored."""
        if slug is not None and len(self._slugs) < MOST_NOTES:
            self._slugs[slug] = None

    def all(self) -> tuple[str, ...]:
        """Every slug so far."""
        return tuple(self._slugs)


_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# C0 and C1 controls, lone surrogates, non-characters, and the tag block: letters nobody sees but a model.
_UNWANTED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
_BLANK_LINES = re.compile(r"\n(?:[ \t]*\n){3,}")


def clean_text(text: str) -> str:
    """Valid Unicode, no controls but tab and \\n, lines ended by \\n."""
    text = _LINE_ENDS.sub("\n", text)
    return _SURROGATES.sub("\ufffd", _UNWANTED.sub("", text))


def clean_line(text: str, limit: int = 1_000) -> str:
    """As `clean_text`, on one line, white space collapsed, at most `limit` characters."""
    return _SPACES.sub(" ", clean_text(text[: limit * 4])).strip()[:limit]


def tidy(text: str) -> str:
    """No blank lines at the ends, at most two in a row, no \\ufeff."""
    return _BLANK_LINES.sub("\n\n\n", text.replace("\ufeff", "")).strip("\n").rstrip()


SAMPLE = 8_192  # bytes that are enough to tell a character set
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_MARKS = (
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_CONTROLS = bytes(each for each in range(0x1B) if each not in b"\t\n\f\r")  # half of most scripts' UTF-16
_NO_TEXT = frozenset({"Cc", "Cn", "Co", "Cs"})

_ALIASES = words("charsets")
# Codecs that Python offers but that are no character set of a mail, or take quadratic time.
_NO_CHARSET = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
_MULTIBYTE = re.compile(r"^(?:utf|gb|big5|cp932|cp949|iso2022|euc|hz|shift|johab)")
_HIGH = re.compile(rb"[\x80-\xff]")
_SHIFTED = re.compile(rb"\x1b[$(][@-Z]")


def decode_bytes(data: bytes, declared: str | None = None) -> tuple[str, str | None]:
    """Text of `data`, and a note when the declared character set was missing, unknown or wrong."""
    name = codec_name(declared)
    text = wide_text(data, name)
    if text is not None:
        return text, None
    if name is not None:
        return _declared(data, name)
    note = "charset_unknown" if declared else None
    if not _HIGH.search(data):
        return _ascii(data), note
    text = _try(data, "utf-8")
    return (text, note) if text is not None else (_guessed(data), note or "charset_guessed")


def wide_text(data: bytes, name: str | None = None) -> str | None:
    """Text in UTF-16 or UTF-32, told by its byte order mark, by the declared codec `name`, or by its
    zeros and the other control characters that letters are made of there.

    None for anything else. Which of two byte orders is right shows in what comes out: the wrong one yields
    unassigned characters and hardly any ASCII.
    """
    for mark, codec in _MARKS:
        if data.startswith(mark) and len(data) > 3:
            return data[len(mark) :].decode(codec, "replace").removesuffix("\ufffd")
    declared = name if name is not None and name.startswith(("utf-16", "utf-32")) else ""
    sample = data[:SAMPLE]
    controls = len(sample) - len(sample.translate(None, _CONTROLS)) if b"\0" in sample else 0
    if not declared and controls * 5 < len(sample):
        return None
    if not data or (declared and b"\0" not in data and _try(data, "utf-8") is not None):
        return None
    found = sorted(each for each in _WIDE if each.startswith(declared[:6]))
    best = max(found, key=lambda codec: (_likeness(data, codec), codec == declared, codec.endswith("le")))
    return data.decode(best, "replace").removesuffix("\ufffd") if _likeness(data, best) > 0.8 else None


def _likeness(data: bytes, codec: str) -> float:
    """How much a decoding of the first bytes looks like text: 1 for letters, more with ASCII among them."""
    text = data[: SAMPLE // 8 * 8].decode(codec, "replace").removesuffix("\ufffd")
    bad = sum(each == "\ufffd" or (category(each) in _NO_TEXT and each not in "\t\n\r\f") for each in text)
    near = sum(each.isascii() or each in "\u3001\u3002\uff0c\uff01\uff1f" for each in text)
    return 1.0 + (near - 4 * bad) / len(text) if text else -1.0


def codec_name(declared: str | None) -> str | None:
    """Python's codec for a mail's charset label, None if there is none that is safe to use."""
    label = (declared or "").strip(" \t\r\n\"'<>;").lower()[:60]
    label = label.partition("*")[0]  # RFC 2231: charset*language
    try:
        name = codecs.lookup(_ALIASES.get(label, label)).name
        "".encode(name)  # only text encodings encode a str
    except (LookupError, ValueError, TypeError, UnicodeError):
        return None
    return None if name.replace("-", "_") in _NO_CHARSET else name


def _declared(data: bytes, name: str) -> tuple[str, str | None]:
    if name.startswith(("utf-16", "utf-32")):
        name = "utf-8"  # no such text, as was found out before
    high = _HIGH.search(data) is not None
    if high and not _MULTIBYTE.match(name):
        better = _try(data, "utf-8")  # single-byte sets take anything, UTF-8 hardly ever fits by chance
        if better is not None:
            return better, None if name == "ascii" else "charset_wrong"
    text = _try(data, name)
    if text is None and name == "utf-8":
        text = _cut_short(data)
    if text is not None:
        return text, None
    text = _try(data, "utf-8") if high else None
    if text is not None:
        return text, "charset_wrong"
    return _mostly(data, name), "charset_wrong"


def _cut_short(data: bytes) -> str | None:
    """UTF-8 whose last character was cut in half."""
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(data, final=False)
    except UnicodeError:
        return None


def _mostly(data: bytes, name: str) -> str:
    """A few bad bytes are no reason to doubt the label of a multibyte text."""
    if name != "ascii":
        text = data.decode(name, "replace")
        if text.count("\ufffd") * 50 < len(text):
            return text
    return _guessed(data)


def _ascii(data: bytes) -> str:
    if _SHIFTED.search(data):
        text = _try(data, "iso2022_jp_ext")
        if text is not None:
            return text
    return data.decode("ascii", "replace")


def _guessed(data: bytes) -> str:
    first = _HIGH.search(data)
    start = max(0, first.start() - 200) if first else 0
    best = from_bytes(data[start : start + SAMPLE], chunk_size=512, steps=5).best()
    name = best.encoding if best is not None and len(_HIGH.findall(data[:SAMPLE])) > 8 else "cp1252"
    return data.decode(codec_name(name) or "cp1252", "replace")


def _try(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, LookupError, ValueError):
        return _cp1252(data) if name == "cp1252" else None


def _cp1252(data: bytes) -> str:
    """Browsers read the five bytes that windows-1252 leaves open as controls."""
    return data.decode("cp1252", "replace")
