"""Which models there are and which kind of turn asks which of them (a TOML file).

The shape is the one documented for SWITCHBOARD_CATALOG.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal

import structlog
from pydantic import Field, model_validator

from orchestrator.inference.errors import CatalogInvalid, ContextTooLong
from orchestrator.toml_file import StrictTable, TomlInvalid, read_toml
from orchestrator.watched_file import WatchedFile

_log = structlog.get_logger()

_BYTES_PER_TOKEN = 3.0  # low on purpose: English text has about four, JSON and German about three
Name = Annotated[str, Field(min_length=1, max_length=200)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Price(StrictTable):
    """What a request would cost elsewhere, for the comparison in the usage report."""

    request: Amount = 0.0
    input_per_million: Amount = 0.0
    output_per_million: Amount = 0.0


class Model(StrictTable):
    """One model: `window` and `max_tokens` in tokens; `json` and `tools` say what it understands."""

    name: Name
    window: Annotated[int, Field(ge=1024, le=100_000_000)]
    json_mode: Literal["object", "schema", "none"] = Field(default="object", alias="json")
    tools: Literal["json", "native"] = "json"
    vision: bool = False
    languages: tuple[Name, ...] = ("*",)
    good_at: tuple[Name, ...] = ("general",)
    max_tokens: Annotated[int, Field(ge=64, le=1_000_000)] = 1024
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    price: Price = Price()

    @model_validator(mode="after")
    def _answer_fits(self) -> Model:
        if self.max_tokens >= self.window:
            raise ValueError("max_tokens must be smaller than window")
        return self


class Catalog(StrictTable):
    """The models by order of the file, and the routes: names in the order they are tried."""

    model: Annotated[tuple[Model, ...], Field(min_length=1)]
    routes: Mapping[str, Annotated[tuple[Name, ...], Field(min_length=1)]]

    @model_validator(mode="after")
    def _routes_lead_somewhere(self) -> Catalog:
        names = [each.name for each in self.model]
        if double := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"the model {double!r} is listed twice")
        if "default" not in self.routes:
            raise ValueError("routes.default is missing")
        for route, wanted in self.routes.items():
            if unknown := next((name for name in wanted if name not in names), None):
                raise ValueError(f"routes.{route} names the unknown model {unknown!r}")
        return self

    def route(self, kind: str) -> list[Model]:
        """Return the models for a kind of turn, in order; kinds without a route take the default."""
        by_name = {each.name: each for each in self.model}
        return [by_name[name] for name in self.routes.get(kind, self.routes["default"])]

    def fitting(self, kind: str, *, size: int, compacted: bool) -> list[Model]:
        """Return the models of a route that have room for a prompt of `size` bytes, in order.

        Raises ContextTooLong when none has; once the prompt was compacted, the largest is tried.
        """
        route = self.route(kind)
        tokens = estimated_tokens(size)
        fitting = [each for each in route if tokens + each.max_tokens <= each.window]
        if fitting:
            return fitting
        if not compacted:
            raise ContextTooLong("the prompt is larger than every model's window")
        return [max(route, key=lambda model: model.window)]

    @classmethod
    def sandbox(cls) -> Catalog:
        """Return the catalog of the sandbox: one model, which speaks JSON decisions."""
        model = Model(name="sandbox", window=1_000_000, max_tokens=4096)
        return cls(model=(model,), routes={"default": ("sandbox",)})


def estimated_tokens(size: int) -> int:
    """Return how many tokens `size` bytes of prompt are, rather too many than too few."""
    return int(size / _BYTES_PER_TOKEN) + 16


CatalogSource = Callable[[], Catalog]


def load_catalog(path: Path) -> Catalog:
    """Read and check a catalog; raises CatalogInvalid, which names file, line and field of each problem."""
    try:
        return read_toml(path, Catalog)
    except TomlInvalid as error:
        raise CatalogInvalid(str(error)) from None


class CatalogFile(WatchedFile[Catalog]):
    """A catalog that follows its file; a file that turns wrong keeps the last good one."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Read the file for the first time; raises CatalogInvalid."""
        super().__init__(
            path, load=load_catalog, invalid=CatalogInvalid, loaded=_tell, wrong=_complain, clock=clock
        )


def _tell(catalog: Catalog) -> None:
    _log.info("catalog_reloaded", models=len(catalog.model))


def _complain(error: Exception) -> None:
    _log.error("catalog_invalid_kept_last", problem=str(error))
