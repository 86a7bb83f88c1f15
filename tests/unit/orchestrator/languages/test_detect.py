"""The language of a message, told without a model."""

from __future__ import annotations

import pytest

from orchestrator.languages.detect import guess_language, known_language, likely_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is my parcel?", "en"),
        ("Wo ist mein Paket bitte?", "de"),
        ("Où est mon colis ?", "fr"),
        ("¿Dónde está mi paquete?", "es"),
        ("Dove è il mio pacco?", "it"),
        ("Waar is mijn pakket?", "nl"),
        ("Onde está a minha encomenda?", "pt"),
        ("Gdzie jest moja paczka?", "pl"),
        ("Siparişim ne zaman gelecek, nerede bu?", "tr"),
        ("Где мой заказ?", "ru"),
        ("Де моє замовлення? Чи є новини?", "uk"),
        ("Πού είναι το δέμα μου;", "el"),
        ("أين طلبي؟", "ar"),
        ("荷物はどこですか", "ja"),
        ("我的包裹在哪里？", "zh"),
        ("제 택배는 어디에 있나요?", "ko"),
        ("1042", None),
        ("ok", None),
        ("", None),
    ],
)
def test_by_script_and_small_words(text: str, language: str | None) -> None:
    assert known_language(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "Do I need to pay duties to Poland?",
        "No, help me please",
        "No, tell me how to do it on my own",
        "i want to do a return",
        "Is it a gift?",
        "Can I pay in euro?",
        "a la carte, or not?",
        "do u ship to me",
        "So was it sent or not?",
        "I was in Berlin",
        "Was it in the box?",
        "Will it be so?",
        "me too",
        "can a man do it",
        "Hi there",
        "as a gift",
        "B o b S t o n e",
        "Name: A visitor\nE-Mail: ",
        "thanks",
    ],
)
def test_what_is_english_or_says_nothing_is_taken_for_no_other_language(text: str) -> None:
    assert guess_language(text) in {"en", None}


@pytest.mark.parametrize(
    "text",
    [
        "Was ist das?",
        "Ich will es so",
        "Kann man in Euro zahlen?",
        "So was will ich nicht",
        "Hallo",
        "Bitte an mich",
        "per E-Mail",
        "Wie geht es dir in Berlin?",
    ],
)
def test_german_is_taken_for_no_other_language(text: str) -> None:
    assert guess_language(text) in {"de", None}


EVERYDAY = {
    "fr": [
        "Bonjour, je voudrais parler à un être humain s'il vous plaît",
        "Ma lampe est arrivée cassée, que dois-je faire ?",
        "Où en est ma commande 1042 ?",
        "J'ai reçu le mauvais article",
        "Est-ce qu'on peut payer par virement ?",
        "Finalement non, ne changez rien pour ma commande",
    ],
    "es": [
        "Quiero hablar con una persona, por favor",
        "La lámpara ha llegado rota, ¿qué hago?",
        "No me ha llegado el pedido 1042",
        "¿Se puede pagar por transferencia?",
        "Al final no, no cambien la dirección",
    ],
    "it": [
        "Vorrei parlare con i vostri colleghi",
        "La lampada è arrivata rotta, che devo fare?",
        "Non ho ricevuto il mio ordine",
        "Si può pagare con bonifico?",
        "Alla fine no, non cambiate il mio indirizzo",
    ],
    "nl": [
        "Ik wil graag met een medewerker spreken",
        "Wanneer komt die in de winkel?",
        "De lamp is kapot aangekomen, wat nu?",
        "Kan ik met iDEAL betalen of niet?",
        "Toch maar niet, laat het adres zoals het is",
    ],
    "pt": [
        "Quero falar com uma pessoa, por favor",
        "O candeeiro chegou partido, o que faço?",
        "Não recebi a minha encomenda",
        "Posso pagar por transferência?",
        "Afinal não, não mudem a morada",
    ],
    "pl": [
        "Chcę rozmawiać z człowiekiem, proszę",
        "Lampa jest uszkodzona, co mam zrobić?",
        "Nie dostałem mojej paczki",
        "Do kiedy mogę to zwrócić?",
        "Jednak nie, proszę nie zmieniać adresu",
    ],
    "en": [
        "I want to speak to a human",
        "My lamp has come broken, what now?",
        "Do I need to pay duties to Poland?",
        "Is it a gift?",
    ],
    "de": [
        "Ich möchte mit einem Menschen sprechen",
        "Meine Lampe ist kaputt, was nun?",
        "Kann man in Euro zahlen?",
        "Was ist das?",
    ],
}


@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language, texts in EVERYDAY.items() for text in texts]
)
def test_what_customers_write_every_day(language: str, text: str) -> None:
    assert guess_language(text) == language


RATHER = [
    ("Where is my order 1042?", "en"),
    ("Wo ist meine Bestellung 1042?", "de"),
    ("und wann kommt es an?", "de"),
    ("and when will it arrive?", "en"),
    ("refund please", "en"),
    ("Rückgabe", "de"),
    ("danke", "de"),
    ("thx", "en"),
    ("hallo", "de"),
    ("hello", "en"),
    ("1042", None),
    ("ok", None),
    ("日本語", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "wanted"), RATHER)
def test_of_two_languages_one_word_tells(text: str, wanted: str | None) -> None:
    assert likely_language(text, ("en", "de")) == wanted


def test_words_of_a_business_tell_too() -> None:
    assert likely_language("vélo électrique", ("fr", "en")) is None
    assert likely_language("vélo électrique", ("fr", "en"), {"fr": "vélo"}) == "fr"
