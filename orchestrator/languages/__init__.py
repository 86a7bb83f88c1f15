"""The languages we know: what tells each, and what we say ourselves in it; one TOML file a language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

LANGUAGES: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        path.stem: MappingProxyType(tomllib.loads(path.read_text("utf-8")))
        for path in sorted(Path(__file__).parent.glob("*.toml"))
    }
)
"""By two-letter tag, each part where we have it.

`told_by`: its smallest words and its own letters. `says`: our sentences. `asks`: words of a question that
say nothing of what it is about (`empty`), and what ways to ask stand for (`hints`, pattern and stem).
`times`: how days and times are told (patterns over folded text). `writes`: how a moment is written.
"""
