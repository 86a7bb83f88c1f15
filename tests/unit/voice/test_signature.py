"""Twilio's signature, with the example of its own documentation."""

from __future__ import annotations

import pytest

from channels.voice.transports.twilio_webhooks import is_signed, sign

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
