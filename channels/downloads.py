"""Files on their way to a browser: kept as files, never run or shown as a page of ours."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from aiohttp import web

from orchestrator.conversation.kept_files import KeptFile

SAFE_TYPES: Final = frozenset(
    {
        *("image/png", "image/jpeg", "image/gif", "image/webp"),
        *("application/pdf", "text/plain", "text/calendar", "message/rfc822"),
    }
)
"""Types that are told as they are; all others are bytes to be saved."""
_BYTES: Final = "application/octet-stream"
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9 ._()+,@=-]")


def file_response(kept: KeptFile) -> web.FileResponse:
    """Return the answer that hands a kept file over."""
    return web.FileResponse(kept.path, headers=download_headers(kept.name, kept.media_type))


def download_headers(name: str, media_type: str) -> dict[str, str]:
    """Return headers for a file to be saved: its type if that is safe, its name (RFC 6266), no scripts."""
    return {
        "Content-Type": media_type if media_type in SAFE_TYPES else _BYTES,
        "Content-Disposition": disposition(name),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, no-store",
    }


def disposition(name: str) -> str:
    """Return `attachment` with the name in ASCII, and as it is for those who can read it (RFC 8187)."""
    printable = (
        "".join(each for each in name if each.isprintable() and each not in "/\\").strip(" .") or "file"
    )
    plain = _UNSAFE.sub("_", printable)
    value = f'attachment; filename="{plain}"'
    if plain != printable:
        exact = quote(printable.encode("utf-8", "replace"), safe="!#$&+-.^_`|~")
        value += f"; filename*=UTF-8''{exact}"
    return value
