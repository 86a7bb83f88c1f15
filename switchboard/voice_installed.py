"""Whether voice can run here: wanted, and its extra installed. Imports nothing of it."""

from __future__ import annotations

import importlib.util

import structlog
from aiohttp import web

from switchboard.settings import Settings

log = structlog.get_logger()
NEEDED = ("numpy", "onnxruntime", "soxr", "faster_whisper")
ENGINES = {"pyttsx3": ("pyttsx3", "espeakng_loader")}
PATHS = (
    ("GET", "/voice"),
    ("GET", "/voice/twilio"),
    ("POST", "/voice/twilio/incoming"),
    ("POST", "/voice/twilio/next"),
)


def voice_installed(settings: Settings) -> bool:
    """Say whether voice is to run; a missing package is logged, and the rest runs without voice."""
    if not settings.voice.enabled:
        return False
    missing = missing_packages(settings)
    if missing:
        log.warning("voice is off: its packages are not installed", missing=missing)
    return not missing


def missing_packages(settings: Settings) -> list[str]:
    """Return the packages of the extra `voice` that are needed and not there."""
    needed = (*NEEDED, *ENGINES.get(settings.speaker, ()))
    return [name for name in needed if importlib.util.find_spec(name) is None]


def no_voice_routes() -> list[web.RouteDef]:
    """Return routes that say that there is no voice here."""

    async def none(_: web.Request) -> web.Response:
        error = {"code": "no_voice", "message": "This gateway runs without voice."}
        return web.json_response({"error": error}, status=404)

    return [web.route(method, path, none) for method, path in PATHS]
