"""The tools of a turn as the gate sees them: names, and one compiled validator each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jsonschema.exceptions import SchemaError
from jsonschema.protocols import Validator
from jsonschema.validators import Draft202012Validator, validator_for

from guardrails.json_text import NotAnObject, load_value
from guardrails.problems import sentences

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
