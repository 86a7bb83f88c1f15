"""What several intents share: offers, answers to questions, and honest words for what did not work."""

from __future__ import annotations

import re
from collections.abc import Callable

from lindenhof.sandbox.numbers import order_ids
from lindenhof.sandbox.phrase import Phrase
from lindenhof.sandbox.text import Clause, clause
from orchestrator.inference.sandbox.enquiry import Enquiry
from orchestrator.inference.sandbox.intent import Contribution
from orchestrator.inference.transcript import Exchange, ToolAnswer

YES = re.compile(
    r"^(?:(?:oh |well |na )?(?:yes|yeah|yep|yup|sure|ok|okay|please do|please|do that|go ahead|of course"
    r"|ja|jo|jep"
    r"|gern|gerne|klar|bitte|mach das|machen sie das|natuerlich|einverstanden|sehr gern\w*)\b[ ,.!]*){1,4}"
    r"(?:\w+\b[ ,.!]*){0,4}$"
)
NO = re.compile(
    r"^(?:no|nope|nah|not now|never ?mind|forget it|cancel that|leave it|stop|nein|nee|ne|nicht noetig"
    r"|lass es|"
    r"vergiss es|vergessen sie es|schon gut|abbrechen|egal|doch nicht)\b"
)
QUESTION = re.compile(
    r"^(?:and |und |also |hi |hello |hallo |hey |so )?(?:how|what|when|where|which|who|why|is|are|do|does"
    r"|can i|can you"
    r"|could i|may i|am i|will|wie|was|wann|wo|welche\w*|wer|warum|ist|sind|gibt|kann ich|kann man|darf|muss"
    r"|koennte ich|habe ich|geht)\b"
)
WANTS = re.compile(
    r"\b(?:want|id like|would like|please|need|give me|demand|request|must|moechte|will|wuerde gern\w*"
    r"|bitte|brauche"
    r"|haette gern\w*|verlange|wuensche|koennen sie|koennten sie|kannst du|can you|could you)\b"
)

OFFER_HUMAN = Phrase(
    en="Shall I pass you on to a colleague?",
    de="Soll ich Sie an einen Kollegen oder eine Kollegin weitergeben?",
)
ASK_ORDER = Phrase(en="What is your order number?", de="Wie lautet Ihre Bestellnummer?")
NEEDS_HUMAN = "needs_human"
IDENTITY_REQUIRED = "identity_required"
WAITING = "waiting_approval"
VERIFY = "verify_identity"
ONLY_HUMAN = Phrase(en="Only a colleague may do that.", de="Das dürfen nur Kolleginnen und Kollegen.")
_HANDING = Phrase(
    en="I am passing this conversation on to a colleague, who will answer you here.",
    de="Ich gebe dieses Gespräch an eine Kollegin oder einen Kollegen weiter; die Antwort kommt hier.",
)
_IDENTITY = Phrase(
    en="I may talk about the details of an order only once I know that it is yours.",
    de="Über die Einzelheiten einer Bestellung darf ich erst sprechen, wenn feststeht, dass es Ihre ist.",
)
_SIGN_IN = Phrase(
    en="Please sign in to your account and write to me from there.",
    de="Bitte melden Sie sich in Ihrem Konto an und schreiben Sie mir von dort.",
)
_OR_CODE = Phrase(
    en="Or tell me the e-mail address of your order, and I will have a code sent there. Which address is it?",
    de="Oder nennen Sie mir die E-Mail-Adresse der Bestellung, dann lasse ich einen Code dorthin schicken. "
    "Welche ist es?",
)
_FAILED = Phrase(
    en="I could not do that just now: the system behind it did not answer as it should.",
    de="Das hat gerade nicht geklappt: Das System dahinter hat nicht so geantwortet, wie es sollte.",
)
_DENIED = Phrase(
    en="I am sorry, I can't do that for you.", de="Es tut mir leid, das kann ich nicht für Sie tun."
)
_CHECKED = Phrase(
    en="A colleague is checking that first; the answer comes here.",
    de="Das prüft zuerst eine Kollegin oder ein Kollege; die Antwort kommt hier.",
)
_REFUSED_CODES = re.compile("refus|denied|forbidden|not_allowed|policy|reject")


