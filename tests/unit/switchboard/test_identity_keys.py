"""The keys that identity tokens are checked with, from the settings to the doctor."""

from __future__ import annotations

import time
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from orchestrator.errors import IdentityRejected
from switchboard.demo import sign_identity
from switchboard.errors import SettingsError
from switchboard.operations.checks import check_identity
from switchboard.secrets import make_identities
from switchboard.sources import load_settings

SECRET = "a secret of at least thirty-two bytes"


def keep(folder: Path, name: str, key: Ed25519PrivateKey) -> Path:
    path = folder / f"{name}.pem"
    path.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path


def token(key: Ed25519PrivateKey, kid: str) -> str:
    now = int(time.time())
    claims = {"sub": "ada", "aud": "switchboard", "iat": now, "exp": now + 60, "jti": "1"}
    return jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": kid})


async def test_several_keys_count(clean_environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    paths = [keep(clean_environment, name, key) for name, key in (("old", old), ("new", new))]
    monkeypatch.setenv("SWITCHBOARD_IDENTITY_PUBLIC_KEY", ",".join(map(str, paths)))
    monkeypatch.setenv("SWITCHBOARD_IDENTITY_REQUIRE_JTI", "true")
    settings = load_settings().settings
    identities = make_identities(settings, SECRET)
    assert identities.verify(token(old, "old")).subject == "ada"
    assert identities.verify(token(new, "new")).subject == "ada"
    with pytest.raises(IdentityRejected):
        identities.verify(token(old, "new"))
    assert identities.verify(sign_identity("ada@example.com", "Ada", SECRET)).use is not None
    finding = await check_identity(settings)
    assert finding.state == "ok"
    assert "old (" in finding.detail
    assert "every token needs a jti" in finding.detail


async def test_a_private_key_stops_the_start(
    clean_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = clean_environment / "key.pem"
    key = Ed25519PrivateKey.generate()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    monkeypatch.setenv("SWITCHBOARD_IDENTITY_PUBLIC_KEY", str(path))
    settings = load_settings().settings
    with pytest.raises(SettingsError, match=r"SWITCHBOARD_IDENTITY_PUBLIC_KEY is wrong: .*private"):
        make_identities(settings, SECRET)
    assert (await check_identity(settings)).state == "broken"


def test_a_file_that_is_not_there_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHBOARD_IDENTITY_PUBLIC_KEY", "missing.pem")
    with pytest.raises(SettingsError, match="SWITCHBOARD_IDENTITY_PUBLIC_KEY"):
        load_settings()


@pytest.mark.parametrize(
    ("secret", "state"), [("short", "warning"), ("-----BEGIN PUBLIC KEY-----", "broken")]
)
async def test_a_secret_that_is_none(monkeypatch: pytest.MonkeyPatch, secret: str, state: str) -> None:
    monkeypatch.setenv("SWITCHBOARD_IDENTITY_SECRET", secret)
    assert (await check_identity(load_settings().settings)).state == state
