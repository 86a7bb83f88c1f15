"""Please call me back."""

from __future__ import annotations

import re
from functools import reduce

from lindenhof.sandbox.common import NO, failed, newest, not_possible, short
from lindenhof.sandbox.numbers import phone_number
from lindenhof.sandbox.phrase import Phrase
from lindenhof.sandbox.text import Clause
from lindenhof.sandbox.wish import Wish
from orchestrator.inference.sandbox.enquiry import Enquiry
from orchestrator.inference.sandbox.intent import Contribution
from orchestrator.inference.transcript import ToolAnswer
from orchestrator.languages.moments import WrittenMoment, read_moment
from orchestrator.languages.written import clock_time

NAME = "callback"
TOOL = "schedule_callback"
_PATTERN = re.compile(
    r"\bcall ?back\b|\b(?:call|phone|ring) me\b|\bgive me a (?:call|ring)\b|\bcall me back\b"
    r"|\brueckruf\w*|\bzurueck ?(?:zu)?rufen\b|\bruf\w*\b.*\b(?:mich|zurueck|uns)\b"
    r"|\bmich\b.*\b(?:anrufen|zurueckrufen)\b|\bum anruf\b"
)
_TOPIC = re.compile(
    r"\b(?:about|regarding|concerning|because of|wegen|bezüglich|zum thema)\s+([^.?!\n]{3,200})",
    re.IGNORECASE,
)
# A topic ends where the time or the number begins.
_TOPIC_END = re.compile(
    r"[,;]| (?:tomorrow|today|on (?:mon|tues|wednes|thurs|fri)day|at \d|morgen|heute|am |um \d|unter |auf "
    r"|\+?\d{6,})",
    re.IGNORECASE,
)

_ASK_PHONE = Phrase(
    en="Which number shall we call, best with its country code?",
    de="Unter welcher Nummer sollen wir anrufen?",
)
_ASK_TIME = Phrase(
    en="On which day and at what time shall we call?", de="An welchem Tag und um wie viel Uhr passt es Ihnen?"
)
_ASK_CLOCK = Phrase(en="At what time on that day?", de="Um wie viel Uhr an diesem Tag?")
_ASK_BOTH = Phrase(
    en="Which number shall we call, and on which day and at what time?",
    de="Unter welcher Nummer sollen wir anrufen, an welchem Tag und um wie viel Uhr?",
)
_BAD_PHONE = Phrase(en="That is not a number we can call.", de="Diese Nummer können wir nicht anrufen.")
_BAD_TIME = Phrase(
    en="At that time we can't call: it must lie in the future, at most 60 days ahead.",
    de="Zu dieser Zeit können wir nicht anrufen: Sie muss in der Zukunft liegen, höchstens 60 Tage voraus.",
)
_DONE = Phrase(
    en="A colleague will call you on {when}: {phone}.", de="Sie werden angerufen, am {when}: {phone}."
)
_NUMBER = Phrase(en="The callback has the number {number}.", de="Der Rückruf hat die Nummer {number}.")
_CLOSED = Phrase(
    en="That is outside our hours; the call may come at our next opening, {when}.",
    de="Das liegt außerhalb unserer Zeiten; der Anruf kommt vielleicht erst, wenn wieder geöffnet ist: "
    "{when}.",
)
_ARRANGING = Phrase(en="I am arranging the callback.", de="Ich trage den Rückruf ein.")
_NO_TOOL = Phrase(en="I can't arrange callbacks here.", de="Rückrufe kann ich hier nicht vereinbaren.")
_DROPPED = Phrase(en="All right, no callback.", de="In Ordnung, kein Rückruf.")


def _matches(said: Clause, enquiry: Enquiry) -> bool:
    return said.has(_PATTERN)


def _continues(said: Clause, enquiry: Enquiry) -> bool:
    when = read_moment(said.text, enquiry.now)
    return bool(phone_number(said.text) or when.day or when.clock or when.exact or said.has(NO))


def _answer(said: Clause, enquiry: Enquiry) -> Contribution:
    if TOOL not in enquiry.tools:
        return not_possible(NAME, enquiry, _NO_TOOL)
    if enquiry.pending(NAME) and said.has(NO):
        return Contribution(intent=NAME, reply=_DROPPED.to(enquiry.language))
    done = enquiry.result(TOOL)
    if done is not None:
        return _told(done, enquiry)
    phone = newest(enquiry, NAME, phone_number)
    moments = (read_moment(text, enquiry.now) for text in enquiry.chain(NAME))
    when = reduce(WrittenMoment.under, moments, WrittenMoment())
    moment = when.iso(enquiry.now)
    if phone is None or moment is None:
        return _ask(phone, when, enquiry)
    action = enquiry.action(TOOL, phone=phone, when=moment, topic=_topic(enquiry))
    if action is None:
        return not_possible(NAME, enquiry, _NO_TOOL)
    return Contribution(intent=NAME, reply=_ARRANGING.to(enquiry.language), actions=(action,))


def _ask(phone: str | None, when: WrittenMoment, enquiry: Enquiry) -> Contribution:
    if phone is None:
        complete = when.clock or when.exact
        question = _ASK_PHONE if complete else _ASK_BOTH
    else:
        question = _ASK_CLOCK if when.day else _ASK_TIME
    return Contribution(intent=NAME, question=question.to(enquiry.language))


def _topic(enquiry: Enquiry) -> str:
    """What the customer said it is about; else their own words."""
    texts = enquiry.chain(NAME)
    for text in texts:
        if found := _TOPIC.search(text):
            return short(_TOPIC_END.split(found[1], maxsplit=1)[0], 200) or short(text, 200)
    return short(texts[0], 200)


def _told(result: ToolAnswer, enquiry: Enquiry) -> Contribution:
    language, data = enquiry.language, result.data if isinstance(result.data, dict) else {}
    if result.error == "invalid_phone":
        return Contribution(intent=NAME, reply=_BAD_PHONE.to(language), question=_ASK_PHONE.to(language))
    if result.error in ("invalid_time", "time_in_past", "time_too_far"):
        return Contribution(intent=NAME, reply=_BAD_TIME.to(language), question=_ASK_TIME.to(language))
    if not result.ok:
        return failed(NAME, enquiry, result)
    when = data.get("when") or result.arguments.get("when")
    phone = data.get("phone") or result.arguments.get("phone")
    said = [_DONE.to(language, when=clock_time(when, language), phone=phone)]
    if data.get("callback"):
        said.append(_NUMBER.to(language, number=data["callback"]))
    if data.get("next_opening"):
        said.append(_CLOSED.to(language, when=clock_time(data["next_opening"], language)))
    return Contribution(intent=NAME, reply=" ".join(said), citations=(result.id,), resolved=True)


INTENT = Wish(name=NAME, matches=_matches, answer=_answer, continues=_continues, whole=True)