def handing_over(intent: str, enquiry: Enquiry, reason: str, *, before: str = "") -> Contribution:
    """Hand the conversation to a human, saying so; `before` is said first."""
    reply = " ".join(filter(None, [before, _HANDING.to(enquiry.language)]))
    return Contribution(intent=intent, reply=reply, handoff=reason)


def identity_needed(
    intent: str, enquiry: Enquiry, *, before: str = "", citations: tuple[str, ...] = ()
) -> Contribution:
    """Say why nothing can be told and how the customer proves who they are, unless that has just begun."""
    why = before or _IDENTITY.to(enquiry.language)
    if enquiry.result(VERIFY) is not None:
        return Contribution(intent=intent, reply=why, citations=citations)
    said = f"{why} {_SIGN_IN.to(enquiry.language)}"
    offer = _OR_CODE if VERIFY in enquiry.tools else OFFER_HUMAN
    return Contribution(intent=intent, reply=said, question=offer.to(enquiry.language), citations=citations)


def asked_who(turn: Exchange) -> bool:
    """Whether a turn ended with the question for the address a code can be sent to."""
    return turn.reply.endswith((_OR_CODE.en, _OR_CODE.de))


def foreseen(result: ToolAnswer) -> bool:
    """Whether `failed` has words of its own for what kept an action from being done."""
    expected = (IDENTITY_REQUIRED, NEEDS_HUMAN, WAITING)
    return result.error in expected or _REFUSED_CODES.search(result.error) is not None


def failed(intent: str, enquiry: Enquiry, result: ToolAnswer) -> Contribution:
    """Tell honestly that an action did not work, and offer a human."""
    if result.error == IDENTITY_REQUIRED:
        return identity_needed(intent, enquiry)
    if result.error == WAITING:
        return Contribution(intent=intent, reply=_CHECKED.to(enquiry.language), citations=(result.id,))
    if result.error == NEEDS_HUMAN:
        reason = short(f"{result.tool} wanted: {enquiry.turn.text}", 480)
        return handing_over(intent, enquiry, reason, before=ONLY_HUMAN.to(enquiry.language))
    told = _DENIED if _REFUSED_CODES.search(result.error) else _FAILED
    return Contribution(
        intent=intent, reply=told.to(enquiry.language), question=OFFER_HUMAN.to(enquiry.language)
    )


def not_possible(intent: str, enquiry: Enquiry, told: Phrase) -> Contribution:
    """Tell that a tool is not there, and offer a human."""
    return Contribution(
        intent=intent,
        reply=told.to(enquiry.language),
        question=OFFER_HUMAN.to(enquiry.language),
        resolved=False,
    )


def human_was_offered(enquiry: Enquiry) -> bool:
    """Whether the last turn ended with the offer of a human."""
    return enquiry.before.reply.endswith((OFFER_HUMAN.en, OFFER_HUMAN.de))


def gives_order(said: Clause, enquiry: Enquiry) -> bool:
    """An answer to "What is your order number?": it holds one."""
    return bool(order_ids(said.text))


def newest(enquiry: Enquiry, intent: str, read: Callable[[str], str | None]) -> str | None:
    """What `read` finds in the newest of the texts since the intent began asking."""
    return next(filter(None, (read(text) for text in reversed(enquiry.chain(intent)))), None)


def short(text: str, limit: int) -> str:
    """The text on one line, cut at a word."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rsplit(" ", 1)[0] + "…"


def folded(text: str) -> str:
    """The whole text, folded and mended."""
    return clause(text).folded.strip()


def orders_meant(text: str, enquiry: Enquiry) -> tuple[str, ...]:
    """The order numbers in a text; else those of the whole message; else the last one talked about."""
    return order_ids(text) or order_ids(enquiry.turn.text) or earlier_order(enquiry)


def earlier_order(enquiry: Enquiry) -> tuple[str, ...]:
    """The last order number talked about in the turns before, if any."""
    for turn in reversed(enquiry.past):
        asked = [
            str(each["arguments"]["order_id"]) for each in turn.actions if "order_id" in each["arguments"]
        ]
        found = tuple(asked) or order_ids(turn.text)
        if found:
            return found[-1:]
    return ()
