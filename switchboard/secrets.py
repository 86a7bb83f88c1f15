"""The two secrets this installation makes for itself at its first start.

They lie under `SWITCHBOARD_HOME/secrets`, readable by their owner alone, one per file. A setting wins
over the file. Processes that start at once agree on one value: the first to link its file into place
wins, the others read what it wrote.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from orchestrator.people.identity_tokens import Identities, IdentityKeyInvalid, PublicKey, read_public_key
from switchboard.errors import SettingsError
from switchboard.settings import Settings

IDENTITY = "identity_secret"
OPERATOR = "operator_token"
BYTES = 32  # RFC 7518 section 3.2: an HS256 key has at least 256 bits


@dataclass(frozen=True, kw_only=True, slots=True)
class Secrets:
    """What signs identity tokens, what opens the operator API, and whether the latter was made just now."""

    identity: SecretStr
    operator: SecretStr
    operator_is_new: bool


def ensure_secrets(settings: Settings) -> Secrets:
    """Return both secrets; those that are neither set nor made yet are made and kept.

    Raises SettingsError where `SWITCHBOARD_HOME` can't be used.
    """
    folder = settings.home / "secrets"
    try:
        identity, _ = _kept(folder / IDENTITY, settings.identity_secret)
        operator, is_new = _kept(folder / OPERATOR, settings.operator_token)
    except OSError as error:
        raise SettingsError(
            f"SWITCHBOARD_HOME is wrong: {folder} can't be used ({error.strerror})."
        ) from None
    return Secrets(identity=identity, operator=operator, operator_is_new=is_new)


def identity_secret(settings: Settings) -> SecretStr | None:
    """Return the identity secret without making one; None where the gateway never started."""
    if settings.identity_secret:
        return settings.identity_secret
    try:
        return SecretStr(_read(settings.home / "secrets" / IDENTITY))
    except OSError:
        return None


def _kept(file: Path, given: SecretStr | None) -> tuple[SecretStr, bool]:
    if given:
        return given, False
    try:
        return SecretStr(_read(file)), False
    except FileNotFoundError:
        is_new = _make(file)
        return SecretStr(_read(file)), is_new


def _read(file: Path) -> str:
    text = file.read_text().strip()
    if not text:
        raise OSError(None, f"{file.name} in it is empty")
    return text


def _make(file: Path) -> bool:
    """Write a fresh secret, whole or not at all; False when another process was quicker."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".new-")  # mkstemp makes it 0600
    try:
        with os.fdopen(descriptor, "w") as draft:
            draft.write(secrets.token_urlsafe(BYTES))
            draft.flush()
            os.fsync(draft.fileno())
        os.link(name, file)
    except FileExistsError:
        return False
    finally:
        Path(name).unlink()
    return True


def make_identities(settings: Settings, secret: str) -> Identities:
    """Return the checker of identity tokens; raise `SettingsError` where a public key can't be used."""
    return Identities(
        secret,
        public_keys=[read_key(path) for path in settings.identity_public_key],
        require_jti=settings.identity_require_jti,
    )


def read_key(path: Path) -> PublicKey:
    """Read the public key in a PEM file, named like the file; raise `SettingsError` where that can't be."""
    try:
        return read_public_key(path.read_bytes(), name=path.stem)
    except OSError as error:
        raise SettingsError(
            f"SWITCHBOARD_IDENTITY_PUBLIC_KEY is wrong: {path} can't be read ({error.strerror})."
        ) from error
    except IdentityKeyInvalid as error:
        raise SettingsError(f"SWITCHBOARD_IDENTITY_PUBLIC_KEY is wrong: {path}: {error}") from error
