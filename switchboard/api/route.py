"""One operation of the HTTP API: how it is served, and what the API's document says of it, in one place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Access = Literal["operator", "visitor", "public"]
BYTES = "application/octet-stream"
FILE = "*/*"
"""A file, with its own type where that is safe."""


@dataclass(frozen=True, slots=True)
class ApiRoute:
    """`answer` is the type of a JSON answer, or a media type; `errors` are the statuses a request may meet.

    `handler` is None where a channel serves the route. `uploads`: the body is a file.
    """

    method: str
    path: str
    summary: str
    handler: Handler | None
    answer: Any
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    uploads: bool = False
    errors: tuple[int, ...] = ()
    access: Access = "operator"


get = partial(ApiRoute, "GET")
post = partial(ApiRoute, "POST")
put = partial(ApiRoute, "PUT")
delete = partial(ApiRoute, "DELETE")
