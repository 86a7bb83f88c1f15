"""Our torch weights as a CTranslate2 folder that `faster_whisper.WhisperModel(folder)` loads."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from ctranslate2.specs import whisper_spec
from numpy.typing import NDArray
from tokenizers import Tokenizer

from scripts.train_test_whisper.network import POSITIONS, Shape, sinusoids
from scripts.train_test_whisper.tokenizer import END, token

Weights = dict[str, NDArray[np.float32]]
PREPROCESSOR: Final = {
    "feature_size": 80,
    "sampling_rate": 16000,
    "hop_length": 160,
    "chunk_length": 30,
    "n_fft": 400,
}


def convert(checkpoint: Path, tokenizer_path: Path, folder: Path, *, quantization: str = "float16") -> None:
    """Write `folder` anew from the weights in `checkpoint`."""
    loaded = torch.load(checkpoint, map_location="cpu", weights_only=True)
    weights = {name: value.float().numpy() for name, value in loaded.items()}
    tokenizer = Tokenizer.from_file(str(tokenizer_path))
    spec = _spec(weights, tokenizer, Shape(vocabulary=tokenizer.get_vocab_size()))
    spec.validate()
    spec.optimize(quantization=quantization)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    spec.save(str(folder))
    shutil.copy(tokenizer_path, folder / "tokenizer.json")
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPROCESSOR), encoding="utf-8")


def _spec(weights: Weights, tokenizer: Tokenizer, shape: Shape) -> Any:
    spec = whisper_spec.WhisperSpec(shape.encoder_layers, shape.heads, shape.decoder_layers, shape.heads)
    _encoder(spec.encoder, weights, shape)
    _decoder(spec.decoder, weights, shape)
    vocabulary = sorted(tokenizer.get_vocab().items(), key=lambda entry: entry[1])
    spec.register_vocabulary([text for text, _ in vocabulary])
    end = token(tokenizer, END)
    spec.config.suppress_ids = list(range(end + 1, shape.vocabulary))
    spec.config.suppress_ids_begin = [end]
    spec.config.lang_ids = []
    spec.config.alignment_heads = [[shape.decoder_layers - 1, head] for head in range(shape.heads)]
    return spec


def _encoder(spec: Any, weights: Weights, shape: Shape) -> None:
    for conv in ("conv1", "conv2"):
        _linear(getattr(spec, conv), weights, conv)
    spec.position_encodings.encodings = sinusoids(POSITIONS, shape.width).numpy()
    _norm(spec.layer_norm, weights, "encoder_norm")
    for number, layer in enumerate(spec.layer):
        _layer(layer, weights, f"encoder.{number}")


def _decoder(spec: Any, weights: Weights, shape: Shape) -> None:
    embedding = weights["embedding.weight"][: shape.vocabulary]
    spec.embeddings.weight = spec.projection.weight = embedding
    spec.position_encodings.encodings = weights["text_positions"]
    _norm(spec.layer_norm, weights, "decoder_norm")
    for number, layer in enumerate(spec.layer):
        _layer(layer, weights, f"decoder.{number}")
        _cross_attention(layer.attention, weights, f"decoder.{number}")


def _layer(spec: Any, weights: Weights, name: str) -> None:
    attention = f"{name}.self_attention"
    _fused(
        spec.self_attention.linear[0], weights, [f"{attention}.{part}" for part in ("query", "key", "value")]
    )
    _linear(spec.self_attention.linear[1], weights, f"{attention}.out")
    _norm(spec.self_attention.layer_norm, weights, f"{name}.self_norm")
    _linear(spec.ffn.linear_0, weights, f"{name}.widen")
    _linear(spec.ffn.linear_1, weights, f"{name}.narrow")
    _norm(spec.ffn.layer_norm, weights, f"{name}.feed_norm")


def _cross_attention(spec: Any, weights: Weights, name: str) -> None:
    attention = f"{name}.cross_attention"
    _linear(spec.linear[0], weights, f"{attention}.query")
    _fused(spec.linear[1], weights, [f"{attention}.{part}" for part in ("key", "value")])
    _linear(spec.linear[2], weights, f"{attention}.out")
    _norm(spec.layer_norm, weights, f"{name}.cross_norm")


def _linear(spec: Any, weights: Weights, name: str) -> None:
    spec.weight, spec.bias = weights[f"{name}.weight"], weights[f"{name}.bias"]


def _norm(spec: Any, weights: Weights, name: str) -> None:
    spec.gamma, spec.beta = weights[f"{name}.weight"], weights[f"{name}.bias"]


def _fused(spec: Any, weights: Weights, names: list[str]) -> None:
    parts = [weights[f"{name}.weight"] for name in names]
    none = np.zeros(parts[0].shape[0], np.float32)
    spec.weight = np.concatenate(parts)
    spec.bias = np.concatenate([weights.get(f"{name}.bias", none) for name in names])
