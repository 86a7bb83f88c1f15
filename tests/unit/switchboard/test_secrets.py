"""Secrets made at first start: once, private, the same for all who start together."""

from __future__ import annotations

import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pydantic import SecretStr

from orchestrator.errors import IdentityRejected
from switchboard.errors import SettingsError
from switchboard.operations.checks import check_identity
from switchboard.secrets import Secrets, ensure_secrets, identity_secret, make_identities
from switchboard.settings import Settings
from switchboard.sources import load_settings
from switchboard.web_chat import sign_identity


def _values(secrets: Secrets) -> tuple[str, str]:
    return secrets.identity.get_secret_value(), secrets.operator.get_secret_value()


def test_the_first_start_makes_them_and_the_second_keeps_them(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "var")
    first, second = ensure_secrets(settings), ensure_secrets(settings)
    assert _values(first) == _values(second)
    assert (first.operator_is_new, second.operator_is_new) == (True, False)
    assert all(len(value) >= 43 for value in _values(first))  # 32 bytes in base64
    assert len(set(_values(first))) == 2


def test_only_the_owner_can_read_them(tmp_path: Path) -> None:
    ensure_secrets(Settings(home=tmp_path))
    folder = tmp_path / "secrets"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted((file.name, stat.S_IMODE(file.stat().st_mode)) for file in folder.iterdir()) == [
        ("identity_secret", 0o600),
        ("operator_token", 0o600),
    ]


def test_a_setting_wins_and_makes_no_file(tmp_path: Path) -> None:
    given = Settings(home=tmp_path, identity_secret=SecretStr("i" * 32), operator_token=SecretStr("o" * 32))
    secrets = ensure_secrets(given)
    assert _values(secrets) == ("i" * 32, "o" * 32)
    assert not secrets.operator_is_new
    assert list(tmp_path.iterdir()) == []


def test_all_who_start_at_once_get_the_same_and_one_announces_it(tmp_path: Path) -> None:
    for attempt in range(20):
        settings = Settings(home=tmp_path / str(attempt))
        together = Barrier(8)

        def start(settings: Settings = settings, together: Barrier = together) -> Secrets:
            together.wait(timeout=10)
            return ensure_secrets(settings)

        with ThreadPoolExecutor(8) as pool:
            found = [future.result() for future in [pool.submit(start) for _ in range(8)]]
        assert len({_values(secrets) for secrets in found}) == 1
        assert sum(secrets.operator_is_new for secrets in found) == 1
        assert len(list((settings.home / "secrets").iterdir())) == 2


def test_a_home_that_is_a_file_names_its_variable(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    with pytest.raises(SettingsError, match="SWITCHBOARD_HOME is wrong"):
        ensure_secrets(Settings(home=tmp_path / "var"))


def test_an_empty_secret_is_never_used(tmp_path: Path) -> None:
    ensure_secrets(Settings(home=tmp_path))
    (tmp_path / "secrets" / "operator_token").write_text("\n")
    with pytest.raises(SettingsError, match="operator_token in it is empty"):
        ensure_secrets(Settings(home=tmp_path))


def test_looking_for_the_identity_secret_makes_none(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "var")
    assert identity_secret(settings) is None
    assert not settings.home.exists()
    made = ensure_secrets(settings).identity
    assert identity_secret(settings) == made


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
