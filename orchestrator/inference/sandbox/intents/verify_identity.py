"""Proving who one is: an address to send a code to, then the code."""

from __future__ import annotations

import re

from orchestrator.inference.sandbox.intent import Intent
from orchestrator.inference.sandbox.intents import delivery_eta, order_status
from orchestrator.inference.sandbox.intents.common import failed, not_possible
from orchestrator.inference.sandbox.numbers import mail_address, one_time_code
from orchestrator.inference.sandbox.part import Part
from orchestrator.inference.sandbox.situation import Result, Situation
from orchestrator.inference.sandbox.text import Clause
from orchestrator.inference.sandbox.wording import Phrase

NAME = "verify_identity"
TOOL = "verify_identity"
_PATTERN = re.compile(
    r"\b(?:verify|prove|confirm)\b.*\b(?:identity|me|myself|who i am|account)\b|\b(?:my |the "
    r")?(?:verification )?code\b.*\d"
    r"|\bidentitaet\b|\b(?:verifizier\w*|ausweisen|legitimier\w*)\b|\b(?:mein |der )?code\b.*\d"
)

_ASK_ADDRESS = Phrase(
    en="Which e-mail address did you order with?", de="Mit welcher E-Mail-Adresse haben Sie bestellt?"
)
_ASK_CODE = Phrase(
    en="If that address belongs to a customer of ours, a code is on its way there. What is the code?",
    de="Wenn diese Adresse zu einem unserer Kunden gehört, ist ein Code dorthin unterwegs. Wie lautet der "
    "Code?",
)
_SENDING = Phrase(en="I am having a code sent there.", de="Ich lasse einen Code dorthin schicken.")
_CHECKING = Phrase(en="I am checking the code.", de="Ich prüfe den Code.")
_VERIFIED = Phrase(en="Thank you, you are verified now.", de="Danke, Ihre Identität ist jetzt bestätigt.")
_WRONG = Phrase(en="That code is not valid.", de="Dieser Code ist nicht gültig.")
_AGAIN = Phrase(
    en="Would you look at the e-mail again and send me the six digits?",
    de="Sehen Sie bitte noch einmal in der E-Mail nach und schicken mir die sechs Ziffern?",
)
_NO_TOOL = Phrase(
    en="I can't verify anyone here. Please sign in to your account and write to me from there.",
    de="Ich kann hier niemanden überprüfen. Bitte melden Sie sich in Ihrem Konto an und schreiben Sie mir "
    "von dort.",
)
_WRONG_CODES = ("invalid_code", "wrong_code", "code_invalid", "code_expired", "invalid_arguments")


def _matches(said: Clause, situation: Situation) -> bool:
    given = mail_address(said.text) is not None and TOOL in situation.tools
    return given or said.has(_PATTERN)


def _continues(said: Clause, situation: Situation) -> bool:
    return one_time_code(said.text) is not None


def _answer(said: Clause, situation: Situation) -> Part:
    if TOOL not in situation.tools:
        return not_possible(NAME, situation, _NO_TOOL)
    done = situation.result(TOOL)
    if done is not None:
        return _told(done, said, situation)
    code, address = one_time_code(said.text), mail_address(said.text)
    action = situation.action(TOOL, code=code) if code and not address else None
    if action is None and address:
        action = situation.action(TOOL, email=address)
    if action is None:
        return Part(intent=NAME, question=_ASK_ADDRESS.to(situation.language))
    remark = (_CHECKING if "code" in action.arguments else _SENDING).to(situation.language)
    return Part(intent=NAME, reply=remark, actions=(action,))


def _told(done: Result, said: Clause, situation: Situation) -> Part:
    language = situation.language
    if not done.ok and done.error in _WRONG_CODES:
        return Part(intent=NAME, reply=_WRONG.to(language), question=_AGAIN.to(language))
    if not done.ok:
        return failed(NAME, situation, done)
    if "code" not in done.arguments:
        return Part(intent=NAME, question=_ASK_CODE.to(language), citations=(done.id,))
    verified = Part(intent=NAME, reply=_VERIFIED.to(language), citations=(done.id,), resolved=True)
    return _back_to_the_order(verified, situation)


def _back_to_the_order(verified: Part, situation: Situation) -> Part:
    """Answer at once what could not be answered before the customer was known."""
    orders = {order_status.NAME: order_status.INTENT, delivery_eta.NAME: delivery_eta.INTENT}
    waiting = next((turn for turn in reversed(situation.past) if turn.intent in orders), None)
    if waiting is None:
        return verified
    # The six digits of the code are no order: the number comes from the waiting turn.
    said = Clause(text=" ".join(situation.earlier_order()), folded="")
    part = orders[waiting.intent].answer(said, situation)
    if part.actions:
        return part
    reply = " ".join(filter(None, [verified.reply, part.reply]))
    return Part(
        intent=part.intent,
        reply=reply,
        question=part.question,
        citations=(*verified.citations, *part.citations),
    )


INTENT = Intent(name=NAME, matches=_matches, answer=_answer, continues=_continues)
