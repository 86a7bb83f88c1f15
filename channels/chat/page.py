"""`GET /`, `/widget.js` and what they load; and the identities of those whom the page can sign in."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Final

from aiohttp import web

from channels.chat.chat_frames import parse_object
from channels.chat.errors import ChatError, FrameRefused, OriginRefused
from channels.chat.gate import Gate, Handler, is_local, read_body

DemoIdentities = Callable[[str], str]
"""Makes an identity token for one of the page's visitors; raises KeyError for anybody else."""
VoiceOffered = Callable[[], bool]
"""Says whether calls are taken now."""

_FOLDER: Final = Path(__file__).with_name("widget")
_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
_HOST: Final = re.compile(r"[A-Za-z0-9.\-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")
_PAGE: Final = ("page.html", "page.js", "page.css")


@dataclass(frozen=True, kw_only=True, slots=True)
class Asset:
    """One file of the page, read once."""

    body: bytes
    media_type: str
    etag: str


def load_asset(path: Path) -> Asset:
    """Read one file and remember its fingerprint."""
    body = path.read_bytes()
    return Asset(body=body, media_type=_TYPES[path.suffix], etag=hashlib.sha256(body).hexdigest()[:32])


@dataclass(frozen=True, kw_only=True, slots=True)
class Front:
    """The page at `/`: the business's name and first language, and by key the names of who can be tried.

    `folder` may hold a page.html of its own, and what that loads from `/page/`.
    """

    name: str = "Switchboard"
    language: str = "en"
    visitors: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None


class Pages:
    """Serves the page, the widget's modules and, where they are allowed, the demo identities."""

    def __init__(
        self,
        gate: Gate,
        demo_identities: DemoIdentities | None,
        voice: VoiceOffered | None = None,
        front: Front | None = None,
    ) -> None:
        self._gate = gate
        self._demo = demo_identities
        self._voice = voice
        self._front = front or Front()
        assets = _assets(_FOLDER)
        self._page_files = {name: assets.pop(name) for name in _PAGE} | _assets(self._front.folder)
        self._widget_files = assets

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the page, without error handling around them."""
        entry = self._widget_files["widget.js"]
        return [
            web.get("/", self._page),
            web.get("/widget.js", _serving(entry)),
            web.get("/widget/config.json", self._config),
            *(
                web.get(f"/widget/{name}", _serving(asset))
                for name, asset in self._widget_files.items()
                if asset is not entry
            ),
            *(web.get(f"/page/{name}", _serving(asset)) for name, asset in self._page_files.items()),
        ]

    async def _config(self, request: web.Request) -> web.StreamResponse:
        offered = self._voice is not None and self._voice()
        headers = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
        return web.json_response({"voice": offered}, headers=headers)

    async def _page(self, request: web.Request) -> web.StreamResponse:
        front = self._front
        said = {
            "name": front.name,
            "language": front.language,
            "visitors": json.dumps(dict(front.visitors) if self._offers_demo(request) else {}),
        }
        html = self._page_files["page.html"].body.decode()
        for name, value in said.items():
            html = html.replace(f"{{{{{name}}}}}", escape(value))
        return web.Response(text=html, content_type="text/html", headers=page_headers(request))

    def _offers_demo(self, request: web.Request) -> bool:
        return self._demo is not None and is_local(request)

    async def identity(self, request: web.Request) -> web.StreamResponse:
        """`POST /demo/identity {"who":"…"}`: an identity token, for visitors of this very machine only."""
        self._gate.admit(request)
        if self._demo is None or not is_local(request):
            raise OriginRefused("Demo identities are made only on the machine that runs the gateway.")
        if request.content_type != "application/json":
            raise ChatError("Send application/json.", code="media_type")
        who = parse_object((await read_body(request, most=1_024, timeout=5.0)).decode(errors="replace"))
        try:
            return web.json_response({"identity": self._demo(str(who.get("who")))})
        except KeyError:
            raise FrameRefused("who must be one of the page's visitors", code="invalid_message") from None


def _assets(folder: Path | None) -> dict[str, Asset]:
    if folder is None or not folder.is_dir():
        return {}
    return {path.name: load_asset(path) for path in folder.iterdir() if path.suffix in _TYPES}


def _serving(asset: Asset) -> Handler:
    """Return the handler of one file."""

    async def serve(request: web.Request) -> web.StreamResponse:
        headers = {
            "ETag": f'"{asset.etag}"',
            "Cache-Control": "no-cache",
            "X-Content-Type-Options": "nosniff",
            # Any site may load the widget; what it may do is decided by the socket's allow-list.
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        if any(tag.value == asset.etag for tag in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        return web.Response(body=asset.body, content_type=asset.media_type, charset="utf-8", headers=headers)

    return serve


def page_headers(request: web.Request) -> dict[str, str]:
    """Return the page's security headers; nothing but our own files, and no markup from scripts.

    Content Security Policy Level 3; `require-trusted-types-for` turns any innerHTML into an error.
    """
    sockets = ""
    if _HOST.fullmatch(request.host):
        # Not every browser counts the socket's scheme as 'self'.
        sockets = f" ws://{request.host} wss://{request.host}"
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self'{sockets}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-cache",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
