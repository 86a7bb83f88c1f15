"""What a reply says of an order must come from a result about that very order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from guardrails.claims.clauses import Phrase, asks, conditional, denied, denies
from guardrails.draft import Draft, ReplySentence
from guardrails.evidence import Evidence
from guardrails.facts.day_facts import numeric_dates, written_dates
from guardrails.facts.figures import amounts
from guardrails.facts.index import FactIndex
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "order_facts"

_THING = (
    r"(?:orders?|parcels?|packages?|shipments?|deliver(?:y|ies)|items?|lamp|goods|bestellung(?:en)?"
    r"|pakete?s?|sendung(?:en)?|lieferung(?:en)?|ware|artikel)"
)
_NOUN = re.compile(rf"\b{_THING}\b|^(?:yes, |good news[:,!] |ja, )?(?:it|they|es)\b")
_BE = (
    r"(?:\b(?:is|are|was|were|has|have|had|been|got|wurde|wurden|ist|sind|worden|hat|haben|already"
    r"|status)\b|'s\b|: )(?:[^,;]{0,50}?)"
)

STATUSES: Mapping[str, tuple[Phrase, re.Pattern[str]]] = MappingProxyType(
    {
        "delivered": (
            Phrase(
                (
                    "deliver",
                    "arrived",
                    "handed",
                    "received",
                    "signed",
                    "picked",
                    "left with",
                    "zugestellt",
                    "geliefert",
                    "angekommen",
                    "eingetroffen",
                    "abgegeben",
                    "übergeben",
                    "went to",
                ),
                re.compile(
                    rf"{_BE}\b(?:delivered|arrived|handed over|received by|signed for|picked up"
                    rf"|left with|zugestellt|ausgeliefert|geliefert|angekommen|eingetroffen|abgegeben"
                    rf"|übergeben an)\b|\b(?:arrived|delivered) (?:on|at|yesterday|today|to)\b"
                    rf"|\bzugestellt am\b|\bwent to\b"
                ),
            ),
            re.compile(r"delivered|arrived|zugestellt|ausgeliefert|geliefert"),
        ),
        "shipped": (
            Phrase(
                (
                    "shipped",
                    "dispatched",
                    "sent",
                    "way",
                    "transit",
                    "out for",
                    "left",
                    "carrier",
                    "versandt",
                    "versendet",
                    "verschickt",
                    "unterwegs",
                    "abgeschickt",
                    "weg",
                    "verlassen",
                ),
                re.compile(
                    rf"{_BE}\b(?:shipped|dispatched|sent (?:out|off)|on (?:its|the|their) way|in transit"
                    rf"|out for delivery|left our warehouse|handed to the carrier|with the carrier"
                    rf"|versandt|versendet|verschickt|unterwegs|abgeschickt|auf dem weg)\b"
                    rf"|\bhas left (?:our|the) warehouse\b|\b(?:shipped|dispatched) on\b"
                    rf"|\bhat .{{0,20}}(?:lager|haus) verlassen\b"
                ),
            ),
            re.compile(
                r"shipped|dispatched|transit|on the way|out for delivery|delivered|versandt|versendet"
                r"|unterwegs|zugestellt|returned"
            ),
        ),
        "being processed": (
            Phrase(
                ("process", "prepared", "bearbeitung", "vorbereit"),
                re.compile(
                    rf"{_BE}\b(?:being processed|processing|in process|being prepared|in bearbeitung"
                    rf"|in vorbereitung|vorbereitet)\b"
                ),
            ),
            re.compile(r"process|packed|pending|prepar|open|bearbeitung|vorbereit"),
        ),
        "packed": (
            Phrase(("packed", "verpackt"), re.compile(rf"{_BE}\b(?:packed|verpackt)\b")),
            re.compile(r"packed|verpackt|shipped|versandt"),
        ),
        "cancelled": (
            Phrase(("cancel", "storniert"), re.compile(rf"{_BE}\b(?:cancell?ed|storniert)\b")),
            re.compile(r"cancel|storn"),
        ),
        "returned": (
            Phrase(
                ("returned", "sent back", "zurückge", "retourniert"),
                re.compile(
                    rf"{_BE}\b(?:returned|sent back|zurückgeschickt|zurückgesendet"
                    rf"|retourniert)\b(?! to (?:the|your) chat)"
                ),
            ),
            re.compile(r"return|retour|zurück"),
        ),
        "late or lost": (
            Phrase(
                ("late", "delayed", "lost", "stuck", "held", "verspätet", "verloren", "überfällig"),
                re.compile(
                    rf"{_BE}\b(?:late|delayed|lost|stuck|held|verspätet|verloren|überfällig)\b"
                    rf"|\bverspätet sich\b"
                ),
            ),
            re.compile(r"late|delay|lost|stuck|overdue|held|customs|verspät|verloren|überfällig"),
        ),
    }
)
_CONTENTS = Phrase(
    (
        "contain",
        "include",
        "consist",
        "holds",
        "ordered",
        "bought",
        "compris",
        "enthält",
        "beinhaltet",
        "umfasst",
        "besteht",
        "item",
        "artikel:",
    ),
    re.compile(
        r"\b(?:it|order.{0,20}|parcel|package|you) (?:contains?|includes?|consists? of|holds|ordered"
        r"|bought|comprises)\b(.{3,300})"
        r"|\b(?:sie|es|bestellung.{0,20}|paket) (?:enthält|beinhaltet|umfasst|besteht aus)\b(.{3,300})"
        r"|\bitems? in (?:your|the|that) order(?: is| are|:)(.{3,300})|^items?: (.{3,300})"
        r"|^artikel: (.{3,300})|\b(?:ordered|bought) (?:a|an|the|one|two|\d) (.{3,300})"
    ),
)
_EXPECTED = re.compile(
    r"\b(?:expected|estimated|due|scheduled|will (?:\w{1,12} )?(?:arrive|be delivered|be there)|arrives"
    r"|arriving|comes|kommt|voraussichtlich|wird .{0,40}(?:zugestellt|geliefert|ankommen)|erwartet)\b"
)
_DETAIL = re.compile(
    r"\b(?:belongs? to|placed by|ordered by|address|adresse|tracking|sendungsnummer|carrier"
    r"|zustelldienst|gehört|bestellt von|total|gesamt\w{0,8}|contains|enthält|paid|bezahlt|going to"
    r"|went to|worth|shows?|customer|kunde|kundin|recipient|empfänger)\b"
)
_NAMED = re.compile(
    r"(?:#|\b(?:orders?|bestellung(?:en)?|number|nummer|parcel|paket|purchase"
    r"|auftrag)\b[ :#-]{0,3}(?:number |no\.? |nr\.? |nummer |id )?#?)(\d[\d .-]{1,14}\d)\b"
)
_ANOTHER = re.compile(r"(?:\band|\bund|,|\bor|\boder|&|\bsowie) #?(\d{4,12})(?![\d:/%]|[.,-]\d)")
_BARE = re.compile(r"(?<![\d.,:/+-])\d{4,12}(?![\d:/%]|[.,-]\d)")
_ASKED = re.compile(
    r"\b(?:you (?:\w+ )?(?:asked|wrote|said|mentioned|expected|want\w*|would like)|sie (?:\w+ )?(?:möchten"
    r"|wünschen|schrieben)|gewünscht\w*|your (?:request|wish|question)|ihr (?:wunsch|anliegen))\b"
)
_WORD = re.compile(r"[^\W\d_]{4,}")
_FILLER_WORDS = """
    with from your that this have been both were will also please total order ordered item items which
    piece pieces following
