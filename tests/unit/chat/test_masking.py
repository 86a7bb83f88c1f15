"""Frames are followed through a stream in pieces; the first one without a mask is found."""

from __future__ import annotations

import struct

import pytest

from channels.masking import MaskCheck


def frame(length: int, *, masked: bool = True) -> bytes:
    bit = 0x80 if masked else 0
    if length < 126:
        head = bytes([0x81, bit | length])
    elif length < 65_536:
        head = bytes([0x82, bit | 126]) + struct.pack("!H", length)
    else:
        head = bytes([0x82, bit | 127]) + struct.pack("!Q", length)
    # The payload is made of what looks like a header without a mask.
    return head + (b"\x01\x02\x03\x04" if masked else b"") + (b"\x81\x05" * length)[:length]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000, 1_000_000])
def test_masked_frames_of_any_length_pass_in_pieces_of_any_size(size: int) -> None:
    stream = b"".join(frame(length) for length in (0, 1, 125, 126, 300, 65_535, 65_536, 70_000, 0))
    check = MaskCheck()
    assert all(check.masked(stream[at : at + size]) for at in range(0, len(stream), size))


@pytest.mark.parametrize("size", [1, 2, 5, 100_000])
@pytest.mark.parametrize("length", [0, 5, 200, 70_000])
def test_a_frame_without_a_mask_is_found(size: int, length: int) -> None:
    stream = frame(70_000) + frame(3) + frame(length, masked=False)
    check = MaskCheck()
    assert not all(check.masked(stream[at : at + size]) for at in range(0, len(stream), size))
