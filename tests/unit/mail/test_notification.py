"""Notifications as mails: from us, to one person, answering nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import pytest

from channels.mail.mail_channel import MailChannel, Sign
from channels.mail.relay import RefusedRecipient, RelayOutcome
from orchestrator.conversation.deliverer import DeliveryFailed
from orchestrator.mail.notifications import CHANNEL, Notification
from orchestrator.mail.outgoing import MailTokens, OutgoingMails
from tests.unit.mail.answers import part, read

CONVERSATION = UUID(int=7)
TOKENS = MailTokens("secret")


class Box:
    """A relay that keeps what it is given, and refuses whom it is told to."""

    def __init__(self, refuse: int = 0) -> None:
        self.sent: list[tuple[bytes, str, tuple[str, ...]]] = []
        self._refuse = refuse

    async def send(self, message: bytes, *, sender: str, recipients: Sequence[str]) -> RelayOutcome:
        self.sent.append((message, sender, tuple(recipients)))
        refused = [RefusedRecipient(address=each, code=self._refuse, reply="no") for each in recipients]
        return RelayOutcome(accepted=(), refused=tuple(refused if self._refuse else ()), reply="ok")

    async def close(self) -> None:
        """Hold nothing."""


def channel(box: Box, sign: Sign | None = None) -> MailChannel:
    unused = cast(Any, None)  # nothing is read here
    outgoing = OutgoingMails(
        unused, files=unused, tokens=TOKENS, business="Lindenhof Supply", mailbox="support@shop.example"
    )
    return MailChannel(outgoing=outgoing, reader=unused, parser=unused, relay=box, sign=sign)


def notification(**changes: Any) -> Notification:
    fields: dict[str, Any] = {
        "id": UUID(int=9),
        "conversation_id": CONVERSATION,
        "kind": "code",
        "channel": CHANNEL,
        "address": "ada@example.com",
        "subject": "Ihr Bestätigungscode",
        "text": "Guten Tag,\n\n123456",
        "language": "de",
        "written_at": datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
        "attempt": 1,
    }
    return Notification(**{**fields, **changes})


async def test_a_code_goes_out_without_a_way_back() -> None:
    box = Box()
    await channel(box).send_notification(notification())
    [(raw, sender, recipients)] = box.sent
    message = read(raw)
    assert (sender, recipients) == ("support@shop.example", ("ada@example.com",))
    assert message["From"] == "Lindenhof Supply <support@shop.example>"
    assert message["To"] == "ada@example.com"
    assert message["Subject"] == "Ihr Bestätigungscode"
    assert message["Message-ID"] == f"<{UUID(int=9)}@shop.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "de"
    assert [message[name] for name in ("Reply-To", "In-Reply-To", "References", "Cc")] == [None] * 4
    assert "123456" in part(message, "plain")
    assert "123456" in part(message, "html")


async def test_a_follow_up_can_be_answered() -> None:
    box = Box()
    await channel(box).send_notification(notification(kind="follow_up"))
    reply_to = str(read(box.sent[0][0])["Reply-To"])
    tag = reply_to.removeprefix("support+").removesuffix("@shop.example")
    assert TOKENS.read(tag) == CONVERSATION


async def test_a_persons_words_in_a_follow_up_are_not_marked_as_automatic() -> None:
    box = Box()
    await channel(box).send_notification(notification(kind="follow_up", by_person=True))
    await channel(box).send_notification(notification(kind="follow_up"))
    person, assistant = (read(raw) for raw, _, _ in box.sent)
    assert [person[name] for name in ("Auto-Submitted", "X-Auto-Response-Suppress")] == [None, None]
    assert assistant["Auto-Submitted"] == "auto-generated"


async def test_every_try_has_the_same_bytes_and_is_signed() -> None:
    async def sign(message: bytes) -> bytes:
        return b"DKIM-Signature: x\r\n" + message

    box = Box()
    post = channel(box, sign=sign)
    await post.send_notification(notification())
    await post.send_notification(notification(attempt=2))
    assert box.sent[0] == box.sent[1]
    assert box.sent[0][0].startswith(b"DKIM-Signature: x\r\n")


@pytest.mark.parametrize(("code", "permanent"), [(550, True), (451, False)])
async def test_a_refused_notification_is_told(code: int, permanent: bool) -> None:
    with pytest.raises(DeliveryFailed) as caught:
        await channel(Box(refuse=code)).send_notification(notification())
    assert caught.value.permanent is permanent


@pytest.mark.parametrize("address", ["", "nobody", "a@b\r\nBcc: c@d"])
async def test_what_is_no_address_gets_nothing(address: str) -> None:
    box = Box()
    with pytest.raises(DeliveryFailed) as caught:
        await channel(box).send_notification(notification(address=address))
    assert caught.value.permanent
    assert box.sent == []


async def test_nothing_gets_into_the_headers() -> None:
    box = Box()
    await channel(box).send_notification(
        notification(subject="Hi\r\nBcc: eve@example.com", language="de\r\nX: y")
    )
    message = read(box.sent[0][0])
    assert message["Bcc"] is None
    assert message["X"] is None
    assert message["Subject"] == "Hi Bcc: eve@example.com"