"""
_FILLER = frozenset(_FILLER_WORDS.split())

_GENERAL = re.compile(
    r"\b(?:orders|parcels|items|goods|usually|always|normally|an order|a parcel|bestellungen|pakete"
    r"|artikel|waren|immer|in der regel|normalerweise|eine bestellung|ein paket)\b"
)
_IF_ORDER = re.compile(
    rf"\b(?:if|whether|once|as soon as|until|unless|wenn|falls|ob|sobald|bis)(?: (?:your|the|my|ihre|die"
    rf"|deine|order|bestellung|number|nummer)){{0,3}} #?(?:\d|{_THING}|it\b|es\b|sie\b)"
)


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a statement about an order that no result about this very order makes."""
    for sentence in draft.sentences:
        if (what := _unproven(sentence, evidence)) and not evidence.quotes(sentence.text):
            return block(
                NAME,
                f"The reply says of an order {what}, which no result about that order says."
                " Look the order up, or leave it out.",
            )
    return ALLOWED


def _unproven(sentence: ReplySentence, evidence: Evidence) -> str | None:
    lower = sentence.counted
    ids = _ids(lower, evidence)
    if not ids and not _NOUN.search(lower):
        return None
    about = _about(ids, evidence)
    status = next((status for status in STATUSES if _claims(status, lower, ids)), None)
    if status and not _proven(status, ids, about, evidence):
        return f"that it is {status}"
    if asks(lower):
        return None
    if ids and not about and _reveals(sentence) and not denies(lower):
        return "details"
    return "what it contains" if _invents_contents(sentence, about) else None


