"""Postal addresses in a reply must come from the facts of its turn."""

from __future__ import annotations

import re

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.facts.figures import around_digits
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "postal_addresses"

_KIND = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Terrace|Row|Way|Court|Ct|Square|Sq|Boulevard|Blvd"
    r"|Place|Pl|Close|Crescent|Gardens|Grove|Hill|Park|Quay|Mews|Parade|Highway|Walk)"
)
_NUMBERED = re.compile(
    rf"\d(?<!\w.)\d{{0,4}}[a-zA-Z]?,? (?:[A-ZÄÖÜ][\w'-]{{1,30}} ){{1,3}}{_KIND}\b"
    r"|\d(?<![\d.,#].)\d{4} [A-ZÄÖÜ][a-zäöüß-]{2,30}\b|\d(?<=, .)\d{3} [A-ZÄÖÜ][a-zäöüß-]{2,30}\b"
    r"|\d(?<!\w.)\d\d \d{2} [A-ZÄÖÜÅ][a-zäöüåß-]{2,30}\b"
    r"|\d(?<= [A-Z]{2} .)\d{4}\b|\d(?<!\d.)[A-Z\d]? \d[A-Z]{2}\b|\d(?<= [A-Z].)[\dW] [A-Z\d]{4}\b"
)
_STREET = re.compile(
    rf"\b(?:[A-Z][\w'-]{{1,30}} ){{1,3}}{_KIND} \d{{1,5}}\b|"
    r"\b[A-ZÄÖÜ][\wäöüß-]{1,40}(?:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|ufer|markt|berg"
    r"|stieg|chaussee) ?\d{1,4} ?[a-z]?\b"
    r"|\b(?:[A-ZÄÖÜ][\w-]{1,30}(?:er|e) (?:Straße|Strasse|Str\.|Weg|Platz|Allee|Ring|Damm)|(?:Am|An der"
    r"|An den|Im|In der|Zum|Zur|Auf der|Unter den) [A-ZÄÖÜ][\wäöüß-]{2,30}) \d{1,4}[a-z]?\b(?!\.)"
    r"|\b(?i:p\.? ?o\.? box|postfach) \d{2,8}"
)
_STREETS = (
    "street ",
    "road ",
    "lane ",
    "avenue ",
    "terrace ",
    "row ",
    "straße",
    "strasse",
    "str.",
    "weg",
    "platz",
    "allee",
    "gasse",
    "ring",
    "damm",
    "ufer",
    "markt",
    "berg",
    "stieg",
    "chaussee",
    "am ",
    "an ",
    "im ",
    "in der",
    "zum ",
    "zur ",
    "auf der",
    "unter den",
    "box",
    "postfach",
)
_STREET_SHOUTED = re.compile(
    r"\d(?<!\w.)\d{0,4} (?:[a-z][\w'-]{1,30} ){1,3}(?:street|road|avenue|lane|terrace|boulevard|drive"
    r"|crescent)\b"
)
_PART = re.compile(r"\w+")


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply with a postal address whose words are in none of the facts."""
    near = around_digits(draft.plain)
    found = [*_NUMBERED.findall(near), *_STREET_SHOUTED.findall(draft.numbered)]
    found += [
        each
        for part in near.splitlines()
        if any(stem in part.lower() for stem in _STREETS)
        for each in _STREET.findall(part)
    ]
    for address in dict.fromkeys(found):
        parts = [part.lower() for part in _PART.findall(address)]
        if not any(all(part in index.words for part in parts) for index in evidence.known):
            return block(
                NAME, "The reply holds a postal address that is in none of the given facts. Leave it out."
            )
    return ALLOWED
