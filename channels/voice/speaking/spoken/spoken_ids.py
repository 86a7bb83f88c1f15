"""What is read sign by sign: numbers that are names, codes, phone numbers, web and mail addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from channels.voice.speaking.spoken.speech_language import SpeechLanguage
from channels.voice.speaking.spoken.speech_rules import SpeechRule

_VOWELS: Final = frozenset("AEIOUYÄÖÜ")
ONE_RUN = 5
"""So many signs are said without a pause."""


def one_by_one(signs: str) -> str:
    """Return letters and digits one by one, in groups with a pause: 482913 as "4 8 2, 9 1 3"."""
    return ", ".join(" ".join(group) for group in groups(signs))


def groups(signs: str) -> Iterator[str]:
    """Cut `signs` as one would dictate them: up to five at once, else threes or fours, never a lone one."""
    if len(signs) <= ONE_RUN:
        yield signs
        return
    size = 4 if len(signs) % 4 == 0 else 3
    at = 0
    while at < len(signs):
        rest = len(signs) - at
        step = 4 if rest == 4 else size
        yield signs[at : at + step]
        at += step


def id_rules(language: SpeechLanguage, nouns: Iterable[str]) -> tuple[SpeechRule, ...]:
    """Return the rules for ids and codes; `nouns` are what the business calls its own, a * ends a stem."""
    words, number = language.table["ids"], language.words["number"]
    lone_a = language.words.get("lone_a", "A")  # so that it is no article
    own = [
        (re.escape(noun.removesuffix("*")), noun[-1] == "*") for noun in sorted(nouns, key=len, reverse=True)
    ]
    named_whole = _either(words["nouns"], [noun for noun, _ in own])
    named_stem = _either(words["several"], [noun + r"\w*" * stem for noun, stem in own])
    counted = "|".join(words["counted"])
    end = rf"(?![\w]|[.,/:-][0-9]|\s?(?:%|°|[€$£]|[x×]\s|[A-Z]{{3}}\b|(?:{counted})\b))"
    label = rf"(?:[- ]?(?:[Nn]umber|[Nn]o\.?|[Nn]ummer|[Nn]r\.?|ID|[Cc]ode|{number})(?!\w))?"
    link = rf"(?P<link>:?\s{{1,2}}(?:{words['is']})?\(?#?\s?|:|#)"
    more = rf"(?:(?:,\s?(?:(?:{words['joined']})\s)?|\s(?:{words['joined']})\s)#?[0-9]{{3,12}}+{end}){{0,12}}"

    def named(digits: str) -> SpeechRule:
        noun = named_whole if digits == "2" else named_stem
        return SpeechRule(
            pattern=rf"(?<!\w)(?P<noun>(?:{noun}){label}){link}(?P<ids>[0-9]{{{digits},12}}+{end}{more})",
            say=say_named,
        )

    def say_named(match: re.Match[str]) -> str:
        noun = re.sub(r"\b(?:[Nn]o|[Nn]r)\b\.?", number, match["noun"])
        link = match["link"].replace("#", "").rstrip(" ") or " "
        said = re.sub(r"#?([0-9]+)", lambda m: one_by_one(m[1]), match["ids"])
        return f"{noun}{link if link.endswith(('(', ' ')) else link + ' '}{said}"

    def say_number(match: re.Match[str]) -> str:
        return f"{number} {one_by_one(match['digits'])}"

    def say_code(match: re.Match[str]) -> str | None:
        return _code(match[0], lone_a)

    def say_signs(match: re.Match[str]) -> str:
        return ", ".join(_signs(group, lone_a) for group in match[0].split(" "))

    return (
        named("2"),
        named("3"),
        SpeechRule(
            pattern=rf"(?<![\w#&])(?:{number}\s|[Nn][or]\.\s?)?#\s?(?P<digits>[0-9]{{1,40}})(?!\w)",
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


def _either(pattern: str, nouns: list[str]) -> str:
    """Return a pattern for the language's nouns, or for the business's however they are written."""
    return f"{pattern}|(?i:{'|'.join(nouns)})" if nouns else pattern


_GAP: Final = r"[ \-/.]{1,3}"
_MORE: Final = rf"(?:{_GAP}\(?[0-9]{{1,9}}\)?){{1,6}}"
_PHONE: Final = (
    r"(?<![\w.,/-])(?:"
    rf"(?:\+|00(?=[1-9]))[1-9][0-9]{{0,14}}(?:{_GAP}?\([0-9]{{1,5}}\))?(?:{_MORE})?"
    rf"|\(?0[0-9]{{2,5}}\)?{_MORE}"
    rf"|\([0-9]{{3}}\)\s?[0-9]{{3}}[ -][0-9]{{4}}"
    r"|[0-9]{3}-(?:[0-9]{3}-)?[0-9]{4}"
    r")(?![\w]|[.,/-][0-9])"
)
_SHORTEST: Final = 7
_LONGEST: Final = 17


def phone_rule(plus: str) -> SpeechRule:
    """Return the rule for phone numbers, in the groups they are written in; `plus` is what + is called."""

    def say(match: re.Match[str]) -> str | None:
        groups = re.findall(r"[0-9]+", match[0])
        if not _SHORTEST <= sum(map(len, groups)) <= _LONGEST:
            return None
        lead = f"{plus} " if match[0].startswith("+") else ""
        return lead + ", ".join(one_by_one(group) for group in groups)

    return SpeechRule(pattern=_PHONE, say=say)


_LABEL: Final = r"[^\W_](?:[\w-]{0,62}[^\W_])?"
_HOST: Final = rf"(?:{_LABEL}\.){{1,8}}[^\W\d_]{{2,24}}"
_ENDINGS: Final = (
    r"(?:com|org|net|info|biz|shop|store|app|dev|de|ch|eu|io|fr|nl|es|pl|se|dk|co\.uk|uk|ca|nz|ie"
    r"|example|test)"
)
_PATH: Final = r"(?P<path>/[\w~%!$&'()*+,;=:@./?#-]{0,500}(?<![.,;:!?)']))?"
_READABLE: Final = re.compile(r"(?:/[A-Za-z][A-Za-z-]{0,24}){1,2}/?")


def contact_rules(signs: Mapping[str, str]) -> tuple[SpeechRule, ...]:
    """Return the rules for addresses: ada@example.com as "ada at example dot com"; domains may be bare."""

    def web(match: re.Match[str]) -> str:
        path = match["path"] or ""
        readable = path if _READABLE.fullmatch(path) else ""  # a link's codes are nothing for the ear
        host = _spelled(match["host"].removeprefix("www."), signs)
        return f"{host} {_spelled(readable.rstrip('/'), signs)}".rstrip()

    def mail(match: re.Match[str]) -> str:
        return _spelled(match["address"], signs)

    return (
        SpeechRule(
            pattern=rf"(?<![\w@])[Hh][Tt][Tt][Pp][Ss]?://(?P<host>{_HOST}|localhost)(?::[0-9]{{1,5}})?{_PATH}",
            say=web,
        ),
        SpeechRule(
            pattern=rf"(?<![\w.+@-])(?:mailto:)?(?P<address>[\w.+-]{{1,64}}@{_HOST})(?![\w@])", say=mail
        ),
        SpeechRule(pattern=rf"(?<![\w.@/-])(?P<host>www\.{_HOST})(?![\w@]){_PATH}", say=web),
        SpeechRule(
            pattern=rf"(?<![\w.@/-])(?P<host>(?:[a-z0-9][a-z0-9-]{{0,62}}\.){{1,4}}{_ENDINGS})(?![\w@-]|\.\w){_PATH}",
            say=web,
        ),
    )


def _spelled(address: str, signs: Mapping[str, str]) -> str:
    """Return an address with its signs as words, digits one by one and short endings letter by letter."""
    parts = re.findall(r"[0-9]+|[^\W\d_]+|[\W_]", address)
    last = len(parts) - 1
    said = (
        _part(part, signs, ending=number == last and part != address) for number, part in enumerate(parts)
    )
    return " ".join(said)


def _part(part: str, signs: Mapping[str, str], *, ending: bool) -> str:
    if part.isdigit():
        return one_by_one(part)
    if ending and len(part) == 2:
        return " ".join(part)
    return signs.get(part, part)
