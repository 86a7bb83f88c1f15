"""What does the gateway that runs here say of its parts?"""

from __future__ import annotations

from switchboard.operations.finding import Finding, broken, ok, warning
from switchboard.operations.http_client import get_json
from switchboard.settings import Settings

PART = "running"


async def check_running(settings: Settings) -> Finding:
    """Ask its `/readyz`."""
    answer = await get_json(f"http://{settings.http_host}:{settings.http_port}/readyz", timeout=4.0)
    body = answer.body if isinstance(answer.body, dict) else {}
    if reasons := _told(body.get("reasons")):
        return broken(PART, f"The gateway that runs is not ready: {reasons}")
    if notices := _told(body.get("notices")):
        return warning(PART, f"The gateway that runs says: {notices}")
    if body.get("status") == "ready":
        return ok(PART, "The gateway that runs is ready, with all its parts.")
    return ok(PART, "No gateway runs at this address.")


def _told(parts: object) -> str:
    """Return an object of names and sentences as one text; empty where it is none: others answer too."""
    return " ".join(f"{name}: {why}" for name, why in parts.items()) if isinstance(parts, dict) else ""
