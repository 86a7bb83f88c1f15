"""Take over a foreign tool's input schema: the part of JSON Schema that is cheap and safe to check with.

A schema comes from a server we don't trust, the model reads it and our gate runs it. So what it may cost is
bounded here (size, depth, what its references expand to), what can't be bounded is refused, and words in it
are cut short and cleaned. Source of the keywords: JSON Schema 2020-12, core and validation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jsonschema.exceptions import SchemaError
from jsonschema.validators import Draft202012Validator

from tools.text import clean_text, one_line

Clean = Callable[[str], str]
"""Takes instructions out of a foreign text."""

MAX_CHARACTERS = 8_000
MAX_DEPTH = 12
MAX_EXPANDED = 300
"""Subschemas that one value may meet, references followed."""
MAX_ITEMS = 100
"""Entries of an array or object where the schema sets no limit of its own, or a higher one."""
MAX_TEXT = 200
_PROPERTY = re.compile(r"[A-Za-z0-9_.$@-]{1,64}")
_FORMAT = re.compile(r"[a-z0-9-]{1,32}")
_REFERENCE = re.compile(r"#/(?:\$defs|definitions)/[A-Za-z0-9_.-]{1,64}")

_WORDS = frozenset({"description", "title"})
_DROPPED = frozenset(
    {"title", "examples", "$schema", "$id", "$comment", "deprecated", "readOnly", "writeOnly"}
)
_PLAIN = frozenset(
    {
        "type",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "minContains",
        "maxContains",
        "uniqueItems",  # cheap, as arrays are bounded
    }
)
"""Keywords whose values can't hold text: the metaschema allows numbers and the names of types alone."""
_ONE = frozenset({"items", "additionalProperties", "contains", "propertyNames", "not"})
_MANY = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_NAMED = frozenset({"properties", "$defs", "definitions"})
_VALUES = frozenset({"enum", "const", "default"})
_BEYOND_JSON_SCHEMA = re.compile(r"x-[A-Za-z0-9-]{1,64}")


class SchemaRefused(ValueError):
    """The schema can't be taken over; the message is one clause that says why, in our own words."""


def taken_schema(raw: Mapping[str, Any], clean: Clean) -> dict[str, Any]:
    """Return the schema as the model is shown it and as the gate checks with it; SchemaRefused says why not.

    Costs a few milliseconds at most: the work ends at 8,000 characters, 12 levels or 300 subschemas.
    """
    try:
        if len(json.dumps(raw, ensure_ascii=False)) > 4 * MAX_CHARACTERS:
            raise SchemaRefused("its schema is too large")
        schema: dict[str, Any] = _Taking(clean=clean).schema(raw, 0)
        text = json.dumps(schema, ensure_ascii=False, allow_nan=False)
        Draft202012Validator.check_schema(schema)
    except (SchemaError, RecursionError, TypeError, AttributeError) as error:
        raise SchemaRefused("its schema is not valid JSON Schema") from error
    except SchemaRefused:
        raise
    except ValueError as error:  # NaN and infinity, which JSON does not have
        raise SchemaRefused("its schema holds what JSON can't") from error
    if schema.get("type") != "object":
        raise SchemaRefused("its arguments are not an object")
    if len(text) > MAX_CHARACTERS:
        raise SchemaRefused("its schema is too large")
    _expanded(schema, schema, ())
    schema.setdefault("properties", {})
    return schema


@dataclass(slots=True)
class _Taking:
    """The copy of one schema, keyword by keyword."""

    clean: Clean
    seen: int = field(default=0)

    def schema(self, raw: Any, depth: int) -> Any:
        if isinstance(raw, bool):
            return raw
        self.seen += 1
        if depth > MAX_DEPTH or self.seen > MAX_EXPANDED:
            raise SchemaRefused("its schema is too deep or has too many parts")
        taken: dict[str, Any] = {}
        for keyword, value in raw.items():
            if keyword not in _DROPPED and not _BEYOND_JSON_SCHEMA.fullmatch(keyword):
                self._keyword(taken, keyword, value, depth)
        _limited(taken)
        return taken

    def _keyword(self, taken: dict[str, Any], keyword: str, value: Any, depth: int) -> None:
        if keyword in _PLAIN:
            taken[keyword] = value
        elif keyword in _VALUES:
            self._value(taken, keyword, value)
        elif keyword in _ONE:
            taken[keyword] = self.schema(value, depth + 1)
        elif keyword in _MANY:
            taken[keyword] = [self.schema(each, depth + 1) for each in value]
        elif keyword in _NAMED:
            taken[keyword] = {_name(name): self.schema(each, depth + 1) for name, each in value.items()}
        else:
            self._text(taken, keyword, value)

    def _text(self, taken: dict[str, Any], keyword: str, value: Any) -> None:
        if keyword == "description":
            taken["description"] = shown_text(value, self.clean, MAX_TEXT)
        elif keyword == "required":
            taken["required"] = [_name(each) for each in value]
        elif keyword == "pattern" and isinstance(value, str):
            _pattern(taken, value)
        elif keyword == "$ref" and isinstance(value, str) and _REFERENCE.fullmatch(value):
            taken["$ref"] = value
        elif keyword == "format" and isinstance(value, str) and _FORMAT.fullmatch(value):
            taken["format"] = value
        else:
            raise SchemaRefused(f"its schema uses {_keyword_named(keyword)}, which is not taken over")

    def _value(self, taken: dict[str, Any], keyword: str, value: Any) -> None:
        """Keep a value as it is: it can't be mended, so one that holds instructions is not kept at all."""
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        if self.clean(text) == text and "\x00" not in text:
            taken[keyword] = value
        elif keyword != "default":
            raise SchemaRefused("its schema holds instructions")


