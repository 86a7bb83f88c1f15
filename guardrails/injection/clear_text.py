"""The text a reader sees, as words: look-alikes, invisible signs, disguises and codes taken off."""

from __future__ import annotations

import base64
import codecs
import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from guardrails.facts.plain_text import holds_any

_PAIRS = (
    "аa вb еe кk мm нh оo рp сc тt уy хx іi јj ѕs ԁd ԛq ԝw ӏl ѵv һh ոn սu гr пn "
    "АA ВB ЕE КK МM НH ОO РP СC ТT УY ХX ІI ЈJ ЅS "
    "αa βb εe ηn ιi κk μu νv οo ρp σo τt υu χx ωw γy "
    "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX "
    "ıi łl ŁL øo ØO đd ĐD ħh æa œo ɑa ɡg ɩi ʟl ɴn ʀr ᴀa ʙb ᴄc ᴅd ᴇe ɢg ʜh ᴊj ᴋk ᴍm ᴏo ᴘp ꜱs ᴛt ᴜu "
    "ᴠv ᴡw ʏy ᴢz ɪi"
)
LOOK_ALIKES = {pair[0]: pair[1] for pair in _PAIRS.split()}
SHARP_S = {"ß": "ss", "ẞ": "SS"}


@lru_cache(maxsize=8192)
def plain(character: str) -> str:
    """Return a character as plain Latin where it can be: width, accents, look-alikes; '' for invisible ones.

    Works on single characters: composing a whole text takes quadratic time on hostile marks.
    """
    if character in SHARP_S:
        return SHARP_S[character]
    if character in LOOK_ALIKES:
        return LOOK_ALIKES[character]
    parts = unicodedata.normalize("NFKD", character)[:4]
    return "".join(LOOK_ALIKES.get(part, part) for part in parts if not _dropped(part))


def _dropped(part: str) -> bool:
    return unicodedata.category(part) in ("Mn", "Cf", "Me") or part in "\u115f\u1160\u3164\uffa0"


def flat(text: str) -> str:
    """Return a text in plain letters; linear, at most four times as long."""
    if text.isascii():
        return text
    table = {character: plain(character) for character in set(text)}
    return "".join([table[character] for character in text])


MAX_TEXT = 100_000  # characters
MAX_PIECES = 50
MAX_HIDDEN = 2_000  # characters of one hidden piece
TAGS = re.compile("[\U000e0020-\U000e007e]+")
INVISIBLE = re.compile(
    "[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u00ad\U000e0000-\U000e007f]"
)
ESCAPES = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
ESCAPED = ("&", "\\", "%", "=\n", "=20")
PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2}){1,200}")
QUOTED = re.compile(r"=([2-7][0-9A-F])")
SIMPLE_TAG = re.compile(r"</?(?:b|i|u|em|strong|span|font|a|mark|small|wbr|sub|sup)>", re.IGNORECASE)
TAG = re.compile(r"<[a-z][^<>]{3,600}>", re.IGNORECASE)
MAX_TAGS = 2_000
HIDING = re.compile(
    r"(?:display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden|font-size\s{0,3}:\s{0,3}[01](?:px|pt|em)?\b"
    r"|opacity\s{0,3}:\s{0,3}0\b|color\s{0,3}:\s{0,3}(?:#fff(?:fff)?\b|white|transparent)|\bhidden\b)",
    re.IGNORECASE,
)
SPACED = re.compile(r"(?<![^\W_])(?:[^\W_][ \t.\-*|/]{1,2}){2,}[^\W_](?![^\W_])")
LEFT_OUT = str.maketrans("", "", "*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Unmasked:
    """A text without its masks: `clear` keeps upper case, `hidden` are the pieces a reader does not see."""

    clear: str
    hidden: tuple[str, ...] = ()


def unmask(text: str) -> Unmasked:
    """Return the text unmasked; of one longer than MAX_TEXT the beginning and the end."""
    raw = text if len(text) <= MAX_TEXT else text[: MAX_TEXT * 3 // 4] + "\n" + text[-MAX_TEXT // 4 :]
    tagged = () if raw.isascii() else _tagged(raw)
    opened = flat(_unescape(raw))[:MAX_TEXT]
    if holds_any(opened, ESCAPED):
        opened = _unescape(opened)
    seen, comments = _without_comments(opened) if "<!--" in opened else (opened, [])
    styled = _styled_away(seen) if "<" in seen else []
    clear = SIMPLE_TAG.sub("", seen) if "<" in seen else seen
    return Unmasked(
        clear=SPACED.sub(_together, clear.translate(LEFT_OUT)), hidden=(*tagged, *comments, *styled)
    )


def _tagged(raw: str) -> tuple[str, ...]:
    """Return text written in tag characters; the six of a flag are no text."""
    runs = ["".join(chr(ord(each) - 0xE0000) for each in run) for run in TAGS.findall(raw)]
    text = " ".join(run for run in runs if len(run) > 6)
    return (text,) if text else ()


def _unescape(text: str) -> str:
    if "&" in text:
        text = html.unescape(text)
    if "\\" in text:
        text = ESCAPES.sub(lambda found: chr(int(found[1] or found[2], 16)), text)
    if "%" in text:
        text = PERCENT.sub(_percent, text)
    if "=\n" in text or "=20" in text:
        text = QUOTED.sub(lambda found: chr(int(found[1], 16)), text.replace("=\r\n", "").replace("=\n", ""))
    return text


def _percent(found: re.Match[str]) -> str:
    return bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "replace")


def _without_comments(text: str) -> tuple[str, list[str]]:
    """Take out closed comments; an open one is left where it is."""
    shown, hidden, position = [], [], 0
    while (start := text.find("<!--", position)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        shown.append(text[position:start])
        hidden.append(text[start + 4 : end])
        position = end + 3
    return "".join([*shown, text[position:]]), hidden


def _styled_away(text: str) -> list[str]:
    found = [tag.end() for tag in islice(TAG.finditer(text), MAX_TAGS) if HIDING.search(tag[0])][:MAX_PIECES]
    return [text[end : end + MAX_HIDDEN].partition("<")[0] for end in found]


def _together(found: re.Match[str]) -> str:
    """Join letters that stand apart: s p a c e d."""
    return "".join(each for each in found[0] if each.isalnum())


WORD = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff]"
    r"|[^\W_\u3040-\u30ff\u3400-\u9fff]+(?:_[^\W_]+)*|@(?=[\w-])|[.!?;](?=[\s\"'])|\n[ \t>]*\n"
)
SHORTEST_SENTENCE = 3
"""Words; full stops after every word don't part what belongs together."""
LEET = str.maketrans("013457", "oieast")
LEET_L = str.maketrans("013457", "oleast")
GLUED = re.compile(
    r"(ignoriere|ignore|disregard|forget|previous|prior|instructions?|system|prompts?|rules|above|reveal|override"
    r"|bypass|verification|approve|account|money|vergiss|vorherigen|bisherigen|anweisungen|regeln|assistant|customers?)"
)
GLUED_LENGTH = 14
MAX_NAME = 60  # characters
MAX_PARTS = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """The words of a text in lower case; for each, where it begins and the number of its sentence."""

    texts: Sequence[str]
    starts: Sequence[int]
    sentences: Sequence[int]


