"""The language of a message, told without a model."""

from __future__ import annotations

import pytest

from orchestrator.tongues import tongue
from orchestrator.waiting_words import DEFERRED, WAITING


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
    assert tongue(text) == language


@pytest.mark.parametrize("sentences", [WAITING, DEFERRED])
def test_what_is_said_is_in_the_language_it_is_said_for(sentences: dict[str, str]) -> None:
    assert {language: tongue(text) for language, text in sentences.items()} == {
        each: each for each in sentences
    }
