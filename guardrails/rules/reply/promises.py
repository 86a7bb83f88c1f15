"""A reply must not promise, or claim, a favour that no passage and no result knows of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from guardrails.claims.clauses import Phrase, asks, denied
from guardrails.claims.grounding import grounded
from guardrails.draft import Draft, ReplySentence
from guardrails.evidence import Evidence
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "promises"

FAVOURS: Mapping[str, Phrase] = MappingProxyType(
    {
        "a discount or voucher": Phrase(
            (
                "discount",
                "voucher",
                "coupon",
                "credit",
                "gift",
                "promo",
                "rabatt",
                "gutschein",
                "preisnachlass",
                "geschenk",
                "bonus",
                "%",
                "percent",
                "prozent",
            ),
            re.compile(
                r"\bdiscounts?\b|\bvouchers?\b|\bcoupons?\b|\bstore credit\b|\bgift cards?\b"
                r"|\bpromo\w{0,10}\b|\brabatt\w{0,8}|\bgutschein\w{0,12}|\bpreisnachlass"
                r"|\bgeschenkkarte\w?|\bbonus\b|\d ?(?:%|percent|prozent) (?:off|less|weniger|günstiger)"
            ),
        ),
        "a compensation": Phrase(
            ("compensat", "goodwill", "entschädig", "kulanz", "wiedergut", "double", "schadensersatz"),
            re.compile(
                r"\bcompensat\w{1,6}|\bgoodwill\b|\bentschädig\w{1,8}|\bkulanz\w{0,8}|\bwiedergutmachung"
                r"|\bdouble (?:your|the)\b|\bschadensersatz"
            ),
        ),
        "a replacement": Phrase(
            ("replac", "new ", "ersatz", "resend", "neue"),
            re.compile(
                r"\breplacements?\b|\bnew (?:one|item|lamp|product)\b|\breplace (?:it|the|your)\b"
                r"|\bersatz\w{0,10}|\bresend\b|\bneue[ns]? (?:artikel|ware|exemplar)"
            ),
        ),
        "something for nothing": Phrase(
            ("waive", "house", "free", "geschenkt", "erlasse"),
            re.compile(
                r"\bwaive\w?\b|\bon the house\b|\bfree (?:gift|item|product|upgrade)\b|\bgeschenkt\b"
                r"|\berlasse\w?\b"
            ),
        ),
        "an exception": Phrase(
            ("exception", "ausnahme", "override", "extend", "verlänger", "upgrade", "priority"),
            re.compile(
                r"\bmake an exception\b|\bexceptions? (?:for|has been|was|is)\b|\bausnahme\b"
                r"|\boverride\b|\bextend(?:ed)? (?:your|the) (?:return|warranty|deadline|period)"
                r"|\bverlänger\w{1,5}\b|\bupgraded?\b|\bpriority (?:shipping|delivery)\b"
            ),
        ),
        "a guarantee": Phrase(
            (
                "guarantee",
                "promise",
                "assure",
                "my word",
                "garantier",
                "versprech",
                "verspreche",
                "zugesichert",
                "sicher",
                "definitely",
                "jeden fall",
                "entitled",
                "lifetime",
                "lebenslang",
                "unlimited",
                "unbegrenzt",
            ),
            re.compile(
                r"\bguaranteed?\b(?! (?:claim|period|card|case))|\bi promise\b|\bwe promise\b"
                r"|\bi assure\b|\bmy word\b|\bgarantier\w{1,3}\b|\bversprech\w{1,3}\b|\bverspreche\b"
                r"|\bzugesichert\b|\bsichere? (?:ich|ihnen).{0,30} zu\b|\bdefinitely (?:get|arrive"
                r"|receive)\b|\bauf jeden fall (?:bekommen|erhalten|ankommen)|\bentitled\b|\blifetime\b"
                r"|\blebenslang\w{0,3}\b|\bunlimited\b|\bunbegrenzt\w{0,2}\b"
            ),
        ),
        "a price match": Phrase(
            ("price", "preis"),
            re.compile(
                r"\bmatch(?:es)? (?:any|every|all|the|their) (?:\w{1,15} )?prices?\b|\bprice[ -]match"
                r"|\bbestpreis|\bpreisgarantie"
            ),
        ),
        "an approval": Phrase(
            ("approved", "genehmigt", "bewilligt"),
            re.compile(
                r"\b(?:manager|supervisor|colleague|boss|team|department|operator|i|we)"
                r"(?:'ve| has| have| had)? (?:just |already |now )?approved\b"
                r"|\brequest (?:is|was|has been) (?:\w{1,12} )?approved\b"
                r"|\b(?:wurde|ist|hat|haben|habe)\b.{0,60}\b(?:genehmigt|bewilligt)\b"
            ),
        ),
        "a change of an account": Phrase(
            (
                "deleted",
                "erased",
                "removed",
                "unsubscribed",
                "closed",
                "unlocked",
                "reset",
                "gelöscht",
                "abgemeldet",
                "gesperrt",
                "entsperrt",
                "zurückgesetzt",
            ),
            re.compile(
                r"\b(?:deleted|erased|removed|unsubscribed|closed|unlocked|reset|gelöscht|abgemeldet"
                r"|gesperrt|entsperrt|zurückgesetzt)\b"
            ),
        ),
    }
)
_GIVES = re.compile(
    r"\b(?:i|we)(?:'ve|'ll|'m|'re| have| will| am| are| can| shall| just| now| also| gladly| happily"
    r"| hereby| promise| guarantee| assure| offer| give| grant| send"
    r"| add| replace| waive| apply| extend| match)\b|\byou(?:'ll|'ve| will| get| receive| have| are| can have"
    r"| may keep|r )|\byour\b|\b(?:has been|have been|was|were|is|are|will be) (?:\w{1,12} )?(?:added"
    r"|applied|granted|waived|extended|approved"
    r"|deleted|erased|removed|unsubscribed|closed|unlocked|reset|sent|guaranteed|upgraded|free)\b"
    r"|\buse (?:the )?code\b|\bit(?:'s| is)\b|\beverything\b|\ball\b|\bwithout\b"
    r"|\b(?:ich|wir|sie|ihnen|ihre?[nmr]?|du|dir|es|alles)\b|\b(?:wurde|wird|ist|sind|haben|habe)\b"
)
_ACCOUNT = re.compile(
    r"\b(?:i|we)(?:'ve| have)? (?:\w{1,12} )?(?:deleted|erased|removed|unsubscribed|closed|unlocked"
    r"|reset)\b|\b(?:account|data|password|profile|subscription|newsletter)\b.{0,40}(?:has been"
    r"|have been|was|were|is|are) (?:\w{1,12} )?(?:deleted|erased|removed|closed|unlocked|reset"
    r"|unsubscribed)"
    r"|\byou(?:'ve| have) been (?:unsubscribed|removed|unlocked)|\b(?:habe|haben|wurde|wurden|ist"
    r"|sind)\b.{0,60}\b(?:konto|daten|passwort|newsletter|account)?\b.{0,40}\b(?:gelöscht|abgemeldet"
    r"|entsperrt|zurückgesetzt)\b"
)
_OFFERS = re.compile(
    r"^(?:shall|should|would|do you|möchten|soll|sollen|wollen|wünschen)\b|\bif you (?:like|want|wish)\b"
    r"|\bwenn sie (?:möchten|wollen)\b"
)
_PLEASANT = re.compile(
    r"\b(?:feel free|free to (?:ask|write|contact|call|reach|reply|get)|toll[ -]free|free time"
    r"|your voucher code|a new message|extend my)\b"
)


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a favour that neither a passage nor a result of this turn gives."""
    for sentence in draft.sentences:
        for what, pattern in FAVOURS.items():
            if (found := pattern.search(sentence.lower)) and _promised(
                what, sentence, found.start(), evidence
            ):
                return block(
                    NAME,
                    f"The reply promises or claims {what} that no passage and no result gives. Leave it out.",
                )
    return ALLOWED


def _promised(what: str, sentence: ReplySentence, at: int, evidence: Evidence) -> bool:
    lower = sentence.lower
    if what == "a change of an account" and not _ACCOUNT.search(lower):
        return False
    if not _GIVES.search(lower) or _PLEASANT.search(lower) or asks(lower):
        return False
    if denied(lower, at, at if what == "a guarantee" else at + 40):
        return False
    if evidence.quotes(sentence.text) or _reported(what, evidence):
        return False
    return what == "a change of an account" or not grounded(sentence, evidence, FAVOURS[what])


def _reported(what: str, evidence: Evidence) -> bool:
    """Say whether a result of this turn speaks of the very favour: then a tool gave it."""
    pattern = FAVOURS[what]
    if what == "an approval" and any(pattern.search(each.lower()) for each in evidence.told):
        return True  # our own word on a decision, repeated
    return any(
        each.ok and pattern.search(f"{each.tool.replace('_', ' ')} {each.index.lower}")
        for each in evidence.outcomes
    )
