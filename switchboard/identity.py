"""Builds what checks identity tokens from the settings."""

from __future__ import annotations

from pathlib import Path

from orchestrator.people.identity_tokens import Identities, IdentityKeyInvalid, PublicKey, read_public_key
from switchboard.errors import SettingsError
from switchboard.settings import Settings


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
