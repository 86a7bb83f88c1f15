"""The outbox folder, read with Python's own Maildir program."""

from __future__ import annotations

import asyncio
import mailbox
from pathlib import Path
from typing import Any

import pytest

from channels.mail.compose import compose
from channels.mail.relay import MaildirRelay
from orchestrator.conversation.deliverer import DeliveryFailed
from tests.unit.mail.answers import answer

SEND: dict[str, Any] = {"sender": "support@example.com", "recipients": ["ada@example.org", "bob@example.org"]}


def names(folder: Path, *parts: str) -> list[str]:
    return sorted(one.name for part in parts for one in (folder / part).iterdir())


async def test_a_mail_program_finds_the_answer(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "outbox"
    sent = await MaildirRelay(folder).send(
        compose(answer(text="Grüße")), sender="s@example.com", recipients=["ada@bücher.example"]
    )
    assert sent.accepted == ("ada@bücher.example",)
    (message,) = mailbox.Maildir(folder, create=False)
    assert message["Subject"] == "Re: Where is my parcel?"
    assert message["Return-Path"] == "<s@example.com>"
    assert message.get_all("Delivered-To") == ["ada@xn--bcher-kva.example"]
    assert b"\r" not in (folder / "new" / names(folder, "new")[0]).read_bytes()
    assert names(folder, "tmp") == []
    assert len(names(folder, "new")[0].split(".")) >= 3
    assert ":" not in names(folder, "new")[0]


async def test_a_second_try_makes_no_second_file_even_when_it_was_read(tmp_path: Path) -> None:
    relay = MaildirRelay(tmp_path)
    first = await relay.send(compose(answer()), **SEND)
    assert await relay.send(compose(answer(text="changed")), **SEND) == first
    (name,) = names(tmp_path, "new")
    (tmp_path / "new" / name).rename(tmp_path / "cur" / f"{name}:2,S")
    await MaildirRelay(tmp_path).send(compose(answer()), **SEND)
    assert len(names(tmp_path, "new", "cur")) == 1
    await relay.send(compose(answer(message_id="<other@example.com>")), **SEND)
    assert len(names(tmp_path, "new", "cur")) == 2


async def test_many_tries_at_once_make_one_file(tmp_path: Path) -> None:
    relay = MaildirRelay(tmp_path)
    await asyncio.gather(*(relay.send(compose(answer()), **SEND) for _ in range(10)))
    assert len(names(tmp_path, "new")) == 1


async def test_without_a_message_id_the_content_decides(tmp_path: Path) -> None:
    relay = MaildirRelay(tmp_path)
    for text in (b"one", b"two", b"one"):
        await relay.send(b"From: a@b.c\r\n\r\n" + text, sender="", recipients=[])
    assert len(names(tmp_path, "new")) == 2


async def test_a_half_written_draft_is_no_message(tmp_path: Path) -> None:
    relay = MaildirRelay(tmp_path)
    await relay.send(compose(answer()), **SEND)
    (name,) = names(tmp_path, "new")
    (tmp_path / "new" / name).rename(tmp_path / "tmp" / name)  # as if killed before the rename
    await relay.send(compose(answer()), **SEND)
    assert names(tmp_path, "new")


async def test_a_folder_that_can_not_be_written_is_tried_again_later(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file stands in the way")
    with pytest.raises(DeliveryFailed) as caught:
        await MaildirRelay(tmp_path / "outbox").send(compose(answer()), **SEND)
    assert not caught.value.permanent


@pytest.mark.parametrize("bad", ["a@b.c>\r\nBcc: x@y.z", "nobody"])
async def test_an_envelope_can_inject_nothing(tmp_path: Path, bad: str) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        await MaildirRelay(tmp_path).send(compose(answer()), sender=bad, recipients=["ada@example.org"])
    assert caught.value.permanent
