"""Links in a reply must be given ones, and nothing in it may load by itself."""

from __future__ import annotations

import re

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.reading.contacts import EMAIL, MARKUP, Link, links
from guardrails.reading.index import Index
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "links"
DESCRIPTION = "Every link stands in a result, a passage or the customer's words; no images, no markup."
STAGE = "reply"

_OTHER_SCHEME = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]{1,19})(://[^\s<>\"']{1,200})")
_READ = frozenset({"http", "https", "hxxp", "hxxps", "ftp", "ftps", "file", "ws", "wss", "intent"})
"""Schemes whose links are compared part by part."""


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply with markup, or with a link that is not a given one to its last character."""
    if any(sign in draft.visible for sign in "![<=") and MARKUP.search(draft.visible):
        return block(NAME, "The reply holds an image or markup. Write plain text.")
    text = EMAIL.sub(" ", draft.addressed) if "@" in draft.addressed else draft.addressed
    if "://" in text and any(
        _strange(scheme, rest, evidence) for scheme, rest in _OTHER_SCHEME.findall(text)
    ):
        return block(NAME, "The reply holds an address that is in none of the given facts. Leave it out.")
    for link in dict.fromkeys(links(text)):
        if not _known(link, evidence):
            return block(NAME, f"The link {link.written} is in none of the given facts. Leave it out.")
    return ALLOWED


def _strange(scheme: str, rest: str, evidence: Evidence) -> bool:
    return scheme.lower() not in _READ and not any(
        f"{scheme}{rest}" in index.text for index in evidence.proven
    )


def _known(link: Link, evidence: Evidence) -> bool:
    if not link.rest and any(link.host in index.hosts for index in evidence.proven):
        return True
    return any(_holds(index, link) for index in evidence.known)


def _holds(index: Index, link: Link) -> bool:
    return (link.host, link.rest) in index.links
