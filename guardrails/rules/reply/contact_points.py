"""Links, mail addresses and telephone numbers in a reply must come from the facts of its turn."""

from __future__ import annotations

import re

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.facts.figures import digits
from guardrails.facts.index import PHONE_TAIL, FactIndex
from guardrails.facts.web_addresses import EMAIL, MARKUP, Link, emails, links
from guardrails.verdict import ALLOWED, Verdict, block

LINKS = "links"

_OTHER_SCHEME = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]{1,19})(://[^\s<>\"']{1,200})")
_READ = frozenset({"http", "https", "hxxp", "hxxps", "ftp", "ftps", "file", "ws", "wss", "intent"})
"""Schemes whose links are compared part by part."""


def check_links(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply with markup, or with a link that is not a given one to its last character."""
    if any(sign in draft.visible for sign in "![<=") and MARKUP.search(draft.visible):
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
    return any(_holds(index, link) for index in evidence.known)


def _holds(index: FactIndex, link: Link) -> bool:
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
