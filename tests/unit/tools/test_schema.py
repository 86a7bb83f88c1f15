from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field, StringConstraints

from tools.schema import Parameters
from tools.tool import Caller


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Place(BaseModel):
    title: str
    house: int = 1


async def text(caller: Caller, value: str) -> None: ...
async def short(caller: Caller, value: Annotated[str, StringConstraints(max_length=3)]) -> None: ...
async def whole(caller: Caller, value: Annotated[int, Field(ge=1, le=9)]) -> None: ...
async def broken(caller: Caller, value: float) -> None: ...
async def flag(caller: Caller, value: bool) -> None: ...
async def choice(caller: Caller, value: Literal["low", "high"]) -> None: ...
async def colour(caller: Caller, value: Colour) -> None: ...
async def maybe(caller: Caller, value: str | None = None) -> None: ...
async def several(caller: Caller, value: Annotated[list[str], Field(max_length=2)]) -> None: ...
async def mapping(caller: Caller, value: dict[str, int]) -> None: ...
async def money(caller: Caller, value: Decimal) -> None: ...
async def moment(caller: Caller, value: datetime) -> None: ...
async def day(caller: Caller, value: date) -> None: ...
async def identifier(caller: Caller, value: UUID) -> None: ...
async def place(caller: Caller, value: Place) -> None: ...
async def either(caller: Caller, value: int | str) -> None: ...


KINDS: list[tuple[Callable[..., Awaitable[Any]], Any, Any, Any]] = [
    (text, "ä", "ä", 5),
    (short, "abc", "abc", "abcd"),
    (whole, 9, 9, 10),
    (broken, 1.5, 1.5, "x"),
    (flag, True, True, "perhaps"),
    (choice, "low", "low", "middle"),
    (colour, "red", Colour.RED, "green"),
    (maybe, None, None, 5),
    (several, ["a"], ["a"], ["a", "b", "c"]),
    (mapping, {"a": 1}, {"a": 1}, {"a": "x"}),
    (money, "84.50", Decimal("84.50"), "much"),
    (moment, "2026-11-24T10:00:00+01:00", datetime.fromisoformat("2026-11-24T10:00:00+01:00"), "soon"),
    (day, "2026-11-24", date(2026, 11, 24), "soon"),
    (identifier, str(UUID(int=7)), UUID(int=7), "x"),
    (place, {"title": "home"}, Place(title="home"), {"house": 2}),
    (either, "x", "x", []),
]


@pytest.mark.parametrize(
    ("function", "good", "value", "bad"), KINDS, ids=[kind[0].__name__ for kind in KINDS]
)
def test_a_parameter_of_any_kind_has_a_schema_and_a_check(
    function: Callable[..., Awaitable[Any]], good: Any, value: Any, bad: Any
) -> None:
    parameters = Parameters.of(function)
    Draft202012Validator.check_schema(parameters.schema)
    assert Draft202012Validator(parameters.schema).is_valid({"value": good})
    assert parameters.values({"value": good}) == {"value": value}
    with pytest.raises(ValueError, match="value"):
        parameters.values({"value": bad})


@pytest.mark.parametrize("function", [kind[0] for kind in KINDS])
def test_unknown_arguments_are_refused_by_both(function: Callable[..., Awaitable[Any]]) -> None:
    parameters = Parameters.of(function)
    assert parameters.schema["additionalProperties"] is False
    with pytest.raises(ValueError, match="other"):
        parameters.values({"other": 1})


def test_the_schema_is_small_and_plain() -> None:
    async def order(
        caller: Caller, title: Annotated[str, Field(description="Name it.")], size: int = 3
    ) -> None: ...

    assert Parameters.of(order).schema == {
        "type": "object",
        "properties": {
            "title": {"type": "string", "description": "Name it."},
            "size": {"type": "integer", "default": 3},
        },
        "required": ["title"],
        "additionalProperties": False,
    }


def test_nested_objects_are_closed_and_a_property_called_title_stays() -> None:
    schema = Parameters.of(place).schema["$defs"]["Place"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["title"] == {"type": "string"}
    assert "title" not in schema


def test_free_maps_stay_open() -> None:
    assert Parameters.of(mapping).schema["properties"]["value"]["additionalProperties"] == {"type": "integer"}


def test_parameters_may_have_names_that_pydantic_uses_itself() -> None:
    async def odd(caller: Caller, json: str, schema: str, model_config: str, _id: int = 0) -> None: ...

    given = {"json": "a", "schema": "b", "model_config": "c", "_id": 4}
    assert Parameters.of(odd).values(given) == given


def test_defaults_are_filled_in_and_no_parameters_are_fine() -> None:
    async def nothing(caller: Caller) -> None: ...

    assert Parameters.of(maybe).values({}) == {"value": None}
    assert Parameters.of(nothing).values({}) == {}
    assert Parameters.of(nothing).schema == {
        "type": "object",
        "properties": {},
        "additionalProperties": False,
    }


def test_problems_name_the_place_and_never_repeat_the_input() -> None:
    with pytest.raises(ValueError, match=r"^value: .+\.$") as caught:
        Parameters.of(whole).values({"value": "SECRET-4711"})
    assert "SECRET-4711" not in str(caught.value)


def test_problems_stay_short_whatever_comes() -> None:
    with pytest.raises(ValueError, match="Extra inputs") as caught:
        Parameters.of(text).values({f"{number}" * 500: 1 for number in range(500)})
    assert len(str(caught.value)) < 1_100


def test_functions_that_can_not_be_described_are_refused() -> None:
    async def no_caller() -> None: ...
    async def untyped(caller: Caller, value) -> None: ...  # type: ignore[no-untyped-def]  # noqa: ANN001
    async def open_end(caller: Caller, **rest: int) -> None: ...
    async def by_place(caller: Caller, value: int, /) -> None: ...

    for function in (no_caller, untyped, open_end, by_place):
        with pytest.raises(TypeError):
            Parameters.of(function)
