"""What nobody has to answer: abuse, and more messages than a person writes."""

from __future__ import annotations

from functools import lru_cache

from guardrails.inbound_text import ScannedText
from guardrails.injection.clear_text import flat
from guardrails.phrases import PhraseBook, phrase_book
from guardrails.policy.screening_settings import Screening
from guardrails.verdict import ALLOWED, Verdict, flag, hold

ABUSE = "abuse"

REPEATED = 3
SPOKEN = ("chat", "mail", "voice")
INSULTS = (
    "asshole", "assholes", "arsehole", "bastard", "bastards", "bitch", "bitches", "cunt", "cunts",
    "dickhead", "dickheads", "faggot", "fuckers", "motherfucker", "motherfuckers", "idiot", "idiots",
    "imbecile", "imbeciles", "moron", "morons", "retard", "retards", "scumbag", "scumbags", "shithead",
    "twat", "wanker", "wankers", "arschloch", "arschlöcher", "arschgeige", "drecksau", "dreckschwein",
    "fotze", "hurensohn", "hurensöhne", "idioten", "missgeburt", "miststück", "schlampe", "schwachkopf",
    "schwachköpfe", "spast", "spasti", "trottel", "vollidiot", "vollidioten", "vollpfosten", "wichser",
    "connard", "connards", "salope", "stronzo", "stronzi", "gilipollas", "cabrón", "cabrones",
    "klootzak", "idiota", "debilu",
)  # fmt: skip
THREATS = (
    "kill you", "kill you all", "kill your ... staff", "murder you", "shoot you", "stab you",
    "i will hurt you", "beat you up", "beat the shit out", "break your legs", "break your ... bones",
    "burn down your", "burn your ... down", "blow up your", "bomb your", "bomb in your",
    "i will find you", "i know where you live", "know where you work", "come to your ... with a gun",
    "bring dich um", "bringe dich um", "bringe euch um",
    "bringe sie alle um", "ich bring euch um", "mach dich kalt", "mache dich kalt", "stech dich ab",
    "steche dich ab", "dich abstechen", "euch abstechen", "schlag dir", "schlage dir",
    "schlage euch", "zünde ... euren laden", "zünde ... euch an", "zünde eure", "fackel ... ab",
    "bombe ... legen", "bombe in eur*", "weiß wo du wohnst", "weiß wo ihr wohnt",
    "knall dich ab", "knall euch ab", "dich umbringen", "euch umbringen", "je vais te tuer",
    "te voy a matar", "ti ammazzo", "ik maak je dood", "zabiję cię",
)  # fmt: skip


def check_abuse(scanned: ScannedText, screening: Screening) -> Verdict:
    """Flag one or two insults; hold three, an insult that is repeated, or a threat of violence."""
    if scanned.incoming.source not in SPOKEN:
        return ALLOWED
    words = scanned.scan.words
    if _threats().first(words):
        return hold(ABUSE, "high: the message threatens violence.")
    insults = sum(word in _insults() for word in words.texts)
    if not insults:
        return ALLOWED
    if insults >= REPEATED or scanned.incoming.repeats > 1:
        return hold(ABUSE, "The message insults repeatedly.")
    return flag(ABUSE, "The message holds an insult.")


@lru_cache(maxsize=1)
def _insults() -> frozenset[str]:
    return frozenset(map(flat, INSULTS))


@lru_cache(maxsize=1)
def _threats() -> PhraseBook:
    return phrase_book({"threat": THREATS})


FLOODING = "flooding"
SHORT = 16
"""Characters; whoever says yes seven times in an hour floods nobody."""


def check_flood(scanned: ScannedText, screening: Screening) -> Verdict:
    """Hold a message beyond the policy's limits, before a model request is spent on it."""
    incoming = scanned.incoming
    if incoming.recent > screening.flood_messages:
        return hold(FLOODING, f"More than {screening.flood_messages} messages in 10 minutes.")
    if incoming.repeats > screening.flood_repeats and len(incoming.text.strip()) > SHORT:
        return hold(FLOODING, f"The same text more than {screening.flood_repeats} times in an hour.")
    return ALLOWED
