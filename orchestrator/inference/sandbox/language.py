"""Which of the sandbox's two languages a text is in, told by its small words."""

from __future__ import annotations

import re

from orchestrator.inference.sandbox.text import LONGEST_TEXT, fold, words

LANGUAGES = ("en", "de")

_ENGLISH = """
    a about after again all already also am an and any are arrive arrived arrives as ask at back be been bye
    call can cancel cannot change come could customer day deliver delivered delivery did do does dont for from
    get give go good goodbye got had has have hello help hey hours how human i id if im invoice is isnt it its
    ive know last like long lost make many me message money more much my need no not now of off often on one
    open order ordered orders our out package parcel pay payment person phone please policy problem question
    real receive refund return returns sad say send shall ship shipped shipping should so some soon
    speak still
    support take talk tell thank thanks that the their them then there they thing this thx time to today
    tomorrow track us want was we were what whats when where wheres which who why will with wont would wrong
    yes yesterday you your
"""
_GERMAN = """
    aber alle als am an anrufen auch auf aus bei bekomme bekommen beschwerde bestellt bestellung bestellungen
    bezahlen bin bis bitte brauche danke dann das dass dein deine dem den der die dir doch du ein eine einem
    einen einer er erstattung es euch euer eure funktioniert gerne geht geld geliefert gibt guten habe haben
    hallo hat heute hilfe ich ihnen ihr ihre im ist ja jemand jetzt kann kannst kein keine kommt kommen konnte
    kosten kostet lange lieferung man mehr mein meine meinem meinen meiner mensch mich mir mit mitarbeiter
    moechte moin morgen muss nach nein nicht noch nochmal nummer nur ob oder oeffnungszeiten ohne paket
    rechnung retoure rueckgabe rueckruf ruecksendung rufen schicken schon sehr sendung servus sich sie sind
    sprechen stornieren tag tschuess ueber uhr um und uns unser unsere versand vielen vom von vor wann war
    warum was weg welche wenn wer werden wie wieder wird wo wollen wuerde zahlen zu zum zur zurueck
    null eins zwei zwo drei vier fuenf sechs sieben acht neun
"""
_WORDS = {"en": frozenset(_ENGLISH.split()), "de": frozenset(_GERMAN.split())}
_UMLAUT = re.compile("[äöüß]", re.IGNORECASE)
_SHARED = _WORDS["en"] & _WORDS["de"]


def detect(text: str) -> str | None:
    """Return `en` or `de`, or None when the text does not tell.

    Counting small words takes microseconds. py3langid, restricted to the two languages, was tried: it
    keeps 46 to 74 MB in memory, half of what the gateway may use, and takes "hallo" for English.
    """
    found = words(fold(text))
    votes = {code: sum(word in known - _SHARED for word in found) for code, known in _WORDS.items()}
    votes["de"] += len(_UMLAUT.findall(text[:LONGEST_TEXT]))
    if votes["en"] == votes["de"]:
        return None
    return "en" if votes["en"] > votes["de"] else "de"


def supported(tag: str | None) -> str | None:
    """Reduce a language tag to `en` or `de`; None for every other."""
    primary = (tag or "").partition("-")[0].lower()
    return primary if primary in LANGUAGES else None
