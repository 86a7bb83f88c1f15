"""The mu-law tables, against an implementation that is not ours."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.voice.transports import mulaw

with warnings.catch_warnings():
    # Python 3.13 has no audioop any more; until then it is the reference nearest at hand.
    warnings.simplefilter("ignore", DeprecationWarning)
    audioop = pytest.importorskip("audioop")

EVERY_SAMPLE = np.arange(-32_768, 32_768).astype("<i2").tobytes()
EVERY_CODE = bytes(range(256))


def test_every_sample_has_the_code_of_the_reference() -> None:
    assert mulaw.encode(EVERY_SAMPLE) == audioop.lin2ulaw(EVERY_SAMPLE, 2)


def test_every_code_has_the_sample_of_the_reference() -> None:
    assert mulaw.decode(EVERY_CODE) == audioop.ulaw2lin(EVERY_CODE, 2)


def test_the_decoder_has_the_values_of_the_standard() -> None:
    """G.711 table 2a: the largest value is 8031 of 8159 on 14 bits, the smallest is 0."""
    values = np.frombuffer(mulaw.decode(EVERY_CODE), "<i2")
    assert (values[0x80], values[0x00], values[0xFF], values[0x7F]) == (8031 * 4, -8031 * 4, 0, 0)
    assert list(values[:128]) == sorted(values[:128])
    assert list(values[128:]) == [-value for value in values[:128]]


def test_a_code_stays_what_it_is() -> None:
    again = mulaw.encode(mulaw.decode(EVERY_CODE))
    assert again == bytes(code if code != 0x7F else 0xFF for code in EVERY_CODE)  # zero has two codes


def test_louder_than_the_code_can_say_is_clipped() -> None:
    loudest = np.array([32_767, -32_768], "<i2").tobytes()
    assert mulaw.encode(loudest) == b"\x80\x00"


@given(st.binary(max_size=4_000))
def test_any_bytes_are_taken(pcm: bytes) -> None:
    assert len(mulaw.encode(pcm)) == len(pcm) // 2
    assert len(mulaw.decode(pcm)) == 2 * len(pcm)


def test_silence_is_silence() -> None:
    assert mulaw.encode(bytes(320)) == mulaw.QUIET * 160
    assert mulaw.decode(mulaw.QUIET * 160) == bytes(320)
