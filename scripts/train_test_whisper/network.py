"""The Whisper architecture in torch (Radford et al. 2022), small, with a CTC head to train by."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

POSITIONS: Final = 1500
LONGEST_TEXT: Final = 448
DROPOUT: Final = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """How big the network is."""

    vocabulary: int
    mels: int = 80
    width: int = 192
    heads: int = 3
    encoder_layers: int = 3
    decoder_layers: int = 2


class Attention(nn.Module):
    """Multi-head attention; the keys have no bias, as in Whisper."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.query = nn.Linear(shape.width, shape.width)
        self.key = nn.Linear(shape.width, shape.width, bias=False)
        self.value = nn.Linear(shape.width, shape.width)
        self.out = nn.Linear(shape.width, shape.width)

    def forward(self, x: Tensor, memory: Tensor, *, causal: bool = False) -> Tensor:
        """Attend from `x` to `memory`."""
        mixed = functional.scaled_dot_product_attention(
            self._split(self.query(x)),
            self._split(self.key(memory)),
            self._split(self.value(memory)),
            is_causal=causal,
        )
        out: Tensor = self.out(mixed.transpose(1, 2).reshape(x.shape))
        return out

    def _split(self, x: Tensor) -> Tensor:
        return x.view(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)


class Layer(nn.Module):
    """Self-attention, attention to the encoder in the decoder, feed-forward; each after a norm."""

    def __init__(self, shape: Shape, *, cross: bool) -> None:
        super().__init__()
        self.self_norm = nn.LayerNorm(shape.width)
        self.self_attention = Attention(shape)
        self.cross_norm = nn.LayerNorm(shape.width) if cross else None
        self.cross_attention = Attention(shape) if cross else None
        self.feed_norm = nn.LayerNorm(shape.width)
        self.widen = nn.Linear(shape.width, 4 * shape.width)
        self.narrow = nn.Linear(4 * shape.width, shape.width)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, x: Tensor, memory: Tensor | None = None, *, causal: bool = False) -> Tensor:
        """Return `x` one layer on."""
        normed = self.self_norm(x)
        x = x + self.dropout(self.self_attention(normed, normed, causal=causal))
        if self.cross_attention is not None and self.cross_norm is not None and memory is not None:
            x = x + self.dropout(self.cross_attention(self.cross_norm(x), memory))
        fed = self.narrow(functional.gelu(self.widen(self.feed_norm(x))))
        out: Tensor = x + self.dropout(fed)
        return out


class Network(nn.Module):
    """Encoder and decoder; `ctc` reads the text off the encoder alone and is dropped after training."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.conv1 = nn.Conv1d(shape.mels, shape.width, 3, padding=1)
        self.conv2 = nn.Conv1d(shape.width, shape.width, 3, stride=2, padding=1)
        self.register_buffer("positions", sinusoids(POSITIONS, shape.width), persistent=False)
        self.encoder = nn.ModuleList(Layer(shape, cross=False) for _ in range(shape.encoder_layers))
        self.encoder_norm = nn.LayerNorm(shape.width)
        self.embedding = nn.Embedding(shape.vocabulary, shape.width)
        nn.init.normal_(self.embedding.weight, std=0.05)
        self.text_positions = nn.Parameter(torch.randn(LONGEST_TEXT, shape.width) * 0.02)
        self.decoder = nn.ModuleList(Layer(shape, cross=True) for _ in range(shape.decoder_layers))
        self.decoder_norm = nn.LayerNorm(shape.width)
        self.ctc = nn.Linear(shape.width, shape.vocabulary)

    def encode(self, features: Tensor) -> Tensor:
        """Return the encoder's states for features [batch, mels, frames]: one per two frames."""
        x = functional.gelu(self.conv1(features))
        x = functional.gelu(self.conv2(x)).transpose(1, 2)
        positions: Tensor = self.get_buffer("positions")
        x = x + positions[: x.shape[1]]
        for layer in self.encoder:
            x = layer(x)
        out: Tensor = self.encoder_norm(x)
        return out

    def decode(self, tokens: Tensor, memory: Tensor) -> Tensor:
        """Return the logits [batch, tokens, vocabulary] of the token after each."""
        x = self.embedding(tokens) + self.text_positions[: tokens.shape[1]]
        for layer in self.decoder:
            x = layer(x, memory, causal=True)
        out: Tensor = self.decoder_norm(x) @ self.embedding.weight.T
        return out


def sinusoids(length: int, channels: int) -> Tensor:
    """Return Whisper's fixed positions [length, channels]."""
    step = math.log(10_000) / (channels // 2 - 1)
    scaled = torch.arange(length)[:, None] * torch.exp(-step * torch.arange(channels // 2))[None]
    return torch.cat([scaled.sin(), scaled.cos()], dim=1)
