"""Which weights are configured and whether they are here, told from files alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from channels.voice.transcribing.weights import TEST_MODEL, find_weights


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    return tmp_path / "hub"


def test_the_shipped_test_model_is_known_as_one() -> None:
    weights = find_weights(str(TEST_MODEL))
    assert weights.problem is None
    assert weights.folder == TEST_MODEL
    assert weights.synthetic


def test_a_size_that_is_not_in_the_cache_has_to_be_fetched(cache: Path) -> None:
    weights = find_weights("base")
    assert (weights.folder, weights.problem) == (None, None)


def test_a_size_in_the_cache_is_found(cache: Path) -> None:
    folder = cache / "models--Systran--faster-whisper-base" / "snapshots" / "abc"
    folder.mkdir(parents=True)
    (folder / "model.bin").touch()
    assert find_weights("base").folder == folder


def test_a_folder_with_a_real_vocabulary_is_no_test_model(tmp_path: Path) -> None:
    for name in ("model.bin", "config.json"):
        (tmp_path / name).touch()
    (tmp_path / "vocabulary.json").write_text(json.dumps([str(n) for n in range(51_865)]))
    weights = find_weights(str(tmp_path))
    assert weights.folder == tmp_path
    assert not weights.synthetic


@pytest.mark.parametrize("model", ["bsae", "/no/such/folder", ""])
def test_what_can_not_be_found_names_the_variable(model: str) -> None:
    problem = find_weights(model or "?").problem
    assert problem is not None
    assert problem.startswith("SWITCHBOARD_WHISPER_MODEL")


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    problem = find_weights(str(tmp_path)).problem
    assert problem is not None
    assert "model.bin" in problem
