"""Letters of other scripts that look like Latin ones (Unicode TR 39, the ones seen in attacks)."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

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
