"""Finds the one JSON object in what a model wrote, and reads it strictly.

Models wrap their object in fences, prose and reasoning; that is tolerated. What stands inside the
object is not: duplicate keys, NaN, absurd numbers and depth are refused, and an object that was cut
off is reported as such and never completed.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from guardrails.thoughts import CLOSING, OPENING

MAX_TEXT = 131_072  # characters of one answer; 16 times the longest reply
MAX_DEPTH = 32
_MAX_OBJECTS = 8
_MAX_DIGITS = 30
_DECISION_FIELDS = ("intent", "actions", "reply")

OBJECT_START = re.compile(r'\{\s*+["}]')
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)
_BEGUN = ("true", "false", "null", "-", ".", "e-", "e+", "E-", "E+")  # what a cut literal leaves over
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class NotAnObject(ValueError):
    """No usable JSON object; `problem` is one sentence for the model, `truncated` says it was cut off."""

    def __init__(self, problem: str, *, truncated: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.truncated = truncated


def find_object(text: str) -> dict[str, Any]:
    """Return the decision-like JSON object in `text`, else the first object at all.

    Raises NotAnObject: nothing there, malformed, cut off, too long, too deep, or two different
    decisions (acting on either would be a guess).
    """
    if len(text) > MAX_TEXT:
        raise NotAnObject(f"the answer is longer than {MAX_TEXT} characters")
    body = _without_thoughts(text)
    if body.lstrip()[:1] == "[":
        raise NotAnObject("the answer must be one JSON object, not a list")
    found, problem = _objects(body)
    decisions = [each for each in found if sum(field in each for field in _DECISION_FIELDS) > 1]
    if any(each != decisions[0] for each in decisions[1:]):
        raise NotAnObject("the answer holds more than one decision; return exactly one JSON object")
    if not decisions and problem:
        raise problem
    if not found:
        raise NotAnObject("the answer holds no JSON object")
    return (decisions or found)[0]


def load_object(text: str) -> dict[str, Any]:
    """Read `text` as exactly one JSON object, '' and white space as {}; raises NotAnObject."""
    if not text.strip():
        return {}
    if len(text) > MAX_TEXT:
        raise NotAnObject(f"longer than {MAX_TEXT} characters")
    value = _load(text.strip(), is_open=_end(text.strip(), 0) is None)
    if not isinstance(value, dict):
        raise NotAnObject("must be a JSON object")
    return value


def load_value(text: str) -> Any:
    """Read one JSON value strictly; raises NotAnObject."""
    if len(text) > MAX_TEXT:
        raise NotAnObject(f"longer than {MAX_TEXT} characters")
    _end(text, 0)  # refuses depth before the parser recurses
    return _load(text, is_open=False)


def clean_text(text: str) -> str:
    """Replace NUL and lone surrogates, which PostgreSQL and UTF-8 can't hold, by U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def clean_value(value: Any) -> Any:
    """Clean every string of a JSON value (keys are cleaned while reading)."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [clean_value(each) for each in value]
    if isinstance(value, Mapping):
        return {key: clean_value(each) for key, each in value.items()}
    return value


def _objects(body: str) -> tuple[list[dict[str, Any]], NotAnObject | None]:
    """Return the objects that stand side by side (never one inside another) and the first problem."""
    found: list[dict[str, Any]] = []
    problem: NotAnObject | None = None
    position = 0
    for _ in range(_MAX_OBJECTS):
        opening = OBJECT_START.search(body, position)
        if opening is None:
            break
        end = _end(body, opening.start())
        try:
            found.append(_load(body[opening.start() : end], is_open=end is None))
        except NotAnObject as error:
            problem = problem or error
        if end is None:
            break
        position = end
    return found, problem


def _end(text: str, start: int) -> int | None:
    """Return where the value that begins at `start` closes, None when it never does."""
    depth = 0
    for token in _TOKEN.finditer(text, start):
        mark = text[token.start()]
        if mark in "{[":
            depth += 1
            if depth > MAX_DEPTH:
                raise NotAnObject(f"the JSON is nested deeper than {MAX_DEPTH} levels")
        elif mark in "}]":
            depth -= 1
            if depth <= 0:
                return token.end()
    return None


def _load(piece: str, *, is_open: bool) -> Any:
    try:
        return clean_value(_DECODER.decode(piece))
    except json.JSONDecodeError as error:
        cut = is_open and _is_at_end(error, piece)
        place = f"line {error.lineno} column {error.colno}"
        problem = "the JSON was cut off before its end" if cut else f"not valid JSON: {error.msg} at {place}"
        raise NotAnObject(problem, truncated=cut) from None
    except RecursionError:
        raise NotAnObject(f"the JSON is nested deeper than {MAX_DEPTH} levels") from None


def _is_at_end(error: json.JSONDecodeError, piece: str) -> bool:
    """Say whether the text stopped (mid string, escape or literal) rather than went wrong."""
    rest = piece[error.pos :].strip()
    if error.msg.startswith("Unterminated string") or ("escape" in error.msg and len(rest) < 7):
        return True
    return any(literal.startswith(rest) for literal in _BEGUN)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = {clean_text(key): value for key, value in pairs}
    if len(result) != len(pairs):
        keys = [clean_text(key) for key, _ in pairs]
        double = next(key for key in keys if keys.count(key) > 1)
        raise NotAnObject(f"the key {double[:64]!r} stands twice in one object")
    return result


def _integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise NotAnObject(f"a number has more than {_MAX_DIGITS} digits")
    return int(digits)


def _number(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise NotAnObject(f"the number {digits[:40]} is too large")
    return value


def _constant(name: str) -> NoReturn:
    raise NotAnObject(f"{name} is not allowed in JSON")


# strict=False: models write line breaks into strings; that is unambiguous and not worth a request
_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=_integer, parse_float=_number, parse_constant=_constant, strict=False
)


def _without_thoughts(text: str) -> str:
    """Drop leading reasoning blocks, and whatever stands before a closing tag outside the object."""
    start = _after_leading_blocks(text)
    for _ in range(4):
        closing = CLOSING.search(text, start)
        if closing is None or not OBJECT_START.search(text, closing.end()):
            break
        opening = OBJECT_START.search(text, start)
        if opening and opening.start() < closing.start():
            end = _end(text, opening.start())
            if end is not None and closing.start() < end:
                break  # the tag is inside a string of the object
        start = closing.end()
    return text[start:]


def _after_leading_blocks(text: str) -> int:
    position = len(text) - len(text.lstrip())
    while opening := OPENING.match(text, position):
        closing = CLOSING.search(text, opening.end())
        if closing is None:
            raise NotAnObject("the answer ended inside its own reasoning", truncated=True)
        position = closing.end()
        while text[position : position + 1].isspace():
            position += 1
    return position
