"""Greetings, thanks, goodbyes, names, "no thanks" and "are you a robot?"."""

from __future__ import annotations

import re
from collections.abc import Callable

from lindenhof.sandbox.common import NO
from lindenhof.sandbox.knowledge import abilities
from lindenhof.sandbox.phrase import Phrase
from lindenhof.sandbox.text import Clause
from lindenhof.sandbox.wish import Wish
from orchestrator.inference.sandbox.enquiry import Enquiry
from orchestrator.inference.sandbox.intent import Contribution

_FILL = r"(?:[ ,.!]+(?:there|everyone|all|team|zusammen|ihr|support|dear|liebes?|you|sir|madam|und|and|to))*"
_GREETING = re.compile(
    rf"^(?:(?:hi|hello|hey|hiya|howdy|good (?:morning|afternoon|evening|day)|greetings|hallo|hallihallo"
    rf"|moin|servus|gruess gott|gruezi|guten (?:tag|morgen|abend)|tag){_FILL}[ ,.!]*)+$"
)
_THANKS = re.compile(
    r"^(?!.*\b(?:how|what|when|where|which|who|can|do|does|wie|was|wann|wo|welche|kann|gibt)\b)"
    r"(?:(?:ok|okay|great|perfect|super|cool|nice|alright|all right|prima|toll|alles klar|gut|wunderbar"
    r"|perfekt|ja|yes|oh|good)[ ,.!]*)*"
    r"(?:(?:many |a thousand )?(?:thank(?:s| you)|thx|ty|cheers|danke\w*|vielen dank|besten dank|merci"
    r"|dankeschoen))"
    r"\b.{0,60}$"
)
_GOODBYE = re.compile(
    r"^(?:(?:ok|okay|thanks|danke|und|and|alles klar)[ ,.!]*)*(?:good ?bye|bye|bye bye|see you|have a "
    r"(?:nice|good|great) (?:day|one|evening|weekend)"
    r"|tschuess|tschau|ciao|auf wiedersehen|auf wiederhoeren|bis (?:bald|dann|spaeter)|schoenen (?:tag"
    r"|abend)(?: noch)?)[ ,.!]*\w*$"
)
_ABOUT = re.compile(
    r"\b(?:are you|is this|am i (?:talking|speaking|chatting) (?:to|with))\b.*\b(?:human|bot|robot"
    r"|chatbot|ai|real|person|machine|chatgpt|gpt|computer)\b"
    r"|\b(?:bist du|sind sie|spreche ich|rede ich|schreibe ich)\b.*\b(?:mensch\w*|bot|roboter|chatbot|ki"
    r"|maschine|echt\w*|chatgpt|computer)\b"
    r"|\b(?:who|what) are you\b|\bwer (?:bist du|sind sie)\b|\bwhat can you do\b|\bwas (?:kannst du"
    r"|koennen sie)\b.*|^(?:help|hilfe|help me|please help)$"
)
_NAME = re.compile(
    r"\b(?i:my name is|i am called|ich heisse|ich heiße|mein name ist)\s+"
    r"([^\W\d_][\w'’-]{1,30}(?: [A-ZÄÖÜ][\w'’-]{1,30})?)"
)

_LONGEST_NO = 6  # words

_HELLO = Phrase(en="Hello{name}. How can I help?", de="Guten Tag{name}. Was kann ich für Sie tun?")
_WELCOME = Phrase(en="You are welcome.", de="Gern geschehen.")
_BYE = Phrase(en="Goodbye, and thank you for writing.", de="Auf Wiedersehen und danke für Ihre Nachricht.")
_SELF = Phrase(
    en="I am a rule-based program, not a human and not a language model. What I can do: {abilities}.",
    de="Ich bin ein regelbasiertes Programm, kein Mensch und kein Sprachmodell. Das kann ich: {abilities}.",
)
_ALL_RIGHT = Phrase(
    en="All right. I am here if you need anything else.",
    de="In Ordnung. Melden Sie sich, wenn noch etwas ist.",
)
_NOTED = Phrase(en="Thank you, {name}. How can I help?", de="Danke, {name}. Was kann ich für Sie tun?")


def _says(pattern: re.Pattern[str]) -> Callable[[Clause, Enquiry], bool]:
    return lambda said, enquiry: pattern.search(said.folded.strip()) is not None


def _greet(said: Clause, enquiry: Enquiry) -> Contribution:
    name = f", {enquiry.name}" if enquiry.name else ""
    return Contribution(intent="greeting", question=_HELLO.to(enquiry.language, name=name))


def _thank(said: Clause, enquiry: Enquiry) -> Contribution:
    return Contribution(intent="thanks", reply=_WELCOME.to(enquiry.language), resolved=True)


def _leave(said: Clause, enquiry: Enquiry) -> Contribution:
    return Contribution(intent="goodbye", reply=_BYE.to(enquiry.language), resolved=True)


def _explain(said: Clause, enquiry: Enquiry) -> Contribution:
    return Contribution(intent="about", reply=_SELF.to(enquiry.language, abilities=abilities(enquiry)))


def _named(said: Clause, enquiry: Enquiry) -> bool:
    return _NAME.search(said.text) is not None


def _note_name(said: Clause, enquiry: Enquiry) -> Contribution:
    found = _NAME.search(said.text)
    name = found[1] if found else ""
    asked = _NOTED.to(enquiry.language, name=name)
    return Contribution(intent="introduction", question=asked, remember=(("name", name),))


def _declines(said: Clause, enquiry: Enquiry) -> bool:
    return enquiry.before.asked and said.has(NO) and len(said.folded.split()) <= _LONGEST_NO


def _accept_no(said: Clause, enquiry: Enquiry) -> Contribution:
    return Contribution(intent="declined", reply=_ALL_RIGHT.to(enquiry.language), resolved=True)


ABOUT = Wish(name="about", matches=_says(_ABOUT), answer=_explain)
DECLINED = Wish(name="declined", matches=_declines, answer=_accept_no)
INTRODUCTION = Wish(name="introduction", matches=_named, answer=_note_name, aside=True)
THANKS = Wish(name="thanks", matches=_says(_THANKS), answer=_thank, aside=True)
GOODBYE = Wish(name="goodbye", matches=_says(_GOODBYE), answer=_leave, aside=True)
GREETING = Wish(name="greeting", matches=_says(_GREETING), answer=_greet, aside=True)
