"""Private data is found where it is, left alone where it is not, and never outlives its need."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.privacy.private_data import PrivateKind, find
from guardrails.privacy.stand_ins import Vault, mask_for_logs, mask_for_storage

FOUND = [
    ("My card is 4242 4242 4242 4242, exp 12/27", PrivateKind.CARD, "4242 4242 4242 4242"),
    ("card 5555555555554444 please", PrivateKind.CARD, "5555555555554444"),
    ("Amex: 3782-822463-10005.", PrivateKind.CARD, "3782-822463-10005"),
    ("Meine IBAN ist DE89 3704 0044 0532 0130 00 und danke", PrivateKind.IBAN, "DE89 3704 0044 0532 0130 00"),
    ("gb29nwbk60161331926819", PrivateKind.IBAN, "gb29nwbk60161331926819"),
    ("my SSN is 536-90-4399", PrivateKind.NATIONAL_ID, "536-90-4399"),
    ("Steuer-ID: 36 574 261 809", PrivateKind.NATIONAL_ID, "36 574 261 809"),
    ("AHV 756.9217.0769.85", PrivateKind.NATIONAL_ID, "756.9217.0769.85"),
    ("codice fiscale RCCMNL83S18D969H", PrivateKind.NATIONAL_ID, "RCCMNL83S18D969H"),
    ("my password is hunter2!", PrivateKind.PASSWORD, "hunter2"),
    ("Passwort: Sommer#2026", PrivateKind.PASSWORD, "Sommer#2026"),
    ("PIN: 4711", PrivateKind.PASSWORD, "4711"),
    ("my code is 4 8 2 9 1 3", PrivateKind.CODE, "4 8 2 9 1 3"),
    ("Der Bestätigungscode lautet 482913.", PrivateKind.CODE, "482913"),
]

HARMLESS = [
    "Where is my order 1042?",
    "Tracking number 4242424242424242 does not move",
    "Sendungsnummer: 4242 4242 4242 4242",
    "My phone is +49 30 901820, call me at 14:30",
    "order 123456789 of 2026-11-22, total 1,234.56 EUR",
    "I forgot my password, it is not working",
    "the password is wrong and the password was reset",
    "Der Code auf dem Karton ist unleserlich",
    "promo code SAVE20 for 12345678",
    "zip code 10115, country code 49",
    "Serial 1234-5678-9012-3456 is not a card",
    "DE, AT and CH: do you ship there? 2026 2027 2028 2029",
]


@pytest.mark.parametrize(("text", "kind", "value"), FOUND)
def test_private_data_is_found_where_it_stands(text: str, kind: PrivateKind, value: str) -> None:
    assert [(span.kind, text[span.start : span.end]) for span in find(text)] == [(kind, value)]


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_numbers_and_words_are_left_alone(text: str) -> None:
    assert find(text) == []
    assert mask_for_storage(text) == text


def test_cards_and_passwords_are_gone_before_storage_and_the_rest_stays() -> None:
    text = "Card 4242 4242 4242 4242, password: Tr0ub4dor, IBAN DE89370400440532013000, order 1042"
    stored = mask_for_storage(text)
    assert stored == (
        "Card [card ending 4242], password: [password removed], IBAN DE89370400440532013000, order 1042"
    )


def test_the_model_reads_a_token_and_only_a_tool_that_needs_it_gets_the_value() -> None:
    vault = Vault(b"key")
    shown = vault.tokenise("Please pay to DE89 3704 0044 0532 0130 00")
    assert "3704" not in shown
    token = shown.removeprefix("Please pay to ")
    arguments = {"account": token, "notes": ["see", {"iban": f"{token}!"}]}
    assert vault.restore(arguments, frozenset()) == arguments
    assert vault.restore(arguments, frozenset({"iban"})) == {
        "account": "DE89 3704 0044 0532 0130 00",
        "notes": ["see", {"iban": "DE89 3704 0044 0532 0130 00!"}],
    }
    assert vault.masked(f"We pay to {token}") == "We pay to [IBAN ending 3000]"


def test_the_same_value_has_the_same_token_and_other_conversations_other_tokens() -> None:
    text = "DE89370400440532013000"
    assert Vault(b"a").tokenise(text) == Vault(b"a").tokenise("DE89 3704 0044 0532 0130 00")
    assert Vault(b"a").tokenise(text) != Vault(b"b").tokenise(text)


def test_a_token_somebody_else_wrote_stays_what_it_is() -> None:
    vault = Vault(b"key")
    forged = {"account": "[IBAN abcdef]"}
    assert vault.restore(forged, frozenset({"iban"})) == forged
    assert vault.masked("[IBAN abcdef]") == "[IBAN abcdef]"


def test_an_expected_code_reaches_the_model_as_it_is() -> None:
    vault = Vault(b"key")
    assert vault.tokenise("my code is 482913", keep=frozenset({PrivateKind.CODE})) == "my code is 482913"
    assert "482913" not in vault.tokenise("my code is 482913")


def test_logs_hold_no_addresses_and_no_numbers_one_could_call() -> None:
    event = {
        "event": "constant",
        "error": "to ada@example.com or +49 (30) 901820-11: 4242424242424242",
        "deep": [{"text": "IBAN DE89370400440532013000"}],
        "port": 8080,
        "at": "2026-11-22T10:11:12.131415Z",
    }
    masked = mask_for_logs(event)
    assert masked["error"] == "to a***@example.com or [number]: [card ending 4242]"
    assert masked["deep"] == [{"text": "IBAN [IBAN ending 3000]"}]
    assert (masked["port"], masked["at"], masked["event"]) == (8080, event["at"], "constant")


@given(st.text(alphabet="0123456789 -+.@abcDE:\nßü", max_size=400))
def test_any_text_comes_through_with_its_other_words_in_place(text: str) -> None:
    vault = Vault(b"key")
    shown = vault.tokenise(text)
    kinds = frozenset(str(kind) for kind in PrivateKind)
    assert vault.restore({"text": shown}, kinds) == {"text": text}
    mask_for_logs(text)
    mask_for_storage(text)


@pytest.mark.timed
@pytest.mark.parametrize(
    "piece",
    ["1", "1 ", "DE89 ", "a@", "password ", "my code ", "4242 4242 4242 424", "12-", "+4", "passwort: "],
)
def test_time_grows_no_faster_than_the_text(piece: str) -> None:
    def seconds(size: int) -> float:
        text = (piece * size)[:size]
        began = time.process_time()
        mask_for_logs(text[:10_000])
        find(text)
        return time.process_time() - began

    seconds(1000)
    assert seconds(100_000) < 1.5
