"""Where settings come from: environment, `*_FILE` secrets, `switchboard.toml`, defaults, in that order."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_settings import EnvSettingsSource

from switchboard.errors import SettingsError
from switchboard.settings import Settings

PREFIX = "SWITCHBOARD_"
CONFIG = "SWITCHBOARD_CONFIG"
SECRETS = ("oxlo_api_key", "database_url", "smarthost", "identity_secret", "operator_token")
LONGEST_SECRET = 16_384  # bytes
DEEPEST = 8  # tables within each other


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """The settings, where each one that is not a default came from, and what looked odd."""

    settings: Settings
    origins: Mapping[str, str]
    warnings: tuple[str, ...]


def load_settings() -> Loaded:
    """Read the settings of this process.

    Raises SettingsError with one sentence for each setting that is wrong.
    """
    file = _config_file()
    sources = {
        "environment": _environment(),
        "secret file": _secret_files(),
        str(file): _toml(file) if file else {},
    }
    origins: dict[str, str] = {}
    for name, values in reversed(sources.items()):
        origins |= {key: _origin(name, key) for key in _flat(values)}
    try:
        settings = Settings(**_merged(*sources.values()))
    except ValidationError as error:
        raise SettingsError(*_problems(error, origins)) from None
    return Loaded(settings=settings, origins=origins, warnings=_warnings(settings))


def variable(key: str) -> str:
    """Name the environment variable of a setting: `turn.deadline` is `SWITCHBOARD_TURN__DEADLINE`."""
    name = key.replace(".", "__").upper()
    return name if name.startswith("OXLO_") else PREFIX + name


def known_keys(model: type[BaseModel] = Settings, above: str = "") -> Iterator[str]:
    """Yield every setting's dotted name."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from known_keys(kind, f"{above}{name}.")
        else:
            yield above + name


def _merged(*sources: Mapping[str, Any]) -> dict[str, Any]:
    """Lay the sources over each other, the first on top, group by group."""
    merged: dict[str, Any] = {}
    for values in reversed(sources):
        for key, value in values.items():
            below = merged.get(key)
            if isinstance(value, dict) and isinstance(below, dict):
                merged[key] = _merged(value, below)
            else:
                merged[key] = value
    return merged


def _environment() -> dict[str, Any]:
    groups = {variable(key.rpartition(".")[0]) for key in known_keys() if "." in key}
    for name in os.environ:
        if name.upper() in groups:
            raise SettingsError(f"{name} is wrong: it is a group, set {name}__NAME for one setting of it.")
    return _only_known(EnvSettingsSource(Settings)(), {variable(key) for key in known_keys()})


def _only_known(values: dict[str, Any], known: set[str], above: str = "") -> dict[str, Any]:
    """Leave unknown names of a group out: they are warned about, as unknown names at the top are."""
    kept: dict[str, Any] = {}
    for key, value in values.items():
        name = above + key.lower()
        if isinstance(value, dict):
            kept[key.lower()] = _only_known(value, known, f"{name}.")
        elif variable(name) in known:
            kept[key.lower()] = value
    return kept


def _secret_files() -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key in SECRETS:
        name = f"{variable(key)}_FILE"
        path = os.environ.get(name)
        if not path:
            continue
        if os.environ.get(variable(key)):
            raise SettingsError(f"Set {variable(key)} or {name}, not both.")
        values[key] = _secret(name, Path(path))
    return values


def _secret(name: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(LONGEST_SECRET + 1).decode()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(f"{name} is wrong: {path} can't be read ({reason}).") from None
    if not text.strip() or len(text) > LONGEST_SECRET:
        raise SettingsError(f"{name} is wrong: {path} is empty or holds more than {LONGEST_SECRET} bytes.")
    return text.strip()


def _config_file() -> Path | None:
    named = os.environ.get(CONFIG)
    if named and not Path(named).is_file():
        raise SettingsError(f"{CONFIG} is wrong: {named} is not a file.")
    file = Path(named or "switchboard.toml")
    return file if file.is_file() else None


def _toml(file: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(file.read_text())
    except (OSError, ValueError, RecursionError) as error:
        said = " ".join(str(error).split())[:300] or type(error).__name__
        raise SettingsError(f"{file} can't be read: {said}.") from None
    known = set(known_keys())
    unknown = [
        f"{file}: {key[:80]!r} is not a setting{_hint(key[:80], known)}"
        for key in _flat(values)
        if key not in known
    ]
    if unknown:
        raise SettingsError(*unknown)
    return values


def _flat(values: Mapping[str, Any], above: str = "", depth: int = 0) -> Iterator[str]:
    """Yield dotted names, of a nesting no deeper than any setting's could be: dotted keys nest endlessly."""
    for key, value in values.items():
        if isinstance(value, dict) and depth < DEEPEST:
            yield from _flat(value, f"{above}{key}.", depth + 1)
        else:
            yield above + key.lower()


def _origin(source: str, key: str) -> str:
    named = {"environment": variable(key), "secret file": f"{variable(key)}_FILE"}
    return named.get(source, source)


def _problems(error: ValidationError, origins: Mapping[str, str]) -> Iterator[str]:
    seen: set[str] = set()
    for problem in error.errors(include_url=False):
        if problem["type"] == "default_factory_not_called":
            continue  # a path in the business, which waits for all else to be right
        key = ".".join(part for part in problem["loc"] if isinstance(part, str)).lower()
        known = next((name for name in known_keys() if key == name or key.startswith(f"{name}.")), key)
        origin = origins.get(known, variable(known))
        name = origin if origin.startswith(variable(known)) else f"{variable(known)} (`{known}` in {origin})"
        text = problem["msg"].removeprefix("Value error, ").rstrip(".")
        given = "" if known in SECRETS else f" (it is {_shown(problem['input'])})"
        sentence = f"{name} is wrong: {text[:1].lower()}{text[1:]}{given}."
        if sentence not in seen:
            seen.add(sentence)
            yield sentence


def _shown(value: object) -> str:
    try:
        return repr(str(value)[:80])
    except ValueError:  # an integer of more digits than Python writes
        return "a number of thousands of digits"


def _warnings(settings: Settings) -> tuple[str, ...]:
    known = {variable(key) for key in known_keys()} | {f"{variable(key)}_FILE" for key in SECRETS} | {CONFIG}
    found = sorted(
        name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known
    )
    odd = [f"{name} is not a setting and has no effect{_hint(name, known)}" for name in found]
    secret = settings.identity_secret
    if secret and len(secret.get_secret_value().encode()) < 32:
        odd.append(
            "SWITCHBOARD_IDENTITY_SECRET is shorter than the 32 bytes that HS256 asks for (RFC 7518, 3.2)."
        )
    return tuple(odd)


def _hint(name: str, known: set[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else "."
