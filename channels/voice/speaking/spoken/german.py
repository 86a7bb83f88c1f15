"""The rules for German, in the order in which they count."""

from __future__ import annotations

from typing import Final

from channels.voice.speaking.spoken.amounts import german_measure, german_number
from channels.voice.speaking.spoken.contacts import ContactWords, contact_rules
from channels.voice.speaking.spoken.digits import spaced
from channels.voice.speaking.spoken.german_dates import date_rules
from channels.voice.speaking.spoken.german_times import time_rules
from channels.voice.speaking.spoken.german_words import CURRENCIES, SHORT_FORMS, SPELLED, UNITS
from channels.voice.speaking.spoken.ids import IdWords, id_rules
from channels.voice.speaking.spoken.measures import MeasureWords, measure_rules
from channels.voice.speaking.spoken.money import Currency, MoneyWords, money_rules
from channels.voice.speaking.spoken.phones import phone_rule
from channels.voice.speaking.spoken.speech_rules import SpeechReader, SpeechRule
from channels.voice.speaking.spoken.words import acronym_rule, dash_rules, short_form_rule


def _phrase(whole: str, currency: Currency, cents: int) -> str:
    if whole == "0" and cents:
        return f"{'ein' if cents == 1 else cents} {currency.cent if cents == 1 else currency.cents}"
    units = f"{whole} {currency.many}"
    if whole == "1":
        units = f"{'eine' if currency.one.endswith(('Krone', 'Rupie', 'Lira')) else 'ein'} {currency.one}"
    return f"{units} {cents}" if cents else units


_CONTACTS: Final = ContactWords(
    signs={".": "Punkt", "@": "ät", "-": "Minus", "_": "Unterstrich", "+": "Plus", "/": "Schrägstrich"}
)
_MONEY: Final = MoneyWords(
    currencies=CURRENCIES,
    names={"Euro": "EUR", "euro": "EUR", "Dollar": "USD", "Pfund": "GBP", "Franken": "CHF"}
    | {"dollar": "USD", "pfund": "GBP", "franken": "CHF"},
    millions={"Mio.": "Millionen", "Mio": "Millionen", "Millionen": "Millionen", "Mrd.": "Milliarden"}
    | {"Mrd": "Milliarden", "Milliarden": "Milliarden", "Tsd.": "Tausend"},
    minus="minus",
    to="bis",
    phrase=_phrase,
)
_IDS: Final = IdWords(
    nouns=r"[Bb]estellung|Auftrag|Ticket|Vorgang|Fall|Rechnung|Referenz|Rückruf|Erstattung|Rücksendung|Retoure"
    r"|Sendung|Paket|Konto|Code|Zugangscode|PIN|TAN|Anfrage|Durchwahl"
    r"|(?:Bestell|Auftrags|Ticket|Vorgangs|Rechnungs|Kunden|Referenz|Sendungs|Artikel|Konto)"
    r"(?:nummer|-Nr\.|nr\.)",
    several=r"[Bb]estellungen|Aufträge|Tickets|Vorgänge|Rechnungen|Codes|Nummern?|IDs?|Kunden-ID|PLZ|Artikel"
    r"|[Ww]ählen Sie|[Rr]ufen Sie(?: bitte)?(?: sofort)?(?: die)?",
    number="Nummer",
    is_=r"(?:ist|sind|war|lautet|lauten|mit der Nummer)\s",
    joined="und|oder",
    counted=(
        *(
            "Prozent",
            "Tagen?",
            "Tag",
            "Stunden?",
            "Minuten?",
            "Wochen?",
            "Monaten?",
            "Jahren?",
            "Mal",
            "Stück",
        ),
        *("Euro", "Dollar", "Franken", "Pfund", "Cent", "km", "k?g", "cm", "mm", "Artikel", "Punkte", "Uhr"),
    ),
)
_MEASURES: Final = MeasureWords(
    number=german_number,
    measured=german_measure,
    percent="Prozent",
    units=UNITS,
    one={
        **dict.fromkeys((one for one, _ in UNITS.values()), "ein"),
        **dict.fromkeys(("Stunde", "Minute", "Sekunde", "Kilowattstunde", "Milliamperestunde"), "eine"),
    },
    to="bis",
    minus="minus",
    times="mal",
    compared={
        "<": "weniger als",
        ">": "mehr als",
        "≤": "höchstens",
        "<=": "höchstens",
        "≥": "mindestens",
        ">=": "mindestens",
        "~": "etwa",
        "≈": "etwa",
        "±": "plus minus",
        "§": "Paragraf",
    },
)
_STREET: Final = SpeechRule(pattern=r"(?<=[a-zäöüß])str\.(?=\s|,|$)", say=lambda _: "straße")
_MRS: Final = SpeechRule(pattern=r"(?<!\w)Fr\.(?=\s[A-ZÄÖÜ][a-zäöü])", say=lambda _: "Frau")
_POSTCODE: Final = SpeechRule(
    pattern=r"(?<![\w.,-])(?:D-|(?<=,\s)|(?<=\n))(?P<code>[0-9]{5})(?=\s[A-ZÄÖÜ][a-zäöü])",
    say=lambda m: " ".join(m["code"]),
)
GERMAN: Final = SpeechReader(
    (
        *contact_rules(_CONTACTS),
        *date_rules(),
        *time_rules(),
        *money_rules(_MONEY),
        phone_rule("plus"),
        _POSTCODE,
        *id_rules(_IDS, lone_a="A"),
        short_form_rule(SHORT_FORMS),
        *measure_rules(_MEASURES),
        _STREET,
        _MRS,
        acronym_rule(SPELLED, spaced),
        *dash_rules("bis"),
    )
)
