"""The vocabulary: what a business calls its things and deeds, read from tables."""

from __future__ import annotations

import pytest

from guardrails.vocabulary import (
    NOTHING_SAID,
    Vocabulary,
    VocabularyInvalid,
    every_business,
    parse_vocabulary,
)
from tests.business import shop_vocabulary


def test_a_business_without_words_has_those_of_every_business() -> None:
    found = parse_vocabulary({})
    assert found.effects.keys() == every_business().effects.keys()
    assert (found.ids, found.effects.get("refund_order"), found.states) == ({}, None, {})
    assert Vocabulary().wording("anything") is NOTHING_SAID
    assert NOTHING_SAID.search("anything at all") is None


def test_a_kind_of_id_is_joined_from_its_languages() -> None:
    order = shop_vocabulary().ids["order"]
    english, german = order.in_language("en-GB"), order.in_language("de")
    assert english is not None
    assert german is not None
    assert (english.name, german.number, order.spelled) == ("order", "Bestellnummer", "digits")
    assert order.in_language("fr") is None
    assert order.noun.search("meine bestellnummer 1042")
    assert order.noun.search("my orders")
    assert not order.noun.search("the border")
    assert "order_id" in order.keys


def test_patterns_take_fragments_of_all_languages_and_need_a_stem() -> None:
    deed = {"stems": ["book"], "done": ["<I_DID>booked"], "promised": ["<NOW> book"]}
    tables = {
        "en": {"effects": {"book": deed}, "fragments": {"NOW": "now"}},
        "de": {"effects": {"book": {"stems": ["buch"], "done": ["gebucht"]}}, "fragments": {"NOW": "jetzt"}},
    }
    effect = parse_vocabulary(tables).effects["book"]
    assert effect.done.search("i have just booked it")
    assert effect.done.search("es ist gebucht, ein buch")
    assert not effect.done.search("es ist gebxcht")
    assert effect.promised.search("jetzt book")


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"effects": {"book": {"done": ["("]}}}, "fr: effects.book.done: "),
        (
            {"effects": {"book": {"done": ["<NOBODY>"]}}},
            "fr: effects.book.done: there is no fragment NOBODY.",
        ),
        ({"efects": {}}, "fr: efects: "),
        ({"ids": {"order": {"spelled": "loudly"}}}, "fr: ids.order.spelled: "),
        ({"ids": {"order": {"pattern": "["}}}, "fr: ids.order.pattern: "),
        ({"topics": {"rent": {"said": "rent"}}}, "fr: topics.rent.said: "),
    ],
)
def test_what_is_wrong_is_told_with_its_place(table: dict[str, object], told: str) -> None:
    with pytest.raises(VocabularyInvalid) as caught:
        parse_vocabulary({"fr": table})
    assert caught.value.problems[0].startswith(told)
