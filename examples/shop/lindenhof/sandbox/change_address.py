"""Please deliver to another address."""

from __future__ import annotations

import re

from lindenhof.sandbox.common import NO, QUESTION, newest
from lindenhof.sandbox.numbers import order_ids
from lindenhof.sandbox.order_change import (
    ASKING,
    CANCELLED,
    NOT_FOUND,
    Change,
    change_order,
)
from lindenhof.sandbox.phrase import Phrase
from lindenhof.sandbox.text import Clause
from lindenhof.sandbox.wish import Wish
from orchestrator.inference.sandbox.enquiry import Enquiry
from orchestrator.inference.sandbox.intent import Contribution

NAME = "change_address"
_PATTERN = re.compile(
    r"\b(?:change|update|correct|new|different|wrong)\b.*\baddress\b|\baddress\b.*\b(?:change|wrong"
    r"|update)|\b(?:deliver|send|ship) (?:it|order \d+) to\b"
    r"|\badresse\b.*\b(?:aendern|korrigieren|falsch|aktualisieren)|\b(?:aender\w*|andere|neue|falsche)\b.*\w*adresse\b|\badressaenderung"
)
_OTHER_ADDRESS = re.compile(r"\b(?:e ?mail|billing|invoice|rechnungs\w*|mailadresse)\b")
# An address is what stands behind a colon or "to", and holds a letter and a number.
_ADDRESS = re.compile(
    r"(?::|\bto\b(?! change)|\bis\b|\bauf\b|\bzu\b|\bnach\b|\blautet\b|\bin\b)\s*(.{8,300})$",
    re.IGNORECASE | re.DOTALL,
)
_STREET = re.compile(r"^(?=.*[^\W\d_]{3})(?=.*\b\d{1,4}[a-z]?\b)[^?]{8,300}$", re.IGNORECASE | re.DOTALL)
_ORDER_ONLY = re.compile(
    r"^\W*(?:order|bestellung|number|nummer|nr|no|is|ist|my|meine|it|es)?[\s#.]*\d+\W*$", re.IGNORECASE
)


def _address(enquiry: Enquiry) -> str | None:
    return newest(enquiry, NAME, _read_address)


def _read_address(text: str) -> str | None:
    found = _ADDRESS.search(text)
    candidate = (found[1] if found else text).strip(" .\n")
    asks = "@" in candidate or _PATTERN.search(candidate.lower()) is not None
    return None if asks or _ORDER_ONLY.match(candidate) or not _STREET.match(candidate) else candidate


_CHANGE = Change(
    intent=NAME,
    tool="change_address",
    argument="address",
    read=_address,
    ask=Phrase(
        en="What is the new address, with street, number, postal code, town and country?",
        de="Wie lautet die neue Adresse, mit Straße, Hausnummer, Postleitzahl, Ort und Land?",
    ),
    no_tool=Phrase(en="I can't change addresses myself.", de="Adressen ändern kann ich selbst nicht."),
    asking=ASKING,
    done=Phrase(
        en="The delivery address of order {order} has been changed.",
        de="Die Lieferadresse von Bestellung {order} ist geändert.",
    ),
    not_done=Phrase(
        en="I could not change the address of order {order}.",
        de="Die Adresse von Bestellung {order} konnte ich nicht ändern.",
    ),
    errors={
        "not_found": NOT_FOUND,
        "already_cancelled": CANCELLED,
        "too_late": Phrase(
            en="The address of order {order} can no longer be changed.",
            de="Die Adresse von Bestellung {order} kann nicht mehr geändert werden.",
        ),
        "invalid_address": Phrase(
            en="I could not read that as the new address of order {order}.",
            de="Das konnte ich nicht als neue Adresse von Bestellung {order} lesen.",
        ),
    },
)


def _matches(said: Clause, enquiry: Enquiry) -> bool:
    """A request; "can I change the address?" is a question for the help pages."""
    if not said.has(_PATTERN) or said.has(_OTHER_ADDRESS):
        return False
    return bool(order_ids(said.text)) or not said.has(QUESTION)


def _continues(said: Clause, enquiry: Enquiry) -> bool:
    return bool(order_ids(said.text)) or _read_address(said.text) is not None or said.has(NO)


def _answer(said: Clause, enquiry: Enquiry) -> Contribution:
    return change_order(_CHANGE, enquiry)


INTENT = Wish(name=NAME, matches=_matches, answer=_answer, continues=_continues, whole=True)
