"""The signature on what Twilio posts. Source: Twilio, "Webhook security" and "Security"."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

from yarl import URL

HEADER: Final = "X-Twilio-Signature"
_PORTS: Final = {"http": 80, "https": 443}

Fields = Iterable[tuple[str, str]]


def sign(url: str, fields: Fields, *, secret: str) -> str:
    """Return the signature: base64 of HMAC-SHA1 over the URL and then each field, sorted, name and value.

    A name that comes twice counts once per value, as Twilio's own libraries have it.
    """
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    digest = hmac.new(secret.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def is_signed(url: str, fields: Fields, *, secret: str, signature: str) -> bool:
    """Say whether `signature` is right for the URL with or without its standard port; in constant time."""
    fields = list(fields)
    given = signature.encode("utf-8", "replace")
    right = [
        hmac.compare_digest(sign(written, fields, secret=secret).encode(), given) for written in _ways(url)
    ]
    return any(right)


def _ways(url: str) -> list[str]:
    """Return the URL as it stands and with its standard port: which of them is signed varies."""
    parsed = URL(url, encoded=True)
    port = _PORTS.get(parsed.scheme)
    if port is None or parsed.explicit_port is not None or not parsed.raw_host:
        return [url]
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return [url, f"{scheme}://{authority}:{port}{slash}{path}"]
