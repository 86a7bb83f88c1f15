"""Twilio's requests are known by their signature, and answered with TwiML that is well-formed and escaped."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.voice.calls.call_phrases import phrase
from channels.voice.transports import twilio_webhooks as twiml
from channels.voice.transports.twilio_webhooks import is_signed, sign


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


SECRET = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FIELDS = [
    ("To", "+18005551212"),
    ("CallSid", "CA1234567890ABCDE"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("Caller", "+14158675309"),
]
SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_the_documented_example() -> None:
    assert sign(URL, FIELDS, secret=SECRET) == SIGNATURE
    assert is_signed(URL, FIELDS, secret=SECRET, signature=SIGNATURE)


@pytest.mark.parametrize("signature", ["", "x", SIGNATURE[:-2], SIGNATURE.lower(), "ü", "\ud800"])
def test_another_signature_is_wrong(signature: str) -> None:
    assert not is_signed(URL, FIELDS, secret=SECRET, signature=signature)


def test_each_part_counts() -> None:
    assert not is_signed(f"{URL}3", FIELDS, secret=SECRET, signature=SIGNATURE)
    assert not is_signed(URL, FIELDS[1:], secret=SECRET, signature=SIGNATURE)
    assert not is_signed(URL, [*FIELDS, ("Extra", "")], secret=SECRET, signature=SIGNATURE)
    assert not is_signed(URL, FIELDS, secret="54321", signature=SIGNATURE)


@pytest.mark.parametrize(
    ("asked", "signed"),
    [
        ("https://a.example/x?y=1", "https://a.example:443/x?y=1"),
        ("http://a.example/x", "http://a.example:80/x"),
        ("http://[::1]/x", "http://[::1]:80/x"),
        ("https://a.example:8443/x", "https://a.example:8443/x"),
    ],
)
def test_with_or_without_the_standard_port(asked: str, signed: str) -> None:
    assert is_signed(asked, FIELDS, secret=SECRET, signature=sign(signed, FIELDS, secret=SECRET))


def test_a_name_that_comes_twice() -> None:
    twice = [("b", "2"), ("a", "2"), ("a", "1"), ("a", "2")]
    assert sign(URL, twice, secret=SECRET) == sign(URL, [("a", "1"), ("a", "2"), ("b", "2")], secret=SECRET)