def shown_text(text: Any, clean: Clean, limit: int) -> str:
    """Return a foreign text on one line, without instructions and within `limit` characters."""
    if not isinstance(text, str):
        return ""
    cleaned = one_line(clean(one_line(clean_text(text[: 4 * limit]))))
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 1] + "…"


def _pattern(taken: dict[str, Any], pattern: str) -> None:
    """Keep a pattern that can be checked in linear time; any other is left for the server to check."""
    if is_cheap(pattern):
        taken["pattern"] = pattern


def _limited(schema: dict[str, Any]) -> None:
    """Bound arrays and objects, so that checking a value stays cheap."""
    if {"items", "contains", "uniqueItems"} & schema.keys() or "array" in _types(schema):
        schema["maxItems"] = _at_most(schema.get("maxItems"))
    if isinstance(schema.get("additionalProperties"), Mapping) or "propertyNames" in schema:
        schema["maxProperties"] = _at_most(schema.get("maxProperties"))


def _at_most(given: Any) -> int:
    known = isinstance(given, int) and not isinstance(given, bool) and given >= 0
    return min(given, MAX_ITEMS) if known else MAX_ITEMS


def _types(schema: Mapping[str, Any]) -> list[Any]:
    given = schema.get("type")
    return given if isinstance(given, list) else [given]


def _name(name: Any) -> str:
    if not isinstance(name, str) or not _PROPERTY.fullmatch(name):
        raise SchemaRefused("its schema has a name that is no plain word")
    return name


def _keyword_named(keyword: Any) -> str:
    plain = isinstance(keyword, str) and _PROPERTY.fullmatch(keyword)
    return str(keyword) if plain else "an unknown keyword"


def _expanded(schema: Any, root: Mapping[str, Any], followed: tuple[str, ...], spent: int = 0) -> int:
    """Count the subschemas that a value may meet; SchemaRefused for circles and for more than 300."""
    if not isinstance(schema, Mapping):
        return spent
    spent += 1
    if spent > MAX_EXPANDED:
        raise SchemaRefused("its schema has too many parts")
    if isinstance(reference := schema.get("$ref"), str):
        if reference in followed:
            raise SchemaRefused("its schema refers to itself")
        spent = _expanded(_resolved(reference, root), root, (*followed, reference), spent)
    for keyword in (_ONE | _MANY | {"properties"}) & schema.keys():
        for part in _parts(schema[keyword], keyword):
            spent = _expanded(part, root, followed, spent)
    return spent


def _parts(value: Any, keyword: str) -> list[Any]:
    if keyword == "properties":
        return list(value.values())
    return list(value) if keyword in _MANY else [value]


def _resolved(reference: str, root: Mapping[str, Any]) -> Any:
    _, place, name = reference.split("/")
    try:
        return root[place][name]
    except KeyError:
        raise SchemaRefused("its schema refers to what is not there") from None


MAX_LENGTH = 200
_SETS = ("--", "&&", "||", "~~")  # reserved by Python for set operations

# Anchored; then single characters, classes and escapes, each once or exactly n times, and at most one of
# them repeated freely: such a pattern is matched in one pass.
_CLASS = r"\[\^?(?:[^\[\]\\]|\\[dDwWsS.\-]){1,64}+\]"
_ATOM = rf"(?:{_CLASS}|\\[dDwWsS.\-+*?()\[\]{{}}|/^$\\]|[A-Za-z0-9 _@:;,/#%&=~!'\"<>.-])"
_FIXED = r"(?:\{[0-9]{1,3}\})?"
_FREE = r"(?:[*+?]|\{[0-9]{1,3},[0-9]{0,3}\})"
_CHEAP = re.compile(rf"\^(?:{_ATOM}{_FIXED}){{0,64}}+(?:{_FREE}(?:{_ATOM}{_FIXED}){{0,64}}+)?\$?")


def is_cheap(pattern: str) -> bool:
    """Tell whether matching `pattern` is linear in its input: anchored, no groups, one free repeat."""
    if len(pattern) > MAX_LENGTH or any(each in pattern for each in _SETS) or not _CHEAP.fullmatch(pattern):
        return False
    try:
        re.compile(pattern)
    except (re.error, OverflowError):
        return False
    return True
