"""Please open a ticket."""

from __future__ import annotations

import re

from lindenhof.sandbox.common import NO, failed, folded, not_possible, short
from lindenhof.sandbox.phrase import Phrase
from lindenhof.sandbox.text import Clause
from lindenhof.sandbox.wish import Wish
from orchestrator.inference.sandbox.enquiry import Enquiry
from orchestrator.inference.sandbox.intent import Contribution
from orchestrator.inference.transcript import ToolAnswer
from orchestrator.languages.letters import fold, words

NAME = "ticket"
TOOL = "create_ticket"
_PATTERN = re.compile(
    r"\btickets?\b|\b(?:report|file|raise|log|submit)\b.*\b(?:problem|issue|complaint|bug|fault)\b|\bopen "
    r"a case\b"
    r"|\b(?:problem|fehler|stoerung|schaden|anliegen)\b.*\bmelden\b|\bbeschwerde (?:einreichen|einlegen"
    r"|aufgeben)\b"
)
_STATUS = re.compile(r"\bstatus\b|\bwhere is my ticket\b|\bwo ist mein ticket\b")
# Words that ask for the ticket but say nothing of what it is about.
_ASKING = frozenset(
    words(
        fold(
            "please can could you i we want would like need to open create raise make file submit log "
            "report a an the"
            " new support ticket tickets for me us this that about because regarding my with it is hi "
            "hello thanks problem issue"
            " complaint case have id lets do one yes ok bitte ich wir möchte will würde gerne kannst "
            "können sie du einen ein"
            " eine neues neue erstellen erstelle erstell öffnen öffne eröffnen eröffne anlegen lege leg "
            "mach machen an auf für"
            " mich uns wegen über zu dass weil mein meine das ist es ja brauche hallo danke problem "
            "fehler melden aufgeben"
            " beschwerde einreichen einlegen support"
        )
    )
)
_FEWEST_WORDS = 2
_SENTENCE = re.compile(r"(?<=[.!?])\s+")

_ASK = Phrase(
    en="What should the ticket be about? Please describe it in one or two sentences, with the order "
    "number if there is one. "
    "What happened?",
    de="Worum geht es? Bitte beschreiben Sie es in ein, zwei Sätzen, mit Bestellnummer, falls es eine gibt. "
    "Was ist passiert?",
)
_DONE = Phrase(
    en="I have opened ticket {number}: “{subject}”. A colleague will look at it.",
    de="Ich habe das Ticket {number} eröffnet: „{subject}“. Eine Kollegin oder ein Kollege kümmert sich "
    "darum.",
)
_OPENING = Phrase(en="I am opening a ticket.", de="Ich eröffne ein Ticket.")
_NO_TOOL = Phrase(en="I can't open tickets here.", de="Tickets kann ich hier nicht eröffnen.")
_DROPPED = Phrase(en="All right, no ticket.", de="In Ordnung, kein Ticket.")


def _matches(said: Clause, enquiry: Enquiry) -> bool:
    return said.has(_PATTERN) and not said.has(_STATUS)


def _continues(said: Clause, enquiry: Enquiry) -> bool:
    return True


def _answer(said: Clause, enquiry: Enquiry) -> Contribution:
    if enquiry.pending(NAME) and NO.search(folded(enquiry.turn.text)):
        return Contribution(intent=NAME, reply=_DROPPED.to(enquiry.language))
    telling = [_without_request(text) for text in enquiry.chain(NAME) if _says_something(text)]
    if not telling and TOOL in enquiry.tools:
        return Contribution(intent=NAME, question=_ASK.to(enquiry.language))
    return open_ticket(NAME, enquiry, "\n".join(telling))


def open_ticket(intent: str, enquiry: Enquiry, description: str) -> Contribution:
    """Open a ticket with the customer's own words, or tell what came of it."""
    done = enquiry.result(TOOL)
    if done is not None:
        return _told(intent, done, enquiry)
    about = description.strip()[:3900]
    action = enquiry.action(TOOL, subject=short(about, 80), description=about)
    if action is None:
        return not_possible(intent, enquiry, _NO_TOOL)
    return Contribution(intent=intent, reply=_OPENING.to(enquiry.language), actions=(action,))


def _told(intent: str, result: ToolAnswer, enquiry: Enquiry) -> Contribution:
    if not result.ok:
        return failed(intent, enquiry, result)
    data = result.data if isinstance(result.data, dict) else {}
    number = data.get("ticket") or data.get("ticket_id") or data.get("number") or data.get("id") or ""
    subject = data.get("subject") or result.arguments.get("subject") or ""
    reply = _DONE.to(enquiry.language, number=number, subject=subject)
    return Contribution(intent=intent, reply=reply, citations=(result.id,), resolved=True)


def _without_request(text: str) -> str:
    """Leave out the words before a colon, or the sentences, that only ask for a ticket."""
    head, colon, rest = text.partition(":")
    if colon and _says_something(rest) and not _says_something(head):
        return rest.strip()
    return " ".join(part for part in _SENTENCE.split(text) if _says_something(part)) or text


def _says_something(text: str) -> bool:
    return sum(word not in _ASKING for word in words(fold(text))) >= _FEWEST_WORDS


INTENT = Wish(name=NAME, matches=_matches, answer=_answer, continues=_continues, whole=True)
