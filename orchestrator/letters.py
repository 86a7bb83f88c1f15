"""Letters: mails that answer no mail, and the words of the one that brings a code."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

CHANNEL = "letter"
"""The name under which a queued letter finds its sender."""

SUBJECTS = {"en": "Your confirmation code", "de": "Ihr Bestätigungscode"}

WHERE = {
    "en": {"mail": "by e-mail", "voice": "on the phone", "": "in our chat"},
    "de": {"mail": "per E-Mail", "voice": "am Telefon", "": "in unserem Chat"},
}

CODE = {
    "en": (
        "Hello,",
        (
            "somebody who writes to {business} {where} says that this address is theirs. If that is"
            " you, this is the code:"
        ),
        "{code}",
        (
            "It is valid for {minutes} minutes and can be used once. Give it only in that conversation,"
            " where you asked for it. None of us will ever call you or write to you to ask for it."
        ),
        "If it was not you, ignore this mail: without the code nobody gets to see anything of yours.",
        "{business}",
    ),
    "de": (
        "Guten Tag,",
        (
            "jemand schreibt {business} {where} und gibt diese Adresse als die eigene an. Wenn Sie das"
            " sind, ist dies der Code:"
        ),
        "{code}",
        (
            "Er gilt {minutes} Minuten und nur einmal. Nennen Sie ihn nur in dem Gespräch, in dem Sie ihn"
            " verlangt haben. Niemand von uns wird Sie je anrufen oder anschreiben, um danach zu fragen."
        ),
        (
            "Wenn Sie das nicht waren, beachten Sie diese Mail nicht: Ohne den Code bekommt niemand etwas von"
            " Ihnen zu sehen."
        ),
        "{business}",
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """One letter on its way out; `kind` is code or follow_up, `attempt` starts at 1.

    `message_id` is the message whose words it brings, `by_person` says that an operator wrote them.
    """

    id: UUID
    conversation_id: UUID
    kind: str
    channel: str
    address: str
    subject: str
    text: str = field(repr=False)
    language: str
    written_at: datetime
    attempt: int
    message_id: UUID | None = None
    by_person: bool = False
    doubts: int = 0

    @property
    def lane(self) -> str:
        """Return the recipient's domain."""
        return self.address.rpartition("@")[2].lower()


def code_words(code: str, *, business: str, channel: str, language: str, minutes: int) -> tuple[str, str]:
    """Return subject and text of the letter with a code, in English where we don't speak the language."""
    tongue = language[:2].lower() if language[:2].lower() in CODE else "en"
    places = WHERE[tongue]
    where = places.get(channel, places[""])
    text = "\n\n".join(CODE[tongue]).format(business=business, where=where, code=code, minutes=minutes)
    return SUBJECTS[tongue], text
