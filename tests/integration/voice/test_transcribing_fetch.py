"""Weights by size name: fetched once from the hub, then found in the cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.voice.settings import VoiceSettings
from channels.voice.transcribing.weights import SIZES, TEST_MODEL, find_weights
from channels.voice.transcribing.whisper import Whisper
from tests.support.voice.hub import Hub
from tests.support.voice.speech import speech


async def heard(model: str) -> str:
    whisper = Whisper(model=model, settings=VoiceSettings(whisper_threads=1))
    await whisper.start()
    try:
        said = await whisper.transcribe(speech("Where is my order 1 0 4 2?"), language=None)
    finally:
        await whisper.stop()
    assert model in whisper.detail or whisper.notice is not None
    return said.text


async def test_a_size_name_is_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub(SIZES["tiny"], TEST_MODEL)
    async with hub.server() as server:
        monkeypatch.setenv("HF_ENDPOINT", str(server.make_url("")).rstrip("/"))
        monkeypatch.setenv("HF_HOME", str(tmp_path))
        monkeypatch.delenv("HF_HUB_CACHE", raising=False)
        assert await heard("tiny") == "Where is my order 1042?"
        assert "model.bin" in hub.given
        fetched = list(hub.given)
        assert await heard("tiny") == "Where is my order 1042?"
        assert hub.given == fetched
    assert find_weights("tiny").folder is not None
