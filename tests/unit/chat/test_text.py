"""What text is taken in, what kind of file bytes are, and what a file may be called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.chat.chat_frames import clean_text, is_unicode, parse_frame
from channels.chat.errors import FrameRefused, TextRefused
from channels.chat.uploads import clean_name, sniff


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (" hello ", "hello"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\tb", "a\tb"),
        ("a\x07\x1bb\x85", "ab"),
        ("😀", "😀"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("שלום", "שלום"),
        ("?", "?"),
    ],
)
def test_text_is_cleaned(raw: str, clean: str) -> None:
    assert clean_text(raw, limit=100) == clean


@given(st.text(alphabet=st.characters(), max_size=300))
def test_cleaned_text_can_be_stored_and_stays_as_it_is(raw: str) -> None:
    try:
        clean = clean_text(raw, limit=100)
    except TextRefused:
        return
    assert 0 < len(clean) <= 100
    assert is_unicode(clean)
    assert "\x00" not in clean
    assert clean_text(clean, limit=100) == clean


@given(st.text(max_size=200))
def test_any_frame_is_read_or_refused(raw: str) -> None:
    with pytest.raises(FrameRefused):
        parse_frame(raw, attachments=10)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVE", None),
        (b"%PDF-1.7", "application/pdf"),
        (b"plain", "text/plain"),
        (b"<script>alert(1)</script>", "text/plain"),
        (b"\xc3\x28", None),
        (b"a\x00", None),
        (b"", None),
    ],
)
def test_files_are_judged_by_their_bytes(data: bytes, media_type: str | None) -> None:
    assert sniff(data) == media_type


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("a.png", "a.png"),
        ("C:\\Users\\me\\a.png", "a.png"),
        ("/etc/passwd", "passwd"),
        ("..", "file.png"),
        ("", "file.png"),
        ("a\x00\n\u202egnp.exe", "agnp.exe"),
        ("x" * 200 + ".png", "x" * 116 + ".png"),
    ],
)
def test_file_names_are_made_harmless(name: str, clean: str) -> None:
    assert clean_name(name, "image/png") == clean


@given(st.text())
def test_file_names_are_short_and_printable(name: str) -> None:
    clean = clean_name(name, "image/png")
    assert 0 < len(clean) <= 120
    assert clean.isprintable()
    assert "/" not in clean
