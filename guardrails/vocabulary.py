"""What a business calls its things and deeds, in each of its languages: read from TOML, held as a value.

The engine brings the words that every business has (`guardrails/claims/<language>.toml`, of the same form); a
business adds its own. Patterns are regular expressions over lower-case text; `<NAME>` in one stands for the
fragment of that name, which all languages share.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from guardrails.facts.plain_text import holds_any
from guardrails.word_tables import read_table

Spelling = Literal["digits", "signs", "number"]
"""How an id is said aloud: digit by digit, sign by sign, or as a number."""

T = TypeVar("T")
_ENGINE = ("de", "en", "es", "fr")
"""Languages whose words the engine brings."""
_FRAGMENT = re.compile(r"<([A-Z_]+)>")
_NEVER = re.compile(r"(?!)")
_Patterns = Annotated[tuple[str, ...], Field(max_length=500)]


class VocabularyInvalid(ValueError):
    """The vocabulary can't be used; `problems` are sentences that name language, table and field."""

    code = "vocabulary_invalid"

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(self.problems))


@dataclass(frozen=True, kw_only=True)
class Wording:
    """Ways to say a thing: patterns over lower-case text, and stems one of which they need.

    Stems are looked for first; without any, the patterns are always tried.
    """

    stems: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """All ways as one pattern, one that finds nothing where there are none."""
        return re.compile("|".join(self.patterns)) if self.patterns else _NEVER

    def search(self, text: str) -> re.Match[str] | None:
        """Return where it is first said in a lower-case text."""
        if self.stems and not holds_any(text, self.stems):
            return None
        return self.pattern.search(text)


NOTHING_SAID = Wording()


@dataclass(frozen=True, kw_only=True)
class IdNouns:
    """One language's words for a kind of id."""

    nouns: tuple[str, ...] = ()
    """Lower-case words in front of an id, or of what it belongs to; a * ends a stem."""
    name: str = ""
    """What it is called when it is read back: "booking" 1 0 4 2."""
    number: str = ""
    """What it is asked for by: "booking number"."""


@dataclass(frozen=True, kw_only=True)
class IdKind:
    """A kind of id, such as an booking's: how it looks, how it is said, and where results hold it."""

    name: str
    pattern: str = r"\d[\d .-]{1,14}\d"
    spelled: Spelling = "digits"
    keys: tuple[str, ...] = ()
    """Fields of arguments and results that hold such an id."""
    words: Mapping[str, IdNouns] = field(default_factory=dict)
    """By language, BCP 47."""

    def in_language(self, language: str) -> IdNouns | None:
        """Return the words of a language, whatever its region, None where the business has none."""
        return self.words.get(language) or self.words.get(language.partition("-")[0])

    @cached_property
    def noun_pattern(self) -> str:
        """Its nouns, whatever the language, as alternatives of a pattern for lower-case text."""
        listed = sorted(
            {noun for words in self.words.values() for noun in words.nouns}, key=len, reverse=True
        )
        spelled = (re.escape(noun.removesuffix("*")) + (r"\w*" if noun[-1] == "*" else "") for noun in listed)
        return "|".join(spelled)

    @cached_property
    def noun(self) -> re.Pattern[str]:
        """Finds one of its nouns in a lower-case text."""
        return re.compile(rf"\b(?:{self.noun_pattern})\b") if self.noun_pattern else _NEVER


@dataclass(frozen=True, kw_only=True)
class EffectWording:
    """How what a tool does is spoken of: said to be done, promised, or, where it moves money, on its way."""

    done: Wording = NOTHING_SAID
    promised: Wording = NOTHING_SAID
    moved: Wording = NOTHING_SAID
    money: bool = False
    """Whether a sum belongs to it, which must be the very one."""

    def may_be_in(self, text: str) -> bool:
        """Say whether a lower-case text holds one of the stems that all its ways need."""
        return not self.done.stems or holds_any(text, self.done.stems)


@dataclass(frozen=True, kw_only=True)
class ThingState:
    """A state a thing may be in: how a reply says it, and what a result that proves it holds."""

    said: Wording
    shown: Wording
    by: str = ""
    """The tool that brings it about."""


@dataclass(frozen=True, kw_only=True)
class ResultFields:
    """What the fields of results are called that prove more than their text."""

    tools: tuple[str, ...] = ()
    """Parts of the names of tools whose results are about a thing with an id."""
    happened: tuple[str, ...] = ()
    """Fields that say with their value that something has happened: `paid`, `paid_on`, `paid_at`."""
    checked: tuple[str, ...] = ()
    """Arguments a tool has checked: its result may repeat them."""
    paid_back: tuple[str, ...] = ()
    """Fields with a sum that was paid back before."""

    @cached_property
    def meaning(self) -> Mapping[str, str]:
        """What each such field says has happened."""
        return {f"{word}{end}": word for word in self.happened for end in ("", "_on", "_at")}


