"""Identity tokens of the host site: a short-lived JWT that says who the visitor is (RFC 7519)."""

from __future__ import annotations

from dataclasses import dataclass

import jwt

from orchestrator.errors import IdentityRejected

AUDIENCE = "switchboard"
LONGEST = 600
LEEWAY = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Claims:
    """Who a visitor proved to be; `email` in lower case, `language` a two-letter code."""

    subject: str
    email: str | None
    name: str | None
    language: str | None


class Identities:
    """Checks identity tokens made with the shared secret (HS256)."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def verify(self, token: str) -> Claims:
        """Return the claims of `token`; raise `IdentityRejected` unless it is ours, fresh and short-lived."""
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=["HS256"],
                audience=AUDIENCE,
                leeway=LEEWAY,
                options={"require": ["sub", "aud", "iat", "exp"]},
            )
        except (jwt.InvalidTokenError, ValueError) as error:
            raise IdentityRejected("The identity token is not valid.") from error
        if int(claims["exp"]) - int(claims["iat"]) > LONGEST:
            raise IdentityRejected("The identity token is valid for more than 10 minutes.")
        return Claims(
            subject=_text(claims["sub"]) or _refuse(),
            email=(_text(claims.get("email")) or "").lower() or None,
            name=_text(claims.get("name")),
            language=(_text(claims.get("locale")) or "")[:2].lower() or None,
        )


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    cleaned = "".join(character for character in value if character.isprintable()).strip()
    return cleaned[:200] or None


def _refuse() -> str:
    raise IdentityRejected("The identity token names nobody.")
