"""Proving who one is: an address to send a code to, then the code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from lindenhof.sandbox.common import VERIFY, YES, asked_who, failed, not_possible
from lindenhof.sandbox.numbers import mail_address, one_time_code, only_code, without_proofs
from lindenhof.sandbox.phrase import Phrase
from lindenhof.sandbox.text import Clause
from lindenhof.sandbox.wish import Wish
from orchestrator.inference.sandbox.enquiry import Enquiry
from orchestrator.inference.sandbox.intent import Contribution
from orchestrator.inference.transcript import Exchange, ToolAnswer

NAME = "verify_identity"
TOOL = VERIFY
KNOWN = 3  # the trust of somebody verified
_PATTERN = re.compile(
    r"\b(?:verify|prove|confirm)\b.*\b(?:identity|me|myself|who i am|account)\b|\b(?:my |the "
    r")?(?:verification )?code\b.*\d"
    r"|\bidentitaet\b|\b(?:verifizier\w*|ausweisen|legitimier\w*)\b|\b(?:mein |der )?code\b.*\d"
)
_OWN_ADDRESS = re.compile(
    r"\b(?:my|meine?|the|die)\b.{0,20}\b(?:e[ -]?mail|mail|address|adresse|account|konto)\b"
)
_BESIDE = 4  # words around an address that is an answer
_NEW_CODE = re.compile(
    r"\b(?:new|another|again|resend|neue\w*|noch ?mal|erneut|anderen)\b.*\bcode\b|\bcode\b.*\b(?:again"
    r"|noch ?mal|erneut|expired|abgelaufen|neu)\b"
    r"|\b(?:didnt|did not|havent|have not|never|no|kein\w*|nicht|nie)\b.*\b(?:code|mail)\b"
)

_ASK_ADDRESS = Phrase(
    en="Which e-mail address did you order with?", de="Mit welcher E-Mail-Adresse haben Sie bestellt?"
)
_NO_ADDRESS = Phrase(
    en="That is not an e-mail address I can use.", de="Diese E-Mail-Adresse kann ich nicht verwenden."
)
_OTHER = Phrase(
    en="This conversation belongs to another address. Please begin a new one for this address.",
    de="Dieses Gespräch gehört zu einer anderen Adresse. Bitte beginnen Sie für diese Adresse ein neues.",
)
_NOT_NOW = Phrase(
    en="I can't have another code sent right now. Please ask me again {when}, or sign in to your account.",
    de="Ich kann gerade keinen weiteren Code schicken lassen. Bitte fragen Sie mich {when} noch einmal, oder"
    " melden Sie sich in Ihrem Konto an.",
)
_AGAIN_IN = re.compile(r"\bin (\d+) (minutes|hours)\b")
_UNITS = {"minutes": "Minuten", "hours": "Stunden"}
_VALID = Phrase(en="It is valid for {minutes} minutes.", de="Er gilt {minutes} Minuten.")
_SENT = Phrase(
    en="If that address belongs to a customer of ours, a code is on its way there.",
    de="Wenn diese Adresse zu einem unserer Kunden gehört, ist ein Code dorthin unterwegs.",
)
_ASK_CODE = Phrase(en="What is the code?", de="Wie lautet der Code?")
_SENDING = Phrase(en="I am having a code sent there.", de="Ich lasse einen Code dorthin schicken.")
_CHECKING = Phrase(en="I am checking the code.", de="Ich prüfe den Code.")
_VERIFIED = Phrase(en="Thank you, you are verified now.", de="Danke, Ihre Identität ist jetzt bestätigt.")
_ALREADY = Phrase(en="You are verified already.", de="Ihre Identität ist bereits bestätigt.")
_WRONG = Phrase(en="That code is not right.", de="Dieser Code stimmt nicht.")
_CHECK = Phrase(
    en="Please look at the e-mail again and send me the six digits. Or shall I have a new code sent?",
    de="Bitte sehen Sie noch einmal in der E-Mail nach und schicken mir die sechs Ziffern. Oder soll ich "
    "einen neuen Code schicken lassen?",
)
_NONE = Phrase(en="That code is not valid any more.", de="Dieser Code gilt nicht mehr.")
_OFFER_NEW = Phrase(en="Shall I have a new code sent?", de="Soll ich einen neuen Code schicken lassen?")
_NO_TOOL = Phrase(
    en="I can't verify anyone here. Please sign in to your account and write to me from there.",
    de="Ich kann hier niemanden überprüfen. Bitte melden Sie sich in Ihrem Konto an und schreiben Sie mir "
    "von dort.",
)
_REFUSALS: Mapping[str, tuple[Phrase, Phrase | None]] = {
    "invalid_email": (_NO_ADDRESS, _ASK_ADDRESS),
    "other_customer": (_OTHER, None),
    "codes_off": (_NO_TOOL, None),
    **dict.fromkeys(("code_none", "code_expired"), (_NONE, _OFFER_NEW)),
    **dict.fromkeys(
        ("code_wrong", "wrong_code", "invalid_code", "code_invalid", "invalid_arguments"), (_WRONG, _CHECK)
    ),
}


def _matches(said: Clause, enquiry: Enquiry) -> bool:
    if said.has(_PATTERN):
        return True
    if TOOL not in enquiry.tools:
        return False
    if mail_address(said.text) is not None:
        return _answers_with_address(said, enquiry)
    return _address_used(enquiry) is not None and (only_code(said.text) or said.has(_NEW_CODE))


def _answers_with_address(said: Clause, enquiry: Enquiry) -> bool:
    """An address proves something only to those who are not verified, and where it is theirs."""
    asked = enquiry.before.asked and (enquiry.before.intent == NAME or asked_who(enquiry.before))
    few = len(without_proofs(said.text).split()) <= _BESIDE
    return asked or (enquiry.trust < KNOWN and (few or said.has(_OWN_ADDRESS)))


def _continues(said: Clause, enquiry: Enquiry) -> bool:
    offered = enquiry.before.reply.endswith((_CHECK.en, _CHECK.de, _OFFER_NEW.en, _OFFER_NEW.de))
    return one_time_code(said.text) is not None or (offered and said.has(YES))


def _answer(said: Clause, enquiry: Enquiry) -> Contribution:
    if TOOL not in enquiry.tools:
        return not_possible(NAME, enquiry, _NO_TOOL)
    done = enquiry.result(TOOL)
    if done is not None:
        return _told(done, enquiry)
    code, address = one_time_code(said.text), mail_address(said.text)
    if not code and not address and enquiry.trust >= KNOWN:
        return Contribution(intent=NAME, reply=_ALREADY.to(enquiry.language), resolved=True)
    action = enquiry.action(TOOL, code=code) if code and not address else None
    if action is None:
        address = address or _address_used(enquiry)
        action = enquiry.action(TOOL, email=address) if address else None
    if action is None:
        return Contribution(intent=NAME, question=_ASK_ADDRESS.to(enquiry.language))
    remark = (_CHECKING if "code" in action["arguments"] else _SENDING).to(enquiry.language)
    return Contribution(intent=NAME, reply=remark, actions=(action,))


def _told(done: ToolAnswer, enquiry: Enquiry) -> Contribution:
    language = enquiry.language
    if done.ok:
        return _verified(done, language) if "code" in done.arguments else _sent(done, language)
    if done.error == "code_not_now":
        return Contribution(intent=NAME, reply=_NOT_NOW.to(language, when=_again(done.message, language)))
    said, question = _REFUSALS.get(done.error, (None, None))
    if said is None:
        return failed(NAME, enquiry, done)
    return Contribution(
        intent=NAME, reply=said.to(language), question=question.to(language) if question else ""
    )


def _again(message: str, language: str) -> str:
    """When another code can be had, as the tool's own words say."""
    found = _AGAIN_IN.search(message)
    if found is None:
        return "später" if language == "de" else "later"
    return f"in {found[1]} {_UNITS[found[2]] if language == 'de' else found[2]}"


