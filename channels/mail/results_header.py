"""Reads Authentication-Results (RFC 8601), quotes and comments and all, in linear time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 16_384
MOST_RESULTS: Final = 50
_ENDS_WORD: Final = " \t\r\n;=("


class _BrokenResults(Exception):
    """The header breaks the grammar; nothing in it is to be believed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MethodResult:
    """One method's result, lower case, and its properties such as `header.from`."""

    method: str
    result: str
    properties: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Results:
    """One header: who says so, and what."""

    authserv_id: str
    results: tuple[MethodResult, ...]

    def of(self, method: str) -> list[MethodResult]:
        """Give the results of one method in order."""
        return [one for one in self.results if one.method == method]


def read_results(value: str) -> Results | None:
    """Read one header's value; None when it is broken, too long, or of another version than 1."""
    if len(value) > LONGEST:
        return None
    try:
        head, *rest = _split(list(_tokens(value)))
        if "=" in head:  # Microsoft 365 leaves the authserv-id out
            authserv_id, rest = "", [head, *rest]
        else:
            authserv_id = _authserv_id(head)
        parts = [part for part in rest if part]
        if len(parts) > MOST_RESULTS:
            return None
        return Results(
            authserv_id=authserv_id, results=tuple(_result(part) for part in parts if part != ["none"])
        )
    except _BrokenResults:
        return None


def _authserv_id(words: list[str]) -> str:
    if len(words) not in (1, 2) or words[1:] not in ([], ["1"]):
        raise _BrokenResults
    return words[0]


def _result(words: list[str]) -> MethodResult:
    if len(words) < 3 or words[1] != "=":
        raise _BrokenResults
    method = words[0].lower().partition("/")[0].strip()
    pairs = words[3:]
    if (
        len(pairs) % 3
        or any(equals != "=" for equals in pairs[1::3])
        or "=" in (words[2], *pairs[::3], *pairs[2::3])
    ):
        raise _BrokenResults
    properties: dict[str, str] = {}
    for name, value in zip(pairs[::3], pairs[2::3], strict=True):
        properties[name.lower()] = "" if name.lower() in properties else value  # twice: which would count?
    return MethodResult(method=method, result=words[2].lower(), properties=properties)


def _split(tokens: list[str]) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for token in tokens:
        if token == ";":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _tokens(value: str) -> Iterator[str]:
    """Give words, `;` and `=`; comments are left out, a quoted string becomes part of its word."""
    word: list[str] = []
    position, in_value = 0, False
    while position < len(value):
        character = value[position]
        if character in _ENDS_WORD and not (character == "=" and in_value):  # bounces: mailfrom=prvs=1=a@b.c
            if word:
                yield "".join(word)
                word, in_value = [], False
            if character in ";=":
                yield character
                in_value = character == "="
            position = _after_comment(value, position) if character == "(" else position + 1
        else:
            text, position = _piece(value, position)
            word.append(text)
    if word:
        yield "".join(word)


def _piece(value: str, position: int) -> tuple[str, int]:
    character = value[position]
    if character == '"':
        text, position = _quoted(value, position)
        return _plain(text), position
    if character == ")" or not character.isprintable():
        raise _BrokenResults
    return character, position + 1


def _plain(text: str) -> str:
    # quoted values are compared, never split again; but one that looks like a token must not become one
    return f'"{text}"' if text in (";", "=", "") else text


def _quoted(value: str, position: int) -> tuple[str, int]:
    text: list[str] = []
    position += 1
    while position < len(value):
        character = value[position]
        if character == '"':
            return "".join(text), position + 1
        if character == "\\":
            position += 1
            character = value[position : position + 1]
        text.append(character)
        position += 1
    raise _BrokenResults


def _after_comment(value: str, position: int) -> int:
    depth = 0
    while position < len(value):
        character = value[position]
        if character == "\\":
            position += 1
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return position + 1
        position += 1
    raise _BrokenResults