@dataclass(frozen=True, kw_only=True, eq=False)
class Vocabulary:
    """All words of a business and of every business; `Vocabulary()` knows none. Equal only to itself."""

    ids: Mapping[str, IdKind] = field(default_factory=dict)
    effects: Mapping[str, EffectWording] = field(default_factory=dict)
    """By the tool's name."""
    states: Mapping[str, ThingState] = field(default_factory=dict)
    topics: Mapping[str, Wording] = field(default_factory=dict)
    """What a policy may be about; what is said of one must stand in a source."""
    strict_topics: frozenset[str] = frozenset()
    """Those in which a permission, too, must stand in a source."""
    favours: Mapping[str, Wording] = field(default_factory=dict)
    wordings: Mapping[str, Wording] = field(default_factory=dict)
    """What single rules look for, by the name they ask for."""
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Plain words, lower case, by the name a rule asks for."""
    results: ResultFields = ResultFields()

    @cached_property
    def id_nouns(self) -> str:
        """The nouns of all ids as one alternation, "" where there are none."""
        return "|".join(kind.noun_pattern for kind in self.ids.values() if kind.noun_pattern)

    def holds_id(self, key: str) -> bool:
        """Say whether a field of that name holds an id; where the business names none, by its ending."""
        if not self.ids:
            return key.endswith(("_id", "Id", "_number", "_ref"))
        return key in self._id_keys

    @cached_property
    def _id_keys(self) -> frozenset[str]:
        return frozenset(key for kind in self.ids.values() for key in kind.keys)

    @cached_property
    def no_titles(self) -> frozenset[str]:
        """Capitalised words that begin no person's name, in pairs or alone."""
        return self.word_set("no_name") | self.word_set("no_title")

    def word_set(self, name: str) -> frozenset[str]:
        """Return plain words, none where there are none."""
        return self.words.get(name, frozenset())

    def wording(self, name: str) -> Wording:
        """Return how something is said, nothing where the business has no words for it."""
        return self.wordings.get(name, NOTHING_SAID)


