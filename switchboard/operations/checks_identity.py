"""Can identity tokens of the host site be checked?"""

from __future__ import annotations

from switchboard.errors import SettingsError
from switchboard.identity import read_key
from switchboard.operations.finding import Finding, broken, ok, warning
from switchboard.settings import Settings

PART = "identity"
SHORTEST_SECRET = 32  # bytes, RFC 7518 section 3.2


async def check_identity(settings: Settings) -> Finding:
    """Look at the keys that identity tokens are checked with."""
    try:
        keys = [read_key(path) for path in settings.identity_public_key]
    except SettingsError as error:
        return broken(PART, str(error))
    secret = settings.identity_secret.get_secret_value() if settings.identity_secret else ""
    if secret.lstrip().startswith(("-----BEGIN", "ssh-")):
        return broken(PART, "SWITCHBOARD_IDENTITY_SECRET is half a key pair: no HS256 token can be checked.")
    if secret and len(secret.encode()) < SHORTEST_SECRET:
        return warning(PART, f"SWITCHBOARD_IDENTITY_SECRET is shorter than {SHORTEST_SECRET} bytes.")
    names = ", ".join(f"{key.name} ({key.thumbprint})" for key in keys)
    signed = f"HS256 with the secret, EdDSA with {names}" if keys else "HS256 with the secret"
    once = "every token needs a jti" if settings.identity_require_jti else "a jti binds to one session"
    return ok(PART, f"Identity tokens are checked: {signed}; {once}.")
