"""Links, mail and postal addresses, telephone numbers and names of people must come from the facts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.facts.figures import around_digits, digits
from guardrails.facts.index import PHONE_TAIL, FactIndex
from guardrails.facts.plain_text import holds_any
from guardrails.facts.web_addresses import EMAIL, MARKUP, Link, emails, links
from guardrails.verdict import ALLOWED, Verdict, block
from guardrails.vocabulary import Vocabulary

LINKS = "links"

_OTHER_SCHEME = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]{1,19})(://[^\s<>\"']{1,200})")
_READ = frozenset({"http", "https", "hxxp", "hxxps", "ftp", "ftps", "file", "ws", "wss", "intent"})
"""Schemes whose links are compared part by part."""


def check_links(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply with markup, or with a link that is not a given one to its last character."""
    if holds_any(draft.visible, "![<=") and MARKUP.search(draft.visible):
        return block(LINKS, "The reply holds an image or markup. Write plain text.")
    text = EMAIL.sub(" ", draft.addressed) if "@" in draft.addressed else draft.addressed
    if "://" in text and any(
        _strange(scheme, rest, evidence) for scheme, rest in _OTHER_SCHEME.findall(text)
    ):
        return block(LINKS, "The reply holds an address that is in none of the given facts. Leave it out.")
    for link in dict.fromkeys(links(text)):
        if not _is_given(link, evidence):
            return block(LINKS, f"The link {link.written} is in none of the given facts. Leave it out.")
    return ALLOWED


def _strange(scheme: str, rest: str, evidence: Evidence) -> bool:
    return scheme.lower() not in _READ and not any(
        f"{scheme}{rest}" in index.text for index in evidence.proven
    )


def _is_given(link: Link, evidence: Evidence) -> bool:
    if not link.rest and any(link.host in index.hosts for index in evidence.proven):
        return True
    return any(_holds_link(index, link) for index in evidence.known)


def _holds_link(index: FactIndex, link: Link) -> bool:
    return (link.host, link.rest) in index.links


MAIL = "mail_addresses"


