"""A client of a running gateway's operator API (`/api/openapi.json`)."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

from switchboard.cli.chat_screen import CONTROLS
from switchboard.errors import SettingsError, SwitchboardError
from switchboard.secrets import OPERATOR
from switchboard.settings import Settings
from switchboard.sources import load_settings

LIMIT = aiohttp.ClientTimeout(total=30.0)


class GatewayRefused(SwitchboardError):
    """The gateway did not do what was asked, or is not there."""

    code = "gateway_refused"


class GatewayAway(GatewayRefused):
    """Nobody answered: what was asked may have been done or not."""

    code = "gateway_away"


def local_url(settings: Settings) -> str:
    """Return the address of this machine's gateway; raise SettingsError where its port is not known."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.http_host, settings.http_host)
    if not settings.http_port:
        raise SettingsError("SWITCHBOARD_HTTP_PORT is 0, so the gateway's port is not known: give --url.")
    return f"http://[{host}]:{settings.http_port}" if ":" in host else f"http://{host}:{settings.http_port}"


def operator_token(settings: Settings) -> str:
    """Return the operator token that is set or was made at the first start; never make one here.

    Raises SettingsError where there is none yet.
    """
    if settings.operator_token:
        return settings.operator_token.get_secret_value()
    try:
        token = (settings.home / "secrets" / OPERATOR).read_text("utf-8").strip()
    except OSError:
        token = ""
    if not token:
        raise SettingsError(
            f"There is no operator token in {settings.home} yet: start the gateway once, "
            "or set SWITCHBOARD_OPERATOR_TOKEN."
        )
    return token


def client_of(options: argparse.Namespace) -> OperatorClient:
    """Return a client of the gateway that `options.url` names, or of this machine's."""
    settings = load_settings().settings
    return OperatorClient(options.url or local_url(settings), operator_token(settings))


def show(value: object, lines: Iterable[str], *, as_json: bool) -> int:
    """Print a value, as JSON or in lines, with nothing that a terminal would obey; the exit code is 0."""
    for line in [json.dumps(value, indent=2, ensure_ascii=False)] if as_json else lines:
        print(CONTROLS.sub("", line))
    return 0


def save(data: bytes, out: str | None) -> int:
    """Write a file to `out`, which must not be there yet, or to standard output; the exit code is 0."""
    if out is None:
        sys.stdout.buffer.write(data)
        return 0
    try:
        with Path(out).open("xb") as file:
            file.write(data)
    except OSError as error:
        raise SwitchboardError(f"{out} can't be written: {error.strerror}.") from error
    print(f"{out}: {len(data)} bytes")
    return 0


class OperatorClient:
    """Asks the gateway at `url`; every method raises GatewayRefused with a sentence for the user."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"}

    async def get(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        """Read something."""
        return await self._ask("GET", path, params=query)

    async def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Do something."""
        return await self._ask("POST", path, json=body)

    async def download(self, path: str, query: Mapping[str, str]) -> bytes:
        """Fetch a file."""
        status, data = await self._send("GET", path, params=query)
        if status != 200:
            raise GatewayRefused(_sentence(status, _json(data)))
        return data

    async def upload(self, path: str, name: str, data: bytes, query: Mapping[str, str]) -> dict[str, Any]:
        """Send a file up."""
        headers = {"X-File-Name": quote(name), "Content-Type": "application/octet-stream"}
        return self._value(*await self._send("POST", path, params=query, data=data, headers=headers))

    async def put(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Put something in the place of what is there."""
        return await self._ask("PUT", path, json=body)

    async def delete(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Delete something."""
        return await self._ask("DELETE", path, json=body)

    async def _ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        return self._value(*await self._send(method, path, **options))

    def _value(self, status: int, data: bytes) -> dict[str, Any]:
        value = _json(data)
        if status == 200 and value is None:
            raise GatewayAway(f"No gateway answers at {self._url} (what answers is no JSON).")
        if status != 200 or not isinstance(value, dict):
            raise GatewayRefused(_sentence(status, value))
        return value

    async def _send(self, method: str, path: str, **options: Any) -> tuple[int, bytes]:
        try:
            async with (
                aiohttp.ClientSession(timeout=LIMIT, headers=self._headers) as http,
                http.request(method, self._url + path, allow_redirects=False, **options) as response,
            ):
                return response.status, await response.read()
        except TimeoutError:
            raise GatewayAway(f"The gateway at {self._url} did not answer in time.") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise GatewayAway(f"No gateway answers at {self._url} ({error}).") from None


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def _sentence(status: int, value: Any) -> str:
    error = value.get("error") if isinstance(value, dict) else None
    if not isinstance(error, dict):
        return f"The gateway answered {status}, which is not the operator API."
    return f"{error.get('message')} ({error.get('code')})"