class _VocabularyTable(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _IdTable(_VocabularyTable):
    nouns: tuple[str, ...] = ()
    name: str = ""
    number: str = ""
    pattern: str | None = None
    spelled: Spelling | None = None
    keys: tuple[str, ...] = ()


class _SaidTable(_VocabularyTable):
    stems: tuple[str, ...] = ()
    said: _Patterns = ()


class _TopicTable(_SaidTable):
    strict: bool = False


class _EffectTable(_VocabularyTable):
    stems: tuple[str, ...] = ()
    done: _Patterns = ()
    promised: _Patterns = ()
    moved: _Patterns = ()
    money: bool = False


class _StateTable(_SaidTable):
    shown: _Patterns = ()
    by: str = ""


class _ResultsTable(_VocabularyTable):
    tools: tuple[str, ...] = ()
    happened: tuple[str, ...] = ()
    checked: tuple[str, ...] = ()
    paid_back: tuple[str, ...] = ()


class LanguageTable(_VocabularyTable):
    """One language's file."""

    ids: dict[str, _IdTable] = {}
    effects: dict[str, _EffectTable] = {}
    states: dict[str, _StateTable] = {}
    topics: dict[str, _TopicTable] = {}
    favours: dict[str, _SaidTable] = {}
    wordings: dict[str, _SaidTable] = {}
    words: dict[str, str] = {}
    fragments: dict[str, str] = {}
    results: _ResultsTable = _ResultsTable()


_SaidIn = tuple[tuple[str, ...], tuple[str, ...]]
"""Stems and patterns of one language."""
_Read = Sequence[tuple[str, LanguageTable]]
"""Languages with their tables; one may come twice, the engine's first."""


def parse_vocabulary(tables: Mapping[str, Mapping[str, object]]) -> Vocabulary:
    """Return the vocabulary that tables of TOML describe, one for each language, BCP 47, with the engine's.

    Raises VocabularyInvalid with all problems.
    """
    own, problems = [], []
    for language, table in tables.items():
        try:
            own.append((language, LanguageTable.model_validate(table)))
        except ValidationError as error:
            problems += [_problem(language, each["loc"], each["msg"]) for each in error.errors()]
    read = [*_engine_tables(), *own]
    problems = problems or list(_broken(own, _fragments(read)))
    if problems:
        raise VocabularyInvalid(problems)
    return _joined(read)


@lru_cache(maxsize=1)
def every_business() -> Vocabulary:
    """Return the words that every business has: what holds where one brings none of its own."""
    return parse_vocabulary({})


@lru_cache(maxsize=1)
def _engine_tables() -> _Read:
    tables = ((language, read_table("guardrails.claims", f"{language}.toml")) for language in _ENGINE)
    return [(language, LanguageTable.model_validate(table)) for language, table in tables]


def _problem(language: str, place: Iterable[int | str], message: str) -> str:
    return f"{language}: {'.'.join(map(str, place))}: {message.removeprefix('Value error, ').rstrip('.')}."


def _joined(read: _Read) -> Vocabulary:
    tables, fragments = [table for _, table in read], _fragments(read)

    def wording(each: Iterable[_SaidTable]) -> Wording:
        return _wording(((t.stems, t.said) for t in each), fragments)

    def all_of(what: Literal["topics", "favours", "wordings"]) -> dict[str, Wording]:
        return {name: wording(each) for name, each in _by_name(getattr(t, what) for t in tables).items()}

    return Vocabulary(
        ids=_ids(read),
        effects={
            name: _effect(each, fragments) for name, each in _by_name(t.effects for t in tables).items()
        },
        states={
            name: ThingState(
                said=wording(each),
                shown=_wording((((), t.shown) for t in each), fragments),
                by=next((t.by for t in each if t.by), ""),
            )
            for name, each in _by_name(t.states for t in tables).items()
        },
        topics=all_of("topics"),
        strict_topics=frozenset(name for t in tables for name, each in t.topics.items() if each.strict),
        favours=all_of("favours"),
        wordings=all_of("wordings"),
        words={
            name: frozenset(" ".join(each).split())
            for name, each in _by_name(t.words for t in tables).items()
        },
        results=ResultFields(
            tools=_unique(t.results.tools for t in tables),
            happened=_unique(t.results.happened for t in tables),
            checked=_unique(t.results.checked for t in tables),
            paid_back=_unique(t.results.paid_back for t in tables),
        ),
    )


def _ids(read: _Read) -> dict[str, IdKind]:
    """Join each kind of id: what no language changes is said in one of them."""
    found = {}
    for name, each in _by_name(table.ids for _, table in read).items():
        plain = IdKind(name=name)
        found[name] = IdKind(
            name=name,
            pattern=next((t.pattern for t in each if t.pattern), plain.pattern),
            spelled=next((t.spelled for t in each if t.spelled), plain.spelled),
            keys=_unique(t.keys for t in each),
            words={language: _id_words(t.ids[name]) for language, t in read if name in t.ids},
        )
    return found


def _id_words(table: _IdTable) -> IdNouns:
    return IdNouns(nouns=table.nouns, name=table.name, number=table.number)


def _effect(tables: list[_EffectTable], fragments: Mapping[str, str]) -> EffectWording:
    return EffectWording(
        done=_wording(((t.stems, t.done) for t in tables), fragments),
        promised=_wording(((t.stems, t.promised) for t in tables), fragments),
        moved=_wording(((t.stems, t.moved) for t in tables), fragments),
        money=any(t.money for t in tables),
    )


def _wording(parts: Iterable[_SaidIn], fragments: Mapping[str, str]) -> Wording:
    """Join stems with their patterns; where one part has none, all patterns are always tried."""
    said = [(stems, patterns) for stems, patterns in parts if patterns]
    filled = tuple(_filled(each, fragments) for each in _unique(patterns for _, patterns in said))
    return Wording(
        stems=_unique(stems for stems, _ in said) if all(s for s, _ in said) else (), patterns=filled
    )


def _by_name(tables: Iterable[Mapping[str, T]]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = {}
    for table in tables:
        for name, each in table.items():
            found.setdefault(name, []).append(each)
    return found


def _unique(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for part in parts for each in part))


def _fragments(read: _Read) -> dict[str, str]:
    """Return each fragment as all languages write it: a reply may mix two."""
    named = _by_name(table.fragments for _, table in read)
    return {name: f"(?:{'|'.join(each)})" for name, each in named.items()}


def _filled(pattern: str, fragments: Mapping[str, str]) -> str:
    return _FRAGMENT.sub(lambda found: _filled(fragments[found[1]], fragments), pattern)


def _broken(read: _Read, fragments: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with patterns: a fragment that nobody knows, or one that can't be compiled."""
    for language, table in read:
        for place, pattern in _patterns(table):
            if unknown := set(_FRAGMENT.findall(pattern)) - set(fragments):
                yield _problem(language, [place], f"there is no fragment {min(unknown)}")
                continue
            try:
                re.compile(_filled(pattern, fragments))
            except (re.error, RecursionError) as error:
                yield _problem(language, [place], f"{error} in the pattern {pattern[:60]!r}")


def _patterns(table: LanguageTable) -> Iterator[tuple[str, str]]:
    yield from ((f"fragments.{name}", pattern) for name, pattern in table.fragments.items())
    yield from ((f"ids.{name}.pattern", each.pattern) for name, each in table.ids.items() if each.pattern)
    for kind in ("effects", "states", "topics", "favours", "wordings"):
        for name, each in getattr(table, kind).items():
            for part, listed in each:
                if part in ("done", "promised", "moved", "said", "shown"):
                    yield from ((f"{kind}.{name}.{part}", pattern) for pattern in listed)
