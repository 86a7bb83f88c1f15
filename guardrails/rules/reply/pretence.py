"""A reply must not pretend to come from a human, nor ask for what nobody may ever ask for."""

from __future__ import annotations

import re

from guardrails.claims.clauses import Phrase
from guardrails.draft import Draft, ReplySentence
from guardrails.evidence import Evidence
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "pretence"

_HUMAN = Phrase(
    (
        *("human", "person", "bot", "robot", "machine", " ai", "program", "comput", "manager", "supervisor"),
        *("ceo", "director", "mensch", "mitarbeit", "kolleg", "geschäftsf", "maschine", " ki", "department"),
        "operator",
    ),
    re.compile(
        r"\b(?:i'm|i am) (?:a |an |the |your )?(?:(?:real|actual|live|living) ){0,2}"
        r"(?:human|person|manager|supervisor|ceo|director)\b"
        r"|\b(?:i'm|i am) not (?:a |an )?(?:bot|robot|machine|ai|computer|program)\b"
        r"|\b(?:ich bin|bin ich) (?:(?:ein|eine|die|der|ihr|ihre) )?(?:(?:echte|richtige)r? )?"
        r"(?:mensch|person|mitarbeiter(?:in)?|kolleg(?:e|in)|geschäftsführer(?:in)?)\b"
        r"|\bich bin keine? (?:bot|roboter|maschine|ki|computer|programm)\b"
        r"|\bthis is the (?:\w{1,20} ){0,3}department\b|\boperator \w{2,30} here\b"
    ),
)
_NAMED = re.compile(
    r"\b(?:[Mm]y name is|[Ii]ch hei(?:ß|ss)e|[Mm]ein Name ist)"
    r" (?:(?:Frau|Herr|Mr|Mrs|Ms|Dr)\.? )?([A-ZÄÖÜ]\w{1,30})"
    r"|\b(?:[Tt]his is|[Hh]ier (?:ist|spricht)) (?:(?:Frau|Herr|Mr|Mrs|Ms|Dr)\.? )?([A-ZÄÖÜ]\w{1,30})"
    r"(?: [A-ZÄÖÜ]\w{1,30})?,? (?:from|of|speaking|here|and I|von|vom|aus)\b"
)
_SECRET = Phrase(
    (
        "passw",
        "passcode",
        "pin",
        "tan",
        "cvv",
        "cvc",
        "card",
        "security c",
        "kennw",
        "kart",
        "prüfn",
        "seed",
    ),
    re.compile(
        r"\b(?:passwords?|passcodes?|pins?|tans?|cvv|cvc|security code|passwort|passwörter"
        r"|card (?:numbers?|details|data)"
        r"|(?:number|digits|details) (?:of|on|from) (?:your|the) (?:\w{1,20} )?card"
        r"|kennwort|karten(?:nummer|daten)|(?:nummer|ziffern|daten) (?:ihrer|der|deiner) (?:\w{1,20} )?karte"
        r"|prüfnummer|seed phrase)\b"
    ),
)
_ASKS = re.compile(
    r"\b(?:send|tell|give|enter|type|share|provide|confirm|reply with|what(?:'s| is| are)|i need|we need"
    r"|read (?:me|us|out|it)|say|spell|key in|dictate|lesen sie|sagen sie|diktieren|tippen"
    r"|nennen?|senden|schicken|geben|teilen|verraten|wie lautet|brauchen?|benötigen?|bestätigen)\b"
)
_HARMLESS = re.compile(
    r"\b(?:never|not|don't|no one|nobody|won't|nie|niemals|nicht|keine?[nmr]?|niemand|forgot\w{0,4}|reset"
    r"|change|new|on the|on our|in your account|vergessen|zurücksetzen|ändern|neue[ns]?)\b"
)
_BY_GIFT = re.compile(
    r"\b(?:pay|bezahlen|zahlen|überweisen)\b.{0,60}\b(?:fee|customs|fine|tax|gebühr|zoll)\b.{0,40}"
    r"\b(?:gift cards?|bitcoin|crypto\w{0,12}|western union|moneygram|geschenkkarten?)\b"
)


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply that plays a human, or asks for a secret."""
    for sentence in draft.sentences:
        if evidence.quotes(sentence.text):
            continue
        if _HUMAN.search(sentence.lower) or _plays_somebody(sentence.text, evidence):
            return block(
                NAME, "The reply pretends to come from a human. You are the assistant: leave it out."
            )
        if _asks_a_secret(sentence):
            return block(NAME, "The reply asks for a secret. Nobody here may ask for one.")
        if _BY_GIFT.search(sentence.lower):
            return block(NAME, "The reply asks to pay a fee in a way that nobody here takes. Leave it out.")
    return ALLOWED


def _asks_a_secret(sentence: ReplySentence) -> bool:
    lower = sentence.lower
    return (
        _SECRET.search(lower) is not None and _ASKS.search(lower) is not None and not _HARMLESS.search(lower)
    )


def _plays_somebody(text: str, evidence: Evidence) -> bool:
    """Say whether the assistant gives itself a name; the company's own is fine."""
    known = f"{evidence.business} {evidence.name} switchboard".lower()
    return any(name.lower() not in known for found in _NAMED.findall(text) for name in found if name)
