"""From a function's typed parameters to a JSON Schema for the model and a check of what it sends."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

_SHOWN_PROBLEMS = 5
_SHOWN_LENGTH = 200
# A value is data: what looks like a schema keyword in there stays.
_VALUES = frozenset({"default", "const", "enum", "examples"})
# Maps from names to schemas: their keys are names, not keywords.
_NAMED = frozenset({"properties", "$defs", "patternProperties", "dependentSchemas"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameters:
    """The parameters of one tool, compiled once: their JSON Schema and their validator."""

    schema: Mapping[str, Any]
    model: type[BaseModel]
    fields: Mapping[str, str]

    @classmethod
    def of(cls, function: Callable[..., Awaitable[Any]]) -> Parameters:
        """Compile the parameters after the first one (the caller); TypeError for those without a type."""
        named = _typed_parameters(function)
        # Field names of our own, the real names as aliases: a parameter may then be called `json` or `_id`.
        fields = {name: f"parameter_{index}" for index, name in enumerate(named)}
        definitions: dict[str, Any] = {
            fields[name]: (Annotated[hint, Field(alias=name)], default)
            for name, (hint, default) in named.items()
        }
        config = ConfigDict(extra="forbid", allow_inf_nan=False)
        model: type[BaseModel] = create_model(function.__name__, __config__=config, **definitions)
        return cls(schema=_tidy(model.model_json_schema(by_alias=True)), model=model, fields=fields)

    def values(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Check and convert the arguments; ValueError with short sentences that never repeat the input."""
        try:
            checked = self.model.model_validate(dict(arguments))
        except ValidationError as error:
            raise ValueError(_problems(error)) from None
        return {name: getattr(checked, field) for name, field in self.fields.items()}


def _typed_parameters(function: Callable[..., Awaitable[Any]]) -> dict[str, tuple[Any, Any]]:
    hints = get_type_hints(function, include_extras=True)
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters:
        raise TypeError(f"{function.__name__} must take the caller first")
    for parameter in parameters[1:]:
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise TypeError(f"{function.__name__}: {parameter.name} must be a named parameter")
        if parameter.name not in hints:
            raise TypeError(f"{function.__name__}: {parameter.name} needs a type")
    return {p.name: (hints[p.name], ... if p.default is p.empty else p.default) for p in parameters[1:]}


def _tidy(schema: Any) -> Any:
    """Drop the generated titles and close every object that lists its properties."""
    if isinstance(schema, list):
        return [_tidy(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    tidy = {key: _tidy_part(key, value) for key, value in schema.items() if key != "title"}
    if "properties" in tidy or tidy.get("type") == "object":
        tidy.setdefault("additionalProperties", False)
    return tidy


def _tidy_part(key: str, value: Any) -> Any:
    if key in _VALUES:
        return value
    if key in _NAMED:
        return {name: _tidy(part) for name, part in value.items()}
    return _tidy(value)


def _problems(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    sentences = [f"{_place(one['loc'])}: {one['msg']}."[:_SHOWN_LENGTH] for one in found[:_SHOWN_PROBLEMS]]
    return " ".join(sentences)


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part)[:40] for part in location) or "arguments"
