"""Identity tokens of the host site: a short-lived JWT that says who the visitor is (RFC 7519)."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import phonenumbers
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from orchestrator.errors import IdentityRejected

AUDIENCE = "switchboard"
LONGEST = 600
LEEWAY = 30
LONGEST_TOKEN = 8_192
"""Characters; a token has some hundred."""
LONGEST_SUBJECT = 255
"""OpenID Connect Core 2 allows that many."""
LONGEST_EMAIL = 254
LONGEST_NAME = 200
ADDRESS = re.compile(r"[^\s@<>\"(),;:\\]{1,64}@[^\s@<>\"(),;:\\]{1,189}")
PHONE = re.compile(r"\+[0-9][0-9 ().-]{4,38}[0-9]", re.ASCII)
LOCALE = re.compile(r"([A-Za-z]{2})(?:[-_].{0,60})?", re.DOTALL)
BY_CODE = "email:"
"""How sessions call who proved an address: by this and the address."""
UNSHOWN = frozenset({"Cc", "Cs", "Zl", "Zp"})
REORDERS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that change the order in which others are shown (Unicode annex 9)."""


class IdentityKeyInvalid(ValueError):
    """A configured key can't check identity tokens; one sentence says why."""

    code = "identity_key_invalid"


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicKey:
    """A host site's Ed25519 key; a token's `kid` names it by `name` or by its thumbprint (RFC 7638)."""

    name: str
    thumbprint: str
    key: Ed25519PublicKey


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenUse:
    """A token that may be used by one session only: the hash of its `jti`, and when it ends."""

    hash: bytes
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Claims:
    """Who a visitor proved to be: what the token says, never a cleaned version of it (RFC 7519 section 2).

    `email` has its ASCII letters in lower case, as mail has them; `phone` is in E.164 without the marks that
    only structure it (RFC 3966 5.1.1); `language` is a two-letter code.
    """

    subject: str
    email: str | None
    name: str | None
    language: str | None
    phone: str | None = None
    use: TokenUse | None = None

    @property
    def person(self) -> str:
        """Return what sessions call them: never what they call who proved an address by a code."""
        # No sub holds a control character, so nobody else can be called like this.
        return f"\x1f{self.subject}" if self.subject.startswith(BY_CODE) else self.subject


