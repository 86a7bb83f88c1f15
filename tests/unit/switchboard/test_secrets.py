"""Secrets made at first start: once, private, the same for all who start together."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from pydantic import SecretStr

from switchboard.errors import SettingsError
from switchboard.secrets import Secrets, ensure_secrets, identity_secret
from switchboard.settings import Settings


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
