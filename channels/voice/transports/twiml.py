"""The few TwiML documents that answer Twilio. Source: Twilio, "TwiML for Programmable Voice"."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET

MEDIA_TYPE: Final = "application/xml"
LOCALES: Final = {"en": "en-US", "de": "de-DE"}
BUSY: Final = {
    "en": "All our lines are busy at the moment. Please call again in a few minutes.",
    "de": "Im Moment sind alle unsere Leitungen belegt. Bitte rufen Sie in ein paar Minuten wieder an.",
}
REGRET: Final = {
    "en": "I am sorry, something went wrong on our side. Please call again.",
    "de": "Es tut mir leid, bei uns ist etwas schiefgegangen. Bitte rufen Sie noch einmal an.",
}


def stream(*, url: str, action: str, token: str) -> str:
    """Return what connects the call to the socket at `url`; `action` is asked when the socket is closed.

    The token goes as a parameter because Twilio drops the query of a stream's URL.
    """
    response = ET.Element("Response")
    connect = ET.SubElement(response, "Connect", action=action, method="POST")
    media = ET.SubElement(connect, "Stream", url=url)
    ET.SubElement(media, "Parameter", name="token", value=token)
    return _written(response)


def busy(language: str) -> str:
    """Return what says that all lines are busy and ends the call; an unknown language is spoken English."""
    response = ET.Element("Response")
    language = language if language in BUSY else "en"
    said = ET.SubElement(response, "Say", language=LOCALES[language])
    said.text = BUSY[language]
    ET.SubElement(response, "Hangup")
    return _written(response)


def regret(language: str) -> str:
    """Return what says that something went wrong and ends the call; an unknown language is spoken English."""
    response = ET.Element("Response")
    language = language if language in REGRET else "en"
    said = ET.SubElement(response, "Say", language=LOCALES[language])
    said.text = REGRET[language]
    ET.SubElement(response, "Hangup")
    return _written(response)


def dial(number: str) -> str:
    """Return what puts the caller through to `number` (E.164); the call ends when that one does."""
    response = ET.Element("Response")
    called = ET.SubElement(response, "Dial")
    ET.SubElement(called, "Number").text = number
    return _written(response)


def hang_up() -> str:
    """Return what ends the call."""
    response = ET.Element("Response")
    ET.SubElement(response, "Hangup")
    return _written(response)


def _written(response: ET.Element) -> str:
    return '<?xml version="1.0" encoding="UTF-8"?>' + ET.tostring(response, encoding="unicode")
