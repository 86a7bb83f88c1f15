"""Checks calls against their tools' schemas, and says in one short sentence what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import Draft202012Validator, validator_for

from guardrails.json_text import NotAnObject, load_value

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


def _wrong_type(error: ValidationError) -> str:
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
    "type": _wrong_type,
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


_CONTAINERS: dict[str, type] = {"array": list, "object": dict}


class ToolSchemas:
    """Checks arguments against each tool's JSON Schema.

    `tools` may be a registry, a mapping of names to schemas or tools, or any iterable of tools, of
    dicts (`{"name","parameters"}`, also in OpenAI's `{"type":"function","function":{…}}`) or of
    names. A tool without a schema takes any object.
    """

    def __init__(self, tools: Any) -> None:
        self._schemas = dict(_named(tools))
        self._validators: dict[str, Validator | None] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names on offer, in their order."""
        return tuple(self._schemas)

    def decode(self, tool: str, arguments: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """Undo one double encoding where the schema wants an array or object and a string came.

        Returns the arguments and the names of what was decoded. Numbers are never decoded: whether
        "12" or "1,250" was meant as money is not ours to guess.
        """
        properties = _mapping(_mapping(self._schemas.get(tool)).get("properties"))
        strings = {name: value for name, value in arguments.items() if isinstance(value, str)}
        decoded = {}
        for name in strings.keys() & properties.keys():
            value = _decoded(strings[name], _types(properties[name], _mapping(self._schemas[tool])))
            if value is not None:
                decoded[name] = value
        return ({**arguments, **decoded} if decoded else arguments), sorted(decoded)

    def problems(self, tool: str, arguments: dict[str, Any], root: str) -> list[str]:
        """Return what is wrong with a call, empty when nothing is."""
        if tool not in self._schemas:
            allowed = ", ".join(self.names) or "none"
            return [f"unknown tool {tool[:64]!r}; the tools on offer are: {allowed}"]
        try:
            validator = self._validator(tool)
            return sentences(validator.iter_errors(arguments), root) if validator else []
        except (SchemaError, RecursionError, ArithmeticError, LookupError, ValueError):
            return [f"{root}: the schema of {tool} can't check this value"]

    def _validator(self, tool: str) -> Validator | None:
        if tool not in self._validators:
            self._validators[tool] = _compiled(self._schemas[tool])
        return self._validators[tool]


def _compiled(schema: Any) -> Validator | None:
    if schema is None:
        return None
    kind = validator_for(schema, default=Draft202012Validator)
    kind.check_schema(schema)
    return kind(schema)


def _named(tools: Any) -> Iterator[tuple[str, Any]]:
    if tools is None:
        return
    if not isinstance(tools, Mapping) and isinstance(getattr(tools, "tools", None), Mapping):
        tools = tools.tools
    if isinstance(tools, Mapping):
        for name, value in tools.items():
            yield str(name), _schema(value)
        return
    each: Any
    for each in _iterable(tools):
        yield _name(each), None if isinstance(each, str) else _schema(each)


def _iterable(tools: Any) -> Iterable[Any]:
    return [tools] if isinstance(tools, str) else tools


def _name(tool: Any) -> str:
    if isinstance(tool, str):
        return tool
    if isinstance(tool, Mapping):
        return str(_mapping(tool.get("function") or tool)["name"])
    return str(getattr(tool, "name", None) or tool.__name__)


def _schema(tool: Any) -> Any:
    """Return the JSON Schema in whatever describes a tool, None when there is none."""
    if isinstance(tool, bool) or tool is None:
        return tool
    if not isinstance(tool, Mapping):
        return getattr(tool, "parameters", None)
    inner = tool.get("function", tool)
    if isinstance(inner, Mapping) and "properties" not in inner:
        for key in ("parameters", "inputSchema", "input_schema", "schema"):
            if isinstance(inner.get(key), Mapping):
                return inner[key]
        if "name" in inner:
            return None
    return tool


def _types(schema: Any, root: Mapping[str, Any]) -> set[str]:
    """Return the JSON types a schema allows, as far as it says so plainly."""
    schema = _mapping(schema)
    if isinstance(reference := schema.get("$ref"), str):
        schema = _mapping(_mapping(root.get("$defs")).get(reference.rpartition("/")[2]))
    wanted = schema.get("type")
    found = {wanted} if isinstance(wanted, str) else {str(each) for each in wanted or ()}
    for option in [*schema.get("anyOf", ()), *schema.get("oneOf", ())]:
        inner = _mapping(option)
        found |= {str(inner["type"])} if isinstance(inner.get("type"), str) else _plain_reference(inner)
    return found


def _plain_reference(schema: Mapping[str, Any]) -> set[str]:
    # a reference to a model of its own stands for an object; anything else says nothing about types
    return {"object"} if "$ref" in schema else {"string"}


def _decoded(text: str, types: set[str]) -> Any:
    kinds = tuple(_CONTAINERS[name] for name in types if name in _CONTAINERS)
    if not kinds or "string" in types:
        return None
    try:
        value = load_value(text)
    except NotAnObject:
        return None
    return value if isinstance(value, kinds) else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
