"""Says in one short sentence what is wrong with a value, for the model to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jsonschema.exceptions import ValidationError

MAX_PROBLEMS = 8
_LONGEST = 240  # characters of one sentence


def sentences(errors: Iterable[ValidationError], root: str = "") -> list[str]:
    """Return at most eight sentences, in the order of the document; `root` names the value checked."""
    ordered = sorted(errors, key=lambda error: [str(part) for part in error.absolute_path])
    return [sentence(error, root) for error in ordered[:MAX_PROBLEMS]]


def sentence(error: ValidationError, root: str = "") -> str:
    """Return where the value breaks which rule; never repeats the value itself at length."""
    say = _SAY.get(str(error.validator), _any_rule)
    where = _place(error, root)
    return f"{where}: {say(error)}"[:_LONGEST] if where else say(error)[:_LONGEST]


def _place(error: ValidationError, root: str) -> str:
    place = root
    for part in error.absolute_path:
        place += f"[{part}]" if isinstance(part, int) else f".{part}" if place else str(part)
    return place


def _any_rule(error: ValidationError) -> str:
    return f"breaks the rule {error.validator}: {str(error.validator_value)[:80]}"


def _type(error: ValidationError) -> str:
    wanted: Any = error.validator_value
    names = wanted if isinstance(wanted, str) else " or ".join(map(str, wanted))
    return f"must be {names}, not {_name_of(error.instance)}"


def _name_of(value: Any) -> str:
    for kind, name in _TYPE_NAMES:
        if isinstance(value, kind):
            return name
    return "null"


_TYPE_NAMES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "boolean"),
    ((int, float), "number"),
    (str, "string"),
    (list, "array"),
    (Mapping, "object"),
)


def _any_of(error: ValidationError) -> str:
    if not error.absolute_path and isinstance(error.instance, Mapping) and "reply" in error.instance:
        return "reply is empty, and there is neither an action nor a handoff"
    return "fits none of the allowed forms"


_SAY: dict[str, Callable[[ValidationError], str]] = {
    "type": _type,
    "required": lambda error: error.message.replace("is a required property", "is missing"),
    "additionalProperties": lambda error: f"unknown field: {error.message.partition('(')[2].rstrip(')')}",
    "enum": lambda error: f"must be one of {str(error.validator_value)[1:-1]}",
    "const": lambda error: f"must be {error.validator_value!r}",
    "pattern": lambda error: f"does not match {error.validator_value}",
    "minLength": lambda error: f"must have at least {error.validator_value} characters",
    "maxLength": lambda error: f"must have at most {error.validator_value} characters",
    "minItems": lambda error: f"must have at least {error.validator_value} items",
    "maxItems": lambda error: f"must have at most {error.validator_value} items",
    "minimum": lambda error: f"must be at least {error.validator_value}",
    "maximum": lambda error: f"must be at most {error.validator_value}",
    "exclusiveMinimum": lambda error: f"must be more than {error.validator_value}",
    "exclusiveMaximum": lambda error: f"must be less than {error.validator_value}",
    "anyOf": _any_of,
}
