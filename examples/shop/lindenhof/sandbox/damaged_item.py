"""Something arrived broken, wrong or not at all: what the help page says, and a ticket if wanted."""

from __future__ import annotations

import re

from lindenhof.sandbox.common import NO, OFFER_HUMAN, QUESTION, YES, folded
from lindenhof.sandbox.knowledge import TOOL as SEARCH
from lindenhof.sandbox.knowledge import quoted
from lindenhof.sandbox.numbers import order_ids
from lindenhof.sandbox.phrase import Phrase
from lindenhof.sandbox.text import Clause
from lindenhof.sandbox.ticket import TOOL as TICKET
from lindenhof.sandbox.ticket import open_ticket
from lindenhof.sandbox.wish import Wish
from orchestrator.inference.sandbox.enquiry import Enquiry
from orchestrator.inference.sandbox.intent import Contribution
from orchestrator.inference.sandbox.responder import find_passage

NAME = "damaged_item"
_PATTERN = re.compile(
    r"\b(?:damaged|broken|defective|shattered|cracked|smashed|doesnt work|does not work|not working"
    r"|stopped working)\b"
    r"|\b(?:wrong|missing)\b.*\b(?:item|items|product|article|size|colou?r|part|parts|parcel|package|order|piece|thing)\b"
    r"|\b(?:item|items|product|article|part|parts|piece|something|lamp)\b.*\b(?:is|are|was|were)\b.*\b(?:wrong|missing)\b"
    r"|\b(?:parcel|package|order)\b.*\b(?:never|not|didnt|hasnt) (?:arrive\w*|come|came)"
    r"|\bnever (?:arrived|received|got)\b"
    r"|\b(?:beschaedigt\w*|kaputt\w*|defekt\w*|zerbrochen\w*|zerkratzt\w*|funktioniert nicht|geht nicht"
    r"|falsche\w* (?:artikel|ware|groesse"
    r"|farbe|produkt|teil))\b|\b(?:artikel|teil|teile|etwas|ware|paket|produkt)\b.*\bfehl(?:t|en)\b|\bfehl(?:t|en)\b.*\b(?:artikel|teil\w*|etwas|paket)\b"
    r"|\bnie angekommen|\bnicht angekommen"
)
_NOT_ARRIVED = re.compile(
    r"\b(?:not|never|didnt|hasnt|havent|nie|nicht|nichts)\b"
    r".*\b(?:arriv\w*|come|came|received|got|angekommen|erhalten|bekommen|da)\b"
)
_ABOUT_WARRANTY = re.compile(r"\b(?:warranty|guarantee|garantie\w*|gewaehrleistung)\b")

_SORRY = Phrase(en="I am sorry about that.", de="Das tut mir leid.")
_OFFER = Phrase(
    en="Shall I open a ticket with what you wrote?", de="Soll ich mit Ihrer Nachricht ein Ticket eröffnen?"
)
_DROPPED = Phrase(en="All right, no ticket.", de="In Ordnung, kein Ticket.")
_SEARCHING = Phrase(
    en="I am sorry about that. One moment, please.", de="Das tut mir leid. Einen Moment bitte."
)
_QUERY = Phrase(en="damaged, wrong or missing item", de="beschädigter, falscher oder fehlender Artikel")


def _matches(said: Clause, enquiry: Enquiry) -> bool:
    if said.has(_NOT_ARRIVED) and order_ids(enquiry.turn.text):
        return False  # that order can be looked up
    return said.has(_PATTERN) and not said.has(_ABOUT_WARRANTY)


def _continues(said: Clause, enquiry: Enquiry) -> bool:
    return said.has(YES) or said.has(NO)


def _answer(said: Clause, enquiry: Enquiry) -> Contribution:
    answer = folded(enquiry.turn.text)
    if enquiry.pending(NAME) and not said.has(_PATTERN):
        if NO.search(answer):
            return Contribution(intent=NAME, reply=_DROPPED.to(enquiry.language))
        return open_ticket(NAME, enquiry, enquiry.before.text)
    passage = find_passage(said.text, enquiry) or find_passage(_QUERY.to(enquiry.language), enquiry)
    query = _QUERY.to(enquiry.language)
    search = enquiry.action(SEARCH, query=query)
    if passage is None and search and enquiry.result(SEARCH) is None:
        return Contribution(intent=NAME, reply=_SEARCHING.to(enquiry.language), actions=(search,))
    sorry = "" if said.has(QUESTION) else _SORRY.to(enquiry.language)
    told = quoted(passage, enquiry) if passage else ""
    offer = _OFFER if TICKET in enquiry.tools else OFFER_HUMAN
    return Contribution(
        intent=NAME,
        reply="\n".join(filter(None, [sorry, told])),
        question=offer.to(enquiry.language),
        citations=(passage.id,) if passage else (),
    )


INTENT = Wish(name=NAME, matches=_matches, answer=_answer, continues=_continues)
