"""`GET /`, `/widget.js` and what they load; and the demo identities of the example shop."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from channels.chat.chat_frames import parse_object
from channels.chat.errors import ChatError, FrameRefused, OriginRefused
from channels.chat.gate import Gate, Handler, is_local, read_body

DemoIdentities = Callable[[str], str]
"""Makes an identity token for one of the example shop's people: "ada" or "bob"."""
VoiceOffered = Callable[[], bool]
"""Says whether calls are taken now."""

PEOPLE: Final = ("ada", "bob")
_FOLDER: Final = Path(__file__).with_name("widget")
_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
_HOST: Final = re.compile(r"[A-Za-z0-9.\-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")
_PAGE_FILES: Final = ("page.html", "page.js", "page.css")


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


class Pages:
    """Serves the page, the widget's modules and, where they are allowed, the demo identities."""

    def __init__(
        self, gate: Gate, demo_identities: DemoIdentities | None, voice: VoiceOffered | None = None
    ) -> None:
        self._gate = gate
        self._demo = demo_identities
        self._voice = voice
        self._assets = {path.name: load_asset(path) for path in _FOLDER.iterdir() if path.suffix in _TYPES}

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the page, without error handling around them."""
        modules = [name for name in self._assets if name not in ("widget.js", *_PAGE_FILES)]
        return [
            web.get("/", self._page),
            web.get("/widget.js", self._widget("widget.js")),
            web.get("/widget/config.json", self._config),
            *(web.get(f"/widget/{name}", self._widget(name)) for name in modules),
            *(web.get(f"/page/{name}", self._widget(name)) for name in _PAGE_FILES if name != "page.html"),
        ]

    async def _config(self, request: web.Request) -> web.StreamResponse:
        offered = self._voice is not None and self._voice()
        headers = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
        return web.json_response({"voice": offered}, headers=headers)

    async def _page(self, request: web.Request) -> web.StreamResponse:
        html = self._assets["page.html"].body.decode()
        demo = "on" if self._offers_demo(request) else "off"
        return web.Response(
            text=html.replace("{{demo}}", demo), content_type="text/html", headers=page_headers(request)
        )

    def _widget(self, name: str) -> Handler:
        asset = self._assets[name]

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
            return web.Response(
                body=asset.body, content_type=asset.media_type, charset="utf-8", headers=headers
            )

        return serve

    def _offers_demo(self, request: web.Request) -> bool:
        return self._demo is not None and is_local(request)

    async def identity(self, request: web.Request) -> web.StreamResponse:
        """`POST /demo/identity {"who":"ada"}`: an identity token, for visitors of this very machine only."""
        self._gate.admit(request)
        if self._demo is None or not is_local(request):
            raise OriginRefused("Demo identities are made only on the machine that runs the example shop.")
        if request.content_type != "application/json":
            raise ChatError("Send application/json.", code="media_type")
        who = parse_object((await read_body(request, most=1_024, timeout=5.0)).decode(errors="replace"))
        if who.get("who") not in PEOPLE:
            raise FrameRefused("who must be ada or bob", code="invalid_message")
        return web.json_response({"identity": self._demo(str(who["who"]))})


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