def read_public_key(pem: bytes, *, name: str) -> PublicKey:
    """Read an Ed25519 public key in PEM (RFC 8410); raise `IdentityKeyInvalid` for anything else."""
    if b"PRIVATE KEY" in pem:
        raise IdentityKeyInvalid("It holds a private key; the gateway needs the public one only.")
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise IdentityKeyInvalid("It holds no public key in PEM.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise IdentityKeyInvalid("It holds a key of another kind than Ed25519.")
    return PublicKey(name=name, thumbprint=_thumbprint(key), key=key)


class Identities:
    """Checks identity tokens: HS256 with the shared secret, EdDSA with the host site's public keys.

    `public_keys` are several while one replaces another; with `require_jti` every token needs an id, which
    binds it to one session.
    """

    def __init__(
        self, secret: str, *, public_keys: Sequence[PublicKey] = (), require_jti: bool = False
    ) -> None:
        self._secret = secret
        self._public_keys = tuple(public_keys)
        self._require_jti = require_jti

    def verify(self, token: str) -> Claims:
        """Return the claims of `token`; raise `IdentityRejected` unless it is ours, fresh and short-lived.

        A `sub` must have 1 to 255 characters, none of them a control character. An `email`, `phone` or
        `name` that is not what it should be is left out; docs/security.md has the rules.
        """
        claims = self._decoded(token)
        if not 0 < int(claims["exp"]) - int(claims["iat"]) <= LONGEST:
            raise IdentityRejected("The identity token is valid for more than 10 minutes.")
        use = _use(claims)
        if use is None and self._require_jti:
            raise IdentityRejected("The identity token has no id (jti).")
        return Claims(
            subject=_subject(claims["sub"]),
            email=_email(claims),
            name=_name(claims.get("name")),
            language=_language(claims.get("locale")),
            phone=_phone(claims),
            use=use,
        )

    def _decoded(self, token: str) -> Mapping[str, Any]:
        if len(token) > LONGEST_TOKEN:
            raise IdentityRejected("The identity token is too long.")
        try:
            algorithm, keys = self._keys(jwt.get_unverified_header(token))
            for key in keys[:-1]:
                try:
                    return _decode(token, key, algorithm)
                except jwt.InvalidSignatureError:
                    continue  # another key may have signed it
            return _decode(token, keys[-1], algorithm)
        except (jwt.PyJWTError, ValueError, RecursionError, OverflowError) as error:
            raise IdentityRejected("The identity token is not valid.") from error

    def _keys(self, header: Mapping[str, Any]) -> tuple[str, Sequence[str | Ed25519PublicKey]]:
        """Return the one algorithm of the kind of key that the token asks for, and the keys of that kind.

        A public key never serves as a secret (RFC 8725 section 2.1). ValueError when there is none.
        """
        algorithm = header.get("alg")
        if algorithm == "HS256":
            return "HS256", (self._secret,)
        if algorithm != "EdDSA" or not self._public_keys:
            raise ValueError("no key for this algorithm")
        kid = header.get("kid")
        named = [each.key for each in self._public_keys if kid in (each.name, each.thumbprint)]
        return "EdDSA", named or [each.key for each in self._public_keys]


def _decode(token: str, key: str | Ed25519PublicKey, algorithm: str) -> Mapping[str, Any]:
    claims: Mapping[str, Any] = jwt.decode(
        token,
        key,
        algorithms=[algorithm],
        audience=AUDIENCE,
        leeway=LEEWAY,
        options={"require": ["sub", "aud", "iat", "exp"], "strict_aud": True},
    )
    return claims


def _use(claims: Mapping[str, Any]) -> TokenUse | None:
    """Return what binds a token with a `jti`; its text would not do, one signature can be spelled twice."""
    if not claims.get("jti"):
        return None
    expires_at = datetime.fromtimestamp(int(claims["exp"]), UTC) + timedelta(seconds=LEEWAY)
    named = f"{claims['sub']}\0{claims['jti']}".encode("utf-8", "surrogatepass")
    return TokenUse(hash=hashlib.sha256(named).digest(), expires_at=expires_at)


def _subject(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_SUBJECT or not value.strip() or _unshown(value):
        # Blanks alone name nobody: a site that signs them for one visitor signs them for all.
        raise IdentityRejected("The identity token names nobody: its sub has 1 to 255 characters of text.")
    return value


def _email(claims: Mapping[str, Any]) -> str | None:
    value = claims.get("email")
    if not isinstance(value, str) or not _vouched(claims, "email_verified"):
        return None
    return plain_address(value)


def plain_address(text: str) -> str | None:
    """Return an e-mail address with its ASCII letters in lower case; None where it is no plain address."""
    if len(text) > LONGEST_EMAIL or not text.isprintable() or not ADDRESS.fullmatch(text):
        return None
    # The Kelvin sign's lower case is a plain k: what only case folding makes equal is another address.
    lower = text.lower()
    return lower if lower == _ascii_lower(text) else None


def _phone(claims: Mapping[str, Any]) -> str | None:
    value = claims.get("phone")
    if not isinstance(value, str) or not PHONE.fullmatch(value):
        return None
    if not (_vouched(claims, "phone_verified") and _vouched(claims, "phone_number_verified")):
        return None
    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _vouched(claims: Mapping[str, Any], name: str) -> bool:
    """Say whether the site stands for a claim: only `true` says so (Apple sends it as text), or silence.

    A site that passes on what its visitor typed says so with `email_verified` (OpenID Connect Core 5.1).
    """
    return name not in claims or claims[name] is True or claims[name] == "true"


def _name(value: object) -> str | None:
    """Return a name, which is shown and never compared; none where it can't be shown as it is."""
    if not isinstance(value, str) or not 0 < len(value.strip()) <= LONGEST_NAME:
        return None
    return None if _unshown(value) or REORDERS & set(value) else value.strip()


def _language(value: object) -> str | None:
    found = LOCALE.fullmatch(value) if isinstance(value, str) else None
    return found[1].lower() if found else None


def _unshown(text: str) -> bool:
    return any(unicodedata.category(character) in UNSHOWN for character in text)


def _ascii_lower(text: str) -> str:
    return "".join(character.lower() if character.isascii() else character for character in text)


def _thumbprint(key: Ed25519PublicKey) -> str:
    x = _base64url(key.public_bytes(Encoding.Raw, PublicFormat.Raw))
    return _base64url(hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}'.encode()).digest())


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
