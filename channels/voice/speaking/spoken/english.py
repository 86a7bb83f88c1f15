"""The rules for English, in the order in which they count."""

from __future__ import annotations

from typing import Final

from channels.voice.speaking.spoken.amounts import english_number
from channels.voice.speaking.spoken.contacts import ContactWords, contact_rules
from channels.voice.speaking.spoken.digits import dotted
from channels.voice.speaking.spoken.english_dates import date_rules
from channels.voice.speaking.spoken.english_times import time_rules
from channels.voice.speaking.spoken.english_words import CURRENCIES, SHORT_FORMS, SPELLED, UNITS
from channels.voice.speaking.spoken.ids import IdWords, id_rules
from channels.voice.speaking.spoken.measures import MeasureWords, measure_rules
from channels.voice.speaking.spoken.money import Currency, MoneyWords, money_rules
from channels.voice.speaking.spoken.phones import phone_rule
from channels.voice.speaking.spoken.speech_rules import SpeechReader
from channels.voice.speaking.spoken.words import acronym_rule, dash_rules, short_form_rule


def _phrase(whole: str, currency: Currency, cents: int) -> str:
    units = f"{whole} {currency.one if whole == '1' else currency.many}"
    if not cents:
        return units
    rest = f"{cents} {currency.cent if cents == 1 else currency.cents}"
    return rest if whole == "0" else f"{units} and {rest}"


_CONTACTS: Final = ContactWords(
    signs={
        ".": "dot",
        "@": "at",
        "-": "dash",
        "_": "underscore",
        "+": "plus",
        "/": "slash",
        "a": "A,",
        "A": "A,",  # with a pause it is no article
    }
)
_MONEY: Final = MoneyWords(
    currencies=CURRENCIES,
    names={
        "euro": "EUR",
        "euros": "EUR",
        "dollar": "USD",
        "dollars": "USD",
        "pound": "GBP",
        "pounds": "GBP",
        "Euro": "EUR",
        "Euros": "EUR",
        "Dollars": "USD",
    },
    millions={
        "million": "million",
        "billion": "billion",
        "bn": "billion",
        "mn": "million",
        "m": "million",
        "M": "million",
        "k": "thousand",
        "K": "thousand",
    },
    minus="minus",
    to="to",
    phrase=_phrase,
)
_IDS: Final = IdWords(
    nouns=r"[Oo]rder|ORDER|[Tt]icket|[Cc]ase|[Ii]nvoice|[Rr]eference|[Rr]ef\.?|[Cc]ustomer|[Aa]ccount|[Cc]allback|[Rr]efund"
    r"|[Rr]eturn|[Ss]hipment|[Pp]arcel|[Tt]racking|[Cc]onfirmation|[Cc]ode|PIN|[Pp]asscode|[Ee]xtension|[Rr]equest",
    several=r"[Oo]rders|[Tt]ickets|[Cc]ases|[Ii]nvoices|[Cc]ustomers|[Cc]allbacks|[Rr]efunds|[Cc]odes|[Nn]umbers?|[Cc]all|[Dd]ial|IDs?"
    r"|[Ii]tem|[Aa]rticle|[Zz][Ii][Pp]",
    number="number",
    is_=r"(?:is|are|was|ending in|ends in)\s",
    joined="and|or",
    counted=(
        *(
            "percent",
            "days?",
            "hours?",
            "minutes?",
            "weeks?",
            "months?",
            "years?",
            "times",
            "items?",
            "pieces?",
        ),
        *("euros?", "dollars?", "pounds?", "cents?", "km", "k?g", "cm", "mm", "more", "points?", "people"),
    ),
)
_MEASURES: Final = MeasureWords(
    number=english_number,
    measured=english_number,
    percent="percent",
    units=UNITS,
    one={},
    to="to",
    minus="minus",
    times="times",
    compared={
        "<": "less than",
        ">": "more than",
        "≤": "at most",
        "<=": "at most",
        "≥": "at least",
        ">=": "at least",
        "~": "about",
        "≈": "about",
        "±": "plus or minus",
        "§": "section",
    },
)
ENGLISH: Final = SpeechReader(
    (
        *contact_rules(_CONTACTS),
        *date_rules(),
        *time_rules(),
        *money_rules(_MONEY),
        phone_rule("plus"),
        *id_rules(_IDS, lone_a="A."),
        short_form_rule(SHORT_FORMS),
        *measure_rules(_MEASURES),
        acronym_rule(SPELLED, dotted),
        *dash_rules("to"),
    )
)
