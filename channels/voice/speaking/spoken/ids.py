"""Numbers that are names: orders, tickets, codes and tracking numbers, sign by sign."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from channels.voice.speaking.spoken.digits import groups, one_by_one
from channels.voice.speaking.spoken.speech_rules import SpeechRule

_VOWELS: Final = frozenset("AEIOUYÄÖÜ")


@dataclass(frozen=True, kw_only=True, slots=True)
class IdWords:
    """How a language names numbers that are names."""

    nouns: str
    """A pattern for what such a number belongs to: order, ticket, code."""
    several: str
    """The same in the plural: there, numbers of three digits and more alone are names."""
    number: str
    """What # and No. are called."""
    is_: str
    """A pattern for what stands between: is, are, lautet."""
    joined: str
    """A pattern for "and" and "or"."""
    counted: Sequence[str]
    """Words behind a number that is a quantity after all: days, percent."""


def id_rules(words: IdWords, *, lone_a: str) -> tuple[SpeechRule, ...]:
    """Return the rules; `lone_a` is how the letter A is written so that it is no article."""
    counted = "|".join(words.counted)
    end = rf"(?![\w]|[.,/:-][0-9]|\s?(?:%|°|[€$£]|[x×]\s|[A-Z]{{3}}\b|(?:{counted})\b))"
    label = r"(?:[- ]?(?:[Nn]umber|[Nn]o\.?|[Nn]ummer|[Nn]r\.?|ID|[Cc]ode)(?!\w))?"
    link = rf"(?P<link>:?\s{{1,2}}(?:{words.is_})?\(?#?\s?|:|#)"
    more = rf"(?:(?:,\s?(?:(?:{words.joined})\s)?|\s(?:{words.joined})\s)#?[0-9]{{3,12}}+{end}){{0,12}}"

    def named(digits: str) -> SpeechRule:
        noun = words.nouns if digits == "2" else words.several
        return SpeechRule(
            pattern=rf"(?<!\w)(?P<noun>(?:{noun}){label}){link}(?P<ids>[0-9]{{{digits},12}}+{end}{more})",
            say=say_named,
        )

    def say_named(match: re.Match[str]) -> str:
        noun = re.sub(r"\b(?:[Nn]o|[Nn]r)\b\.?", words.number, match["noun"])
        link = match["link"].replace("#", "").rstrip(" ") or " "
        said = re.sub(r"#?([0-9]+)", lambda m: one_by_one(m[1]), match["ids"])
        return f"{noun}{link if link.endswith(('(', ' ')) else link + ' '}{said}"

    def say_number(match: re.Match[str]) -> str:
        return f"{words.number} {one_by_one(match['digits'])}"

    def say_code(match: re.Match[str]) -> str | None:
        return _code(match[0], lone_a)

    def say_signs(match: re.Match[str]) -> str:
        return ", ".join(_signs(group, lone_a) for group in match[0].split(" "))

    return (
        named("2"),
        named("3"),
        SpeechRule(
            pattern=rf"(?<![\w#&])(?:{words.number}\s|[Nn][or]\.\s?)?#\s?(?P<digits>[0-9]{{1,40}})(?!\w)",
            say=say_number,
        ),
        SpeechRule(
            pattern=r"(?<!\w)(?:[Nn]o|[Nn]r|[Nn]umber|[Nn]ummer|№)\.?\s?(?P<digits>[0-9]{3,12})(?![\w]|[.,/:-][0-9])",
            say=say_number,
        ),
        SpeechRule(
            pattern=r"(?<![\w-])[A-Z]{2}[0-9]{2}(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,4})?(?!\w)", say=say_signs
        ),
        SpeechRule(pattern=r"(?<![\w@./-])[A-Z]{1,8}(?:-[A-Z0-9]{1,14}){1,4}(?![\w-])", say=say_code),
        SpeechRule(
            pattern=r"(?<![\w@./-])(?=[A-Z]{0,39}[0-9])(?=[0-9]{0,39}[A-Z])[A-Z0-9]{8,40}(?![\w-])",
            say=say_signs,
        ),
        SpeechRule(pattern=r"(?<![\w@./-])[A-Z]{1,4}[0-9]{3,12}(?![\w-])", say=say_signs),
        SpeechRule(
            pattern=r"(?<![\w.,/:+-])(?:[0-9]{7,200}|0[0-9]{2,5})(?![\w%]|[.,/:-][0-9]|\s?[€$£%])",
            say=say_signs,
        ),
    )


def _code(code: str, lone_a: str) -> str | None:
    """Return a code with hyphens: T-1001 as "T 1 0 0 1", INV-2026-0042 part by part."""
    head, *rest = code.split("-")
    if not any(char.isdigit() for part in rest for char in part):
        return None
    if len(head) > 3 and _VOWELS & set(head) and len(code) - len(head) <= 3:
        return f"{head} {' '.join(rest)}"  # a word with a small number
    return ", ".join(_signs(part, lone_a) for part in _short_joined([head, *rest]))


def _short_joined(parts: list[str]) -> list[str]:
    """Put a short head to what follows it: "T, 1 0 0 1" would be a pause too many."""
    head, *rest = parts
    return [head + rest[0], *rest[1:]] if len(head) + len(rest[0]) <= 7 else parts


def _signs(signs: str, lone_a: str) -> str:
    return ", ".join(" ".join(lone_a if sign == "A" else sign for sign in group) for group in _runs(signs))


def _runs(signs: str) -> list[str]:
    head = re.match(r"[A-Z]{1,4}(?=[0-9]{3,5}$)", signs)  # a short prefix stays with its number
    return [signs] if head else list(groups(signs))
