"""What the call itself says, and the words by which callers are understood, from a file per language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from guardrails.vocabulary import IdKind

_TABLES: Final[Mapping[str, Mapping[str, Any]]] = {
    path.stem: tomllib.loads(path.read_text("utf-8"))
    for path in sorted((Path(__file__).parent / "languages").glob("*.toml"))
}
LANGUAGES: Final = tuple(_TABLES)
"""Those that calls speak."""


def tongue(language: str) -> str:
    """Return the language of ours that a tag means, English where we don't speak it."""
    tag = language[:2].lower()
    return tag if tag in _TABLES else "en"


def phrase(name: str, language: str, **values: str) -> str:
    """Return one of our sentences; raises KeyError for a name we don't have."""
    sentence: str = _TABLES[tongue(language)]["says"][name]
    return sentence.format(**values)


def choices(name: str, language: str) -> Sequence[str]:
    """Return the sentences that are said in turn: `fillers` or `patience`."""
    sentences: Sequence[str] = _TABLES[tongue(language)][name]
    return sentences


def locale(language: str) -> str:
    """Return the locale of the voice a phone company is asked for."""
    name: str = _TABLES[tongue(language)]["locale"]
    return name


@cache
def heard_words(name: str) -> frozenset[str]:
    """Return words by which callers are understood, of all languages: a caller may change theirs."""
    return frozenset(
        word for each in _heard(name) for word in (each.split() if isinstance(each, str) else each)
    )


@cache
def words_for_one(language: str) -> frozenset[str]:
    """Return the articles of a language that stand for the digit 1 among other digits."""
    return frozenset(_TABLES[tongue(language)]["hears"].get("one", "").split())


@cache
def heard_times() -> Mapping[str, int]:
    """Return the words for "double" and "triple", with how often the digit behind them is meant."""
    return {word: times for each in _heard("times") for word, times in each.items()}


@cache
def heard_pattern(name: str) -> str:
    """Return a pattern for what callers say in any of our languages."""
    return f"(?:{'|'.join(_heard(name))})"


def heard_tables() -> tuple[Mapping[str, Any], ...]:
    """Return the words by which callers are understood, language by language."""
    return tuple(table["hears"] for table in _TABLES.values())


def _heard(name: str) -> list[Any]:
    return [hears[name] for hears in heard_tables() if name in hears]


def named_id(ids: Sequence[IdKind], text: str) -> IdKind | None:
    """Return the kind of id that a text speaks of, None where it names none."""
    lower = text.lower()
    return next((kind for kind in ids if kind.noun.search(lower)), None)


def id_name(kind: IdKind | None, language: str) -> str:
    """Return what a kind of id is called: "order"; empty where it has no name in this language."""
    words = kind.in_language(language) if kind is not None else None
    return words.name if words is not None else ""


def number_name(ids: Sequence[IdKind], language: str) -> str:
    """Return what a caller is asked for: "booking number" where that is the only id, else "number"."""
    words = ids[0].in_language(tongue(language)) if len(ids) == 1 else None
    return words.number if words is not None and words.number else phrase("number", language)


def id_nouns(ids: Sequence[IdKind], language: str) -> frozenset[str]:
    """Return the words before an id in a language; a * ends a stem."""
    found = [words for kind in ids if (words := kind.in_language(language)) is not None]
    return frozenset(noun for words in found for noun in (*words.nouns, words.name) if noun)