def check_mail_addresses(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply with an e-mail address that no fact holds."""
    for address in dict.fromkeys(emails(draft.addressed)):
        if not any(address in index.emails for index in evidence.known):
            return block(
                MAIL,
                "The reply names a mail address that is in none of the given facts. Leave it out.",
            )
    return ALLOWED


PHONES = "phones"

PHONE = re.compile(r"(?<![\w.,/-])(?:\+ ?|\(?0{1,2})\d?[\d ()/.-]{5,24}\d(?!\w)")


def check_phones(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply with a telephone number that no fact holds, with or without its country code."""
    for number in dict.fromkeys(map(digits, PHONE.findall(draft.undated))):
        if len(number) >= PHONE_TAIL and not any(index.phone(number) for index in evidence.known):
            return block(
                PHONES, "The reply names a telephone number that is in none of the given facts. Leave it out."
            )
    return ALLOWED


POSTAL = "postal_addresses"

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
_STREET_WORDS = (
    "street_,road_,lane_,avenue_,terrace_,row_,straße,strasse,str.,weg,platz,allee,gasse,ring,damm,ufer,m"
    "arkt,berg,stieg,chaussee,am_,an_,im_,in_der,zum_,zur_,auf_der,unter_den,box,postfach"
)
_STREETS = tuple(_STREET_WORDS.replace("_", " ").split(","))
_STREET_SHOUTED = re.compile(
    r"\d(?<!\w.)\d{0,4} (?:[a-z][\w'-]{1,30} ){1,3}(?:street|road|avenue|lane|terrace|boulevard|drive"
    r"|crescent)\b"
)
_PART = re.compile(r"\w+")


def check_postal_addresses(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply with a postal address whose words are in none of the facts."""
    near = around_digits(draft.plain)
    found = [*_NUMBERED.findall(near), *_STREET_SHOUTED.findall(draft.numbered)]
    found += [
        each
        for part in near.splitlines()
        if holds_any(part.lower(), _STREETS)
        for each in _STREET.findall(part)
    ]
    for address in dict.fromkeys(found):
        parts = [part.lower() for part in _PART.findall(address)]
        if not any(all(part in index.words for part in parts) for index in evidence.known):
            return block(
                POSTAL, "The reply holds a postal address that is in none of the given facts. Leave it out."
            )
    return ALLOWED


PEOPLE = "people"

_NAME = r"[A-ZÄÖÜÉÅ][\w'-]{1,30}(?: (?:von |van |de |O')?[A-ZÄÖÜÉÅ][\w'-]{1,30}){0,2}"
_FULL = r"[A-ZÄÖÜÉÅ][\w'-]{1,30} (?:von |van |de |O')?[A-ZÄÖÜÉÅ][\w'-]{1,30}"
_BEFORE = re.compile(rf"\b({_NAME})$")
_LONGEST_NAME = 100  # characters of a name
_PAIR = re.compile(
    r"(?<=[a-z,:=(] )[A-Z][a-z'-]{1,20} [A-Z][a-z'-]{1,20}\b(?! (?:GmbH|Ltd|Inc|AG))"
    r"|(?<==)[A-Z][a-z]{1,20} [A-Z][a-z]{1,20}\b"
)
_ALONE = re.compile(rf"\W{{0,3}}({_FULL})\W{{0,3}}")
_GERMAN = re.compile(r"\b(?:der|die|das|und|ist|ihre?[nmr]?|mit|für|sie|wir|nicht|eine?[nmr]?)\b")
_GREETS = re.compile(
    rf"^(?:\W{{0,3}})(?:Dear|Hello|Hi|Hey|Hallo|Guten (?:Tag|Morgen|Abend)|Liebe|Lieber"
    rf"|Sehr geehrter? (?:Herr|Frau)|Good (?:morning|afternoon|evening|day)|Thank you|Thanks|Danke"
    rf"|Vielen Dank|Grüß Gott|Moin)(?:,| and welcome,?)? ({_NAME})(?=\s*[,!.:?\n]|$)",
    re.MULTILINE,
)


def check_people(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply that names somebody who is in none of the facts."""
    common = evidence.vocabulary.word_set("no_name")
    for name in dict.fromkeys(_names(draft, evidence.vocabulary)):
        words = [word for word in re.findall(r"[^\W\d_]+", name.lower()) if len(word) > 1]
        unknown = [word for word in words if word not in common and not _known_name(word, evidence)]
        if unknown:
            return block(
                PEOPLE, "The reply names a person who is in none of the given facts. Leave the name out."
            )
    return ALLOWED


def _names(draft: Draft, vocabulary: Vocabulary) -> Iterator[str]:
    text, said = draft.plain, vocabulary.wording
    named = said("people named")
    for sentence in draft.sentences:
        if holds_any(sentence.lower, named.stems):
            for found in named.pattern.finditer(sentence.text):
                yield from filter(None, found.groups())
    yield from _bare_names(draft, vocabulary)
    for owned in said("people's things").pattern.finditer(text):
        if before := _BEFORE.search(text[max(0, owned.start() - _LONGEST_NAME) : owned.start()]):
            yield before[1]
    for found in said("people acting").pattern.finditer(text):
        name = next(filter(None, found.groups()))
        if vocabulary.word_set("no_name").isdisjoint(name.lower().split()):
            yield name
    for found in _GREETS.finditer(text):
        yield found[1]


def _bare_names(draft: Draft, vocabulary: Vocabulary) -> Iterator[str]:
    """Return pairs of capitalised words, in English sentences or alone, that are no usual title."""
    usual = vocabulary.no_titles
    for sentence in draft.sentences if draft.language.startswith("en") else ():
        if _GERMAN.search(sentence.lower):
            continue
        alone = _ALONE.fullmatch(sentence.text)
        if alone and usual.isdisjoint(alone[1].lower().split()):
            yield alone[1]
        for found in _PAIR.finditer(sentence.text):
            if usual.isdisjoint(found[0].lower().split()):
                yield found[0]


def _known_name(word: str, evidence: Evidence) -> bool:
    bare = word.removesuffix("s")
    return any(word in index.words or bare in index.words for index in evidence.known)