def _verified(done: ToolAnswer, language: str) -> Contribution:
    return Contribution(intent=NAME, reply=_VERIFIED.to(language), citations=(done.id,), resolved=True)


def _sent(done: ToolAnswer, language: str) -> Contribution:
    minutes = done.data.get("valid_minutes") if isinstance(done.data, dict) else None
    valid = _VALID.to(language, minutes=minutes) if minutes else ""
    said = " ".join(filter(None, [_SENT.to(language), valid]))
    return Contribution(intent=NAME, reply=said, question=_ASK_CODE.to(language), citations=(done.id,))


def _address_used(enquiry: Enquiry) -> str | None:
    """The address a code was last sent to, while that proof is not complete."""
    for turn in reversed(enquiry.past):
        if _proved(turn):
            return None
        used = [result for result in turn.results if result.tool == TOOL and "email" in result.arguments]
        if used:
            return str(used[-1].arguments["email"])
    return None


def _proved(turn: Exchange) -> bool:
    return any(one.tool == TOOL and one.ok and "code" in one.arguments for one in turn.results)


def resumed(enquiry: Enquiry) -> Enquiry | None:
    """What the customer had asked before they proved in this turn who they are, as if they said it now."""
    at = _waiting(enquiry) if _proved(enquiry.turn) else None
    if at is None:
        return None
    turn = Exchange(text=without_proofs(enquiry.past[at].text), results=enquiry.turn.results)
    return replace(enquiry, turn=turn, past=enquiry.past[:at])


def _waiting(enquiry: Enquiry) -> int | None:
    """The turn that ended with asking who they are; else the one that began to prove it."""
    began = None
    for at in range(len(enquiry.past) - 1, -1, -1):
        turn = enquiry.past[at]
        if asked_who(turn):
            return at
        if _proved(turn):
            break
        began = at if turn.intent == NAME else began
    return began


INTENT = Wish(name=NAME, matches=_matches, answer=_answer, continues=_continues)
