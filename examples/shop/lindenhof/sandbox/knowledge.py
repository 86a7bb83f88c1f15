"""Questions the help articles answer: returns, shipping, payment and so on."""

from __future__ import annotations

import re

from lindenhof.sandbox.common import OFFER_HUMAN, QUESTION, failed, short
from lindenhof.sandbox.phrase import Phrase
from lindenhof.sandbox.text import Clause
from lindenhof.sandbox.wish import Wish
from orchestrator.inference.sandbox.enquiry import Enquiry
from orchestrator.inference.sandbox.intent import Contribution
from orchestrator.inference.sandbox.responder import find_passage
from orchestrator.knowledge.ranking import quote
from orchestrator.languages.written import listed
from tools.knowledge import Passage

NAME = "knowledge"
UNKNOWN = "unknown"
TOOL = "search_knowledge"
TOPIC = re.compile(
    r"\b(?:return(?:s|ed|ing)?|send (?:it |this |them |something )?back|exchange|refund\w*|money back"
    r"|shipping|ship|postage|express"
    r"|deliver(?:y|ies)?|pay|payments?|paying|paypal|credit cards?|invoices?|receipt|bill|vat|warranty"
    r"|guarantee"
    r"|opening hours|hours|open|contact|phone number|telephone|e ?mail|privacy|gdpr|data|newsletter|gift "
    r"?cards?|vouchers?|coupons?"
    r"|customs|dut(?:y|ies)|import|cancel\w*|modify|charged|account)\b"
    r"|\b(?:rueckgabe|ruecksend|rueckversand|retour|zurueck(?:geb|schick|send)|umtausch|tausch|widerruf"
    r"|erstatt|geld zurueck"
    r"|versand|liefer|porto|zahl|bezahl|kreditkart|rechnung|quittung|garantie|gewaehrleistung|reklam|oeffnungszeit"
    r"|geoeffnet|kontakt|telefon|erreich|datenschutz|daten\b|loesch|gutschein|geschenk|zoll|einfuhr|storn|aendern|konto\b|mehrwertsteuer)"
)
_MORE = re.compile(r"^(?:and|und|or|oder|what about|how about|was ist mit|wie ist es|also|auch|then|dann)\b")
_POINTS_BACK = re.compile(
    r"\b(?:it|that|this|they|them|those|das|es|dies|die|davon|dafuer|dabei|damit)$|^(?:is|ist) (?:it|that"
    r"|das|es)\b"
)
_LONGEST_FOLLOW_UP = 8  # words

_QUOTE = Phrase(
    en="Our help page “{title}” says:\n{text}", de="Auf unserer Hilfeseite „{title}“ steht:\n{text}"
)
_LOOKING = Phrase(
    en="One moment, I am looking in our help pages.",
    de="Einen Moment, ich sehe auf unseren Hilfeseiten nach.",
)
_UNKNOWN = Phrase(
    en="I have no answer to that. What I can do: {abilities}. I understand English and German.",
    de="Darauf habe ich keine Antwort. Das kann ich: {abilities}. Ich verstehe Deutsch und Englisch.",
)
_ABILITIES = {
    "get_order_status": Phrase(en="look up an order", de="eine Bestellung nachsehen"),
    "get_delivery_eta": Phrase(en="tell when it arrives", de="sagen, wann sie ankommt"),
    "search_knowledge": Phrase(
        en="answer questions from our help pages (returns, shipping, payment and so on)",
        de="Fragen mit unseren Hilfeseiten beantworten (Rückgabe, Versand, Bezahlung und so weiter)",
    ),
    "create_ticket": Phrase(en="open a ticket", de="ein Ticket eröffnen"),
    "schedule_callback": Phrase(en="arrange a callback", de="einen Rückruf vereinbaren"),
}
_TO_HUMAN = Phrase(en="pass you on to a colleague", de="Sie an eine Kollegin oder einen Kollegen weitergeben")


def abilities(enquiry: Enquiry) -> str:
    """What can be done with the tools at hand, as one list."""
    phrases = [phrase for tool, phrase in _ABILITIES.items() if tool in enquiry.tools]
    return listed([phrase.to(enquiry.language) for phrase in (*phrases, _TO_HUMAN)], enquiry.language)


def quoted(passage: Passage, enquiry: Enquiry) -> str:
    """The passage introduced as what it is: a quotation."""
    return _QUOTE.to(enquiry.language, title=passage.title, text=quote(passage))


def _matches(said: Clause, enquiry: Enquiry) -> bool:
    return said.has(TOPIC) or (said.has(QUESTION) and find_passage(said.text, enquiry) is not None)


def _answer(said: Clause, enquiry: Enquiry) -> Contribution:
    question = _whole_question(said, enquiry)
    # The prompt's passages were looked up for this message alone, not for what it points back to.
    looked_up = question == said.text or enquiry.result(TOOL) or TOOL not in enquiry.tools
    new = "" if question == said.text else said.text  # what was said last weighs more
    passage = find_passage(f"{question} {new}", enquiry) if looked_up else None
    if passage:
        return Contribution(
            intent=NAME, reply=quoted(passage, enquiry), citations=(passage.id,), resolved=True
        )
    query = short(question, 400)
    done = enquiry.result(TOOL, query=query)
    search = enquiry.action(TOOL, query=query) if done is None else None
    if search:
        return Contribution(intent=NAME, reply=_LOOKING.to(enquiry.language), actions=(search,))
    if done and not done.ok:
        return failed(NAME, enquiry, done)
    told = _UNKNOWN.to(enquiry.language, abilities=abilities(enquiry))
    return Contribution(intent=UNKNOWN, reply=told, question=OFFER_HUMAN.to(enquiry.language))


def _whole_question(said: Clause, enquiry: Enquiry) -> str:
    """Add the question before to "and to Austria?"."""
    follows = enquiry.before.intent == NAME and len(said.folded.split()) <= _LONGEST_FOLLOW_UP
    if follows and (said.has(_POINTS_BACK) or (said.has(_MORE) and not said.has(TOPIC))):
        return f"{enquiry.before.text} {said.text}"
    return said.text


INTENT = Wish(name=NAME, matches=_matches, answer=_answer)
