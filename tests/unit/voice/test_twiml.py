"""The TwiML documents: well-formed, escaped, and as Twilio documents them."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from channels.voice.calls.call_phrases import phrase
from channels.voice.transports import twilio_webhooks as twiml


def test_a_call_is_connected_to_its_stream() -> None:
    document = twiml.stream(
        url="wss://shop.example/voice/twilio", action="https://shop.example/voice/twilio/next", token="ab12"
    )
    assert document == (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Response><Connect action="https://shop.example/voice/twilio/next" method="POST">'
        '<Stream url="wss://shop.example/voice/twilio"><Parameter name="token" value="ab12" /></Stream>'
        "</Connect></Response>"
    )


def test_busy_is_said_in_the_default_language_and_ends_the_call() -> None:
    said, rejected = ET.fromstring(twiml.farewell("busy", "de"))
    assert (said.tag, said.get("language"), said.text) == ("Say", "de-DE", phrase("busy", "de"))
    assert rejected.tag == "Hangup"
    assert ET.fromstring(twiml.farewell("busy", "xx"))[0].get("language") == "en-US"


def test_a_transfer_dials_and_an_end_hangs_up() -> None:
    assert ET.fromstring(twiml.dial("+4930123456")).findtext("Dial/Number") == "+4930123456"
    assert [verb.tag for verb in ET.fromstring(twiml.hang_up())] == ["Hangup"]


@given(st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cn")), max_size=60))
def test_nothing_breaks_out_of_its_place(text: str) -> None:
    stream = ET.fromstring(twiml.stream(url=text, action=text, token=text))
    assert [element.tag for element in stream.iter()] == ["Response", "Connect", "Stream", "Parameter"]
    assert stream[0].get("action") == stream[0][0].get("url") == stream[0][0][0].get("value") == text
    assert ET.fromstring(twiml.dial(text)).findtext("Dial/Number") == text