def _ids(lower: str, evidence: Evidence) -> frozenset[str]:
    """Return the orders a sentence names; a bare number is one where a result or the customer names it so."""
    named = {"".join(filter(str.isdecimal, each)) for each in _NAMED.findall(lower)}
    named |= set(_ANOTHER.findall(lower)) if named else set()
    years = {str(evidence.moment.year + ahead) for ahead in (-1, 0, 1)}
    bare = set(_BARE.findall(lower)) - years if _NOUN.search(lower) and not any(amounts(lower)) else set()
    return frozenset(each for each in named | (bare & _shown_numbers(evidence)) if len(each) > 2)


def _shown_numbers(evidence: Evidence) -> frozenset[str]:
    return evidence.keep(
        "shown_numbers", lambda: frozenset(order for each in evidence.outcomes for order in each.orders)
    )


def _about(ids: frozenset[str], evidence: Evidence) -> dict[str, FactIndex]:
    """Return what results show of each order, of any order under "" where the sentence names none."""
    found = {order: evidence.shown[order] for order in ids or {""} if order in evidence.shown}
    if evidence.thread:
        for order in (ids or {""}) - set(found):
            if order in evidence.shown_before:
                found[order] = evidence.shown_before[order]
    return found


def _claims(status: str, lower: str, ids: frozenset[str]) -> bool:
    found = STATUSES[status][0].search(lower)
    if found is None or denied(lower, found.start(), found.end()) or asks(lower):
        return False
    if ids:
        return _IF_ORDER.search(lower, 0, found.end()) is None
    return not conditional(lower, found.end()) and not _in_general(lower)


def _in_general(lower: str) -> bool:
    """Say whether a sentence tells how things go with any order: "orders placed by 14:00 are shipped"."""
    return _GENERAL.search(lower) is not None and "your" not in lower


def _proven(status: str, ids: frozenset[str], about: dict[str, FactIndex], evidence: Evidence) -> bool:
    if status == "cancelled" and evidence.was_done("cancel_order") and (not ids or about):
        return True
    pattern = STATUSES[status][1]
    shown = {order for order in about if _says(status, order, about[order], evidence)}
    return (bool(shown) and ids <= shown) or _from_texts(pattern, ids, evidence)


def _says(status: str, order: str, index: FactIndex, evidence: Evidence) -> bool:
    return evidence.keep(f"{status} {order}", lambda: STATUSES[status][1].search(index.lower) is not None)


def _from_texts(pattern: re.Pattern[str], ids: frozenset[str], evidence: Evidence) -> bool:
    """Say whether what the application itself knows, such as a colleague's words, says it."""
    return any(pattern.search(index.lower) and ids <= index.tokens for index in evidence.plain_texts)


def _reveals(sentence: ReplySentence) -> bool:
    lower = sentence.counted
    if _ASKED.search(lower):
        return False
    dated = any(numeric_dates(lower)) or any(written_dates(lower))
    return (
        dated
        or any(amounts(lower))
        or _DETAIL.search(lower) is not None
        or _EXPECTED.search(lower) is not None
    )


def _invents_contents(sentence: ReplySentence, about: dict[str, FactIndex]) -> bool:
    """Say whether goods are named that no result names; in German they may be translated."""
    found = _CONTENTS.search(sentence.lower)
    if found is None or denies(sentence.lower):
        return False
    if not about:
        return _NOUN.search(sentence.lower) is not None
    words = {word for word in _WORD.findall("".join(filter(None, found.groups()))) if word not in _FILLER}
    known = frozenset().union(*(each.words for each in about.values()))
    german = re.search(r"enthält|beinhaltet|umfasst|besteht|artikel", found[0]) is not None
    return bool(words) and not german and 2 * len(words & known) < len(words)
