"""What the gateway itself says to a customer, in the languages it speaks."""

from __future__ import annotations

import re
from collections.abc import Mapping

from orchestrator.waiting_words import DEFERRED, WAITING

GERMAN_HINTS = re.compile(
    r"\b(ich|ist|meine?n?|und|nicht|wo|wann|bitte|eine?n?|der|die|das|bestellung|mit|für|hallo)\b",
    re.IGNORECASE,
)
ENGLISH_HINTS = re.compile(
    r"\b(i|is|my|and|not|where|when|please|an?|the|order|with|for|hello|hi|thanks|to|you)\b", re.IGNORECASE
)

ENCRYPTED = "(This mail is encrypted; its content could not be read.)"
"""What stands for the words of a mail nobody here can open."""

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "handed_off": {
        "en": "I can't settle this myself, so I have passed your conversation on to a colleague."
        " They see everything you wrote and will answer here.",
        "de": "Das kann ich nicht selbst klären, deshalb habe ich Ihr Anliegen an eine Kollegin oder einen"
        " Kollegen weitergegeben. Dort ist alles zu sehen, was Sie geschrieben haben; die Antwort kommt"
        " hier.",
    },
    "human_wanted": {
        "en": "I have passed your conversation on to a colleague. They see everything you wrote"
        " and will answer here.",
        "de": "Ich habe Ihr Anliegen an eine Kollegin oder einen Kollegen weitergegeben. Dort ist alles zu"
        " sehen, was Sie geschrieben haben; die Antwort kommt hier.",
    },
    "desk_back": {
        "en": "Our team is back on {when}; nobody can answer before that.",
        "de": "Unser Team ist wieder da am {when}; vorher kann niemand antworten.",
    },
    "leave_address": {
        "en": "In case you have left by then: write me your e-mail address, and the answer goes there too.",
        "de": "Falls Sie dann nicht mehr hier sind: Schreiben Sie mir Ihre E-Mail-Adresse, dann geht die"
        " Antwort auch dorthin.",
    },
    "goes_on": {
        "en": "Until then I am here for everything else.",
        "de": "Bis dahin bin ich für alles andere da.",
    },
    "with_a_human": {
        "en": "Your message is with the colleague who has your case; they will answer here.",
        "de": "Ihre Nachricht liegt der Kollegin oder dem Kollegen vor, die Ihr Anliegen bearbeiten;"
        " die Antwort kommt hier.",
    },
    "provider_down": {
        "en": "I can't work out an answer right now because the assistant is not reachable. Your message is"
        " safe, and a colleague will answer here.",
        "de": "Ich kann gerade keine Antwort ausarbeiten, weil der Assistent nicht erreichbar ist. Ihre"
        " Nachricht ist sicher gespeichert, und jemand aus dem Team wird hier antworten.",
    },
    "waiting": WAITING,
    "waiting_call": {
        "en": "I am sorry, I have no answer yet, because our assistant can't be reached at the moment. Your"
        " question is safe, and my colleagues can see it. You may stay on the line, or hang up.",
        "de": "Es tut mir leid, ich habe noch keine Antwort, weil unser Assistent gerade nicht erreichbar"
        " ist. Ihre Frage ist gespeichert, und das Team kann sie sehen. Sie können in der Leitung bleiben"
        " oder auflegen.",
    },
    "waiting_call_mail": {
        "en": "I am sorry, I have no answer yet, because our assistant can't be reached at the moment. Your"
        " question is safe, and if you hang up, the answer comes to your e-mail address.",
        "de": "Es tut mir leid, ich habe noch keine Antwort, weil unser Assistent gerade nicht erreichbar"
        " ist. Ihre Frage ist gespeichert, und wenn Sie auflegen, kommt die Antwort an Ihre E-Mail-Adresse.",
    },
    "in_doubt": {
        "en": "I was interrupted while carrying this out and can't be sure that it worked, so I don't try"
        " again."
        " A colleague checks it and will answer here.",
        "de": "Ich wurde bei der Ausführung unterbrochen und weiß nicht sicher, ob es geklappt hat;"
        " deshalb versuche ich es nicht noch einmal. Jemand aus dem Team prüft es und antwortet hier.",
    },
    "not_finished": {
        "en": "This takes more steps than I can make in one go, and I am not through yet. Shall I go on? Then"
        " just say so, or tell me what matters most to you.",
        "de": "Das braucht mehr Schritte, als ich auf einmal machen kann, und ich bin noch nicht fertig. Soll"
        " ich weitermachen? Schreiben Sie es mir einfach, oder sagen Sie mir, was Ihnen am wichtigsten ist.",
    },
    "encrypted": {
        "en": "Your message reached us encrypted, and we can't open it here. Please write to us again without"
        " encryption, or ask for a call.",
        "de": "Ihre Nachricht kam verschlüsselt an, und wir können sie hier nicht öffnen. Bitte schreiben Sie"
        " uns noch einmal unverschlüsselt, oder bitten Sie um einen Anruf.",
    },
    "colleague_checks": {
        "en": "A colleague is checking your request. You will get the outcome as soon as they have decided;"
        " nothing has been done yet.",
        "de": "Eine Kollegin oder ein Kollege prüft gerade Ihre Anfrage. Sie bekommen Bescheid, sobald"
        " entschieden ist; bis dahin ist noch nichts geschehen.",
    },
    "colleague_checks_matter": {
        "en": "A colleague is checking {matter}. You will get the outcome as soon as they have decided;"
        " nothing has been done yet.",
        "de": "Eine Kollegin oder ein Kollege prüft gerade {matter}. Sie bekommen Bescheid, sobald"
        " entschieden ist; bis dahin ist noch nichts geschehen.",
    },
    "in_danger": {
        "en": "I am glad you wrote. I have called a colleague to you. If you or someone else is in danger"
        " right now, please call 112 or your local emergency number at once.",
        "de": "Gut, dass Sie schreiben. Ich habe eine Kollegin oder einen Kollegen dazugeholt. Wenn Sie oder"
        " jemand anderes gerade in Gefahr ist, rufen Sie bitte sofort die 112 an.",
    },
    "deferred": DEFERRED,
    "answer_later": {
        "en": "Working out the answer takes longer than usual. Your message is safe, and the answer will"
        " follow in this conversation.",
        "de": "Die Antwort dauert länger als sonst. Ihre Nachricht ist sicher gespeichert, und die Antwort"
        " folgt in dieser Unterhaltung.",
    },
    "approval_matter": {"en": "your request", "de": "Ihr Anliegen"},
    "approval_subject": {"en": "About your request", "de": "Zu Ihrem Anliegen"},
    "approval_done": {
        "en": "A colleague has approved {matter}, and it is done.",
        "de": "Geprüft, genehmigt und erledigt: {matter}.",
    },
    "approval_failed": {
        "en": "A colleague has approved {matter}, but it could not be carried out. Somebody from the team"
        " looks into it and will answer here.",
        "de": "Geprüft und genehmigt: {matter}. Die Ausführung hat aber nicht geklappt; jemand aus dem Team"
        " kümmert sich darum und antwortet hier.",
    },
    "approval_in_doubt": {
        "en": "A colleague has approved {matter}. I was interrupted while carrying it out and can't be sure"
        " that it worked, so I don't try again. Somebody from the team checks it and will answer here.",
        "de": "Geprüft und genehmigt: {matter}. Ich wurde bei der Ausführung unterbrochen und weiß nicht"
        " sicher, ob es geklappt hat; deshalb versuche ich es nicht noch einmal. Jemand aus dem Team prüft es"
        " und antwortet hier.",
    },
    "approval_denied": {
        "en": "A colleague has looked into {matter}, and we are sorry: we can't do it. If you have questions"
        " about this, just write to us.",
        "de": "Geprüft, aber leider nicht möglich: {matter}. Wenn Sie dazu Fragen haben, schreiben Sie uns"
        " einfach.",
    },
    "approval_expired": {
        "en": "Nobody could decide in time on {matter}, which we are sorry for. I have passed it on to a"
        " colleague, who will answer here.",
        "de": "Darüber konnte leider noch niemand entscheiden: {matter}. Ich habe es an eine Kollegin oder"
        " einen Kollegen weitergegeben; die Antwort kommt hier.",
    },
}


def say(sentence: str, language: str) -> str:
    """Return one of our sentences in `language`, in English where we don't speak it."""
    versions = SENTENCES[sentence]
    return versions.get(language[:2].lower(), versions["en"])


def guess_language(text: str) -> str | None:
    """Return `de` or `en` by the small words in `text`, None when they don't tell."""
    german, english = len(GERMAN_HINTS.findall(text)), len(ENGLISH_HINTS.findall(text))
    if german == english:
        return None
    return "de" if german > english else "en"
