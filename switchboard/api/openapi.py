"""`/api/openapi.json`: the OpenAPI 3.1 document of the HTTP API, made from the routes themselves.

Sources: OpenAPI 3.1.1; JSON Schema 2020-12 as pydantic writes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, NotRequired

from aiohttp import web
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from switchboard import __version__
from switchboard.api.public_api import PUBLIC
from switchboard.api.route import BYTES, ApiRoute, get

PATH = "/api/openapi.json"
REFERENCE = "#/components/schemas/{model}"
OPERATOR_ERRORS = (400, 401, 429, 503)
ABOUT = (
    "Self-hosted support gateway. docs/protocol.md tells of its sockets (`/chat/ws`, `/voice`, "
    "`/voice/twilio`), of event streams and of identity tokens."
)
PARAMETERS: dict[str, dict[str, Any]] = {
    "session": {"type": "string", "minLength": 1, "maxLength": 200},
    "id": {"type": "string", "format": "uuid"},
    "message": {"type": "string", "format": "uuid"},
    "file": {"type": "string", "format": "uuid"},
}
SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "operator": [{"operator": []}],
    "visitor": [{"session": []}, {"identity": []}, {}],
    "public": [],
}
SCHEMES = {
    "operator": {"type": "http", "scheme": "bearer", "description": "SWITCHBOARD_OPERATOR_TOKEN"},
    "session": {"type": "http", "scheme": "bearer", "description": "the session's token; `-` in the path"},
    "identity": {"type": "apiKey", "in": "header", "name": "X-Identity", "description": "an identity token"},
}


class ErrorDetail(TypedDict):
    """A stable code, a sentence, and after how many seconds to come back."""

    code: str
    message: str
    retry_after: NotRequired[float]


class ErrorAnswer(TypedDict):
    """How every error is told."""

    error: ErrorDetail


def document_route(routes: Iterable[ApiRoute]) -> web.RouteDef:
    """Serve the document of `routes` and of the public ones; it holds no secret and needs no token."""
    itself = get(PATH, "This document", None, dict[str, Any], access="public")
    text = json.dumps(openapi_document([*routes, itself, *PUBLIC]), separators=(",", ":"))

    async def show(_: web.Request) -> web.Response:
        headers = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}
        return web.Response(text=text, content_type="application/json", headers=headers)

    return web.get(PATH, show)


def openapi_document(routes: Iterable[ApiRoute]) -> dict[str, Any]:
    """Return the document of these routes."""
    routes = list(routes)
    schemas = _Schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Switchboard", "version": __version__, "description": ABOUT},
        "paths": paths,
        "components": {"schemas": schemas.definitions, "securitySchemes": SCHEMES},
    }


class _Schemas:
    """The schemas of all questions and answers, named once."""

    def __init__(self, routes: Iterable[ApiRoute]) -> None:
        asked = {kind for route in routes for kind in (route.query, route.body) if kind is not None}
        told = {route.answer for route in routes if not isinstance(route.answer, str)} | {ErrorAnswer}
        self._of, made = TypeAdapter.json_schemas(
            [
                *((kind, "validation", TypeAdapter(kind)) for kind in asked),
                *((kind, "serialization", TypeAdapter(kind)) for kind in told),
            ],
            ref_template=REFERENCE,
        )
        self.definitions: dict[str, Any] = dict(sorted(made.get("$defs", {}).items()))

    def asked(self, kind: Any) -> dict[str, Any]:
        return self._of[(kind, "validation")]

    def told(self, kind: Any) -> dict[str, Any]:
        return self._of[(kind, "serialization")]

    def properties(self, kind: Any) -> tuple[dict[str, Any], list[str]]:
        """Return the fields of a query or body, and the names of those that must be there."""
        schema = self.asked(kind)
        schema = self.definitions[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        return schema["properties"], schema.get("required", [])


def _operation(route: ApiRoute, schemas: _Schemas) -> dict[str, Any]:
    errors = (*route.errors, *(OPERATOR_ERRORS if route.access == "operator" else ()))
    operation: dict[str, Any] = {
        "operationId": _name(route),
        "summary": route.summary,
        "tags": [route.path.split("/")[2 if route.path.startswith("/api/") else 1]],
        "parameters": [*_path_parameters(route), *_query_parameters(route, schemas)],
        "security": SECURITY[route.access],
        "responses": {
            "200": _answer(route, schemas),
            **{str(status): _error(status, schemas) for status in sorted(set(errors))},
        },
    }
    if route.body is not None:
        content = {"application/json": {"schema": schemas.asked(route.body)}}
        _, required = schemas.properties(route.body)
        operation["requestBody"] = {"content": content, "required": bool(required)}
    elif route.uploads:
        operation["parameters"].append({"name": "X-File-Name", "in": "header", "schema": {"type": "string"}})
        operation["requestBody"] = {"content": {BYTES: {"schema": {}}}, "required": True}
    return operation


def _answer(route: ApiRoute, schemas: _Schemas) -> dict[str, Any]:
    if isinstance(route.answer, str):
        return {"description": "As it is", "content": {route.answer: {"schema": {}}}}
    return {"description": "Done", "content": {"application/json": {"schema": schemas.told(route.answer)}}}


def _error(status: int, schemas: _Schemas) -> dict[str, Any]:
    schema = schemas.told(ErrorAnswer)
    return {"description": HTTPStatus(status).phrase, "content": {"application/json": {"schema": schema}}}


def _path_parameters(route: ApiRoute) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", route.path)
    return [{"name": name, "in": "path", "required": True, "schema": PARAMETERS[name]} for name in names]


def _query_parameters(route: ApiRoute, schemas: _Schemas) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    properties, required = schemas.properties(route.query)
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _present(schema)}
        for name, schema in properties.items()
    ]


def _present(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter that is there: none can be null."""
    kinds = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if not kinds:
        return schema
    return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}


def _name(route: ApiRoute) -> str:
    words = re.findall(r"\w+", route.path.removeprefix("/api").replace(".json", ""))
    return "_".join([route.method.lower(), *words])