def split(text: str) -> Words:
    """Return the words of a text already unmasked."""
    texts: list[str] = []
    starts: list[int] = []
    sentences: list[int] = []
    sentence, since = 0, 0
    for found in WORD.finditer(text.lower()):
        token = found[0]
        if token[0] in ".!?;\n":
            sentence, since = sentence + (since >= SHORTEST_SENTENCE), 0
            continue
        if len(token) < GLUED_LENGTH and token.isalpha():
            texts.append(token)
            starts.append(found.start())
            sentences.append(sentence)
            since += 1
            continue
        for part in _parts(token):
            texts.append(part)
            starts.append(found.start())
            sentences.append(sentence)
            since += 1
    return Words(texts=texts, starts=starts, sentences=sentences)


def _parts(token: str) -> Sequence[str]:
    """Return a token's words: a name_like_this and its parts, what was run together, leet as letters."""
    if "_" in token:
        return (token[:MAX_NAME], *token.split("_", MAX_PARTS)[:MAX_PARTS])
    if len(token) >= GLUED_LENGTH and token.isalpha():
        pieces = [piece for piece in GLUED.split(token) if piece]
        return pieces if len(pieces) > 2 else (token,)
    if token.isdigit() or not token.isalnum():
        return (token,)
    return (token.translate(LEET_L if "1l" in token or token.startswith("a1") else LEET),)


_MAX_CODED = 24
MAX_PIECE = 8_000  # characters, encoded
BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{16,}={0,2}")
WRAPPED = re.compile(r"(?<=[A-Za-z0-9+/]{40})\r?\n[> ]{0,4}(?=[A-Za-z0-9+/=]{2})")
_HEX = re.compile(r"(?:(?:0x)?[0-9a-fA-F]{2}[ ,:]{0,2}){12,}")
_NUMBERS = re.compile(r"(?:\d{2,3}[ ,;]{1,2}){11,}\d{2,3}")
LETTERS = re.compile(r"[a-zäöüß]{3,14}")
_BINARY = re.compile(r"(?:[01]{8} ?){8,}")
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
SAMPLE = 40_000  # characters


def _text_in(piece: bytes) -> str | None:
    """Return what bytes say where they are a text."""
    text = piece.decode("utf-8", "ignore")
    kept = sum(each.isalnum() or each.isspace() or each in ".,;:!?'\"-()" for each in text[:400])
    whole = len(text) >= 10 and len(text) * 10 >= len(piece) * 9
    return text if whole and kept * 10 >= min(len(text), 400) * 9 else None


def _from_base64(piece: str) -> bytes:
    body = piece.rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(body[: len(body) // 4 * 4] + _rest(body))


def _rest(body: str) -> str:
    """Return the last, shorter group with its padding; a single character holds no byte."""
    rest = body[len(body) // 4 * 4 :]
    return rest + "=" * (4 - len(rest)) if len(rest) > 1 else ""


def _from_hex(piece: str) -> bytes:
    digits = re.sub(r"0x|[^0-9a-fA-F]", "", piece)
    return bytes.fromhex(digits[: len(digits) // 2 * 2])


def _from_numbers(piece: str) -> bytes:
    return bytes(number for each in re.findall(r"\d+", piece) if (number := int(each)) < 127)


def _from_bits(piece: str) -> bytes:
    return bytes(int(each, 2) for each in re.findall(r"[01]{8}", piece))


_CODES = ((BASE64, _from_base64), (_HEX, _from_hex), (_NUMBERS, _from_numbers), (_BINARY, _from_bits))


def decoded(clear: str) -> Iterator[str]:
    """Yield what a text, already unmasked, says in other codes; at most 24 pieces of each code."""
    for pattern, decode in _CODES:
        text = WRAPPED.sub("", clear) if pattern is BASE64 else clear
        for found in islice(pattern.finditer(text), _MAX_CODED):
            if told := _text_in(decode(found[0][:MAX_PIECE])):
                yield told
    words = set(LETTERS.findall(clear[:SAMPLE].lower()))
    if len(words & ROT13) >= SENTINELS:
        yield codecs.encode(clear, "rot13")
    if len(words & BACKWARDS) >= SENTINELS:
        yield clear[::-1]
