"""Notifications: sent once they are due, while they are of use, and never lost in silence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from orchestrator.conversation.deliverer import Deliverer, DeliveryFailed
from orchestrator.ids import new_id
from orchestrator.mail.intake import MailIntake, Taken
from orchestrator.mail.mail_types import KeptMail, ReadMail
from orchestrator.mail.notifications import (
    CHANNEL,
    Notification,
    Notifications,
    code_words,
    queue_notification,
)
from orchestrator.mail.outgoing import OutgoingMails
from orchestrator.mail.spool import KeptMails
from orchestrator.observe import Unobserved
from orchestrator.people.sessions import Sessions, StoredSession
from orchestrator.store.database import Database
from orchestrator.store.replica import Replica
from orchestrator.worker import Backoff

ADA = "ada@example.com"
NOW = datetime.now(UTC)
SOON = timedelta(days=1)


async def chat(database: Database, key: str = "key") -> StoredSession:
    """Return a chat session of Ada's, whose address is verified, with five entries on its timeline."""
    customer_id = new_id()
    await database.execute("INSERT INTO customers (id) VALUES ($1)", customer_id)
    await database.execute(
        "INSERT INTO contacts (id, customer_id, kind, address, verified_at)"
        " VALUES ($1, $1, 'email', $2, now())",
        customer_id,
        ADA,
    )
    session = await Sessions(database).begin(
        key, channel="chat", customer_id=customer_id, subject=f"email:{ADA}"
    )
    await database.execute("UPDATE conversations SET last_seq = 5")
    return session


async def write(database: Database, conversation_id: UUID, **changes: Any) -> None:
    words = {"address": ADA, "subject": "Your refund", "text": "It is done.", "language": "en"}
    async with database.transaction() as connection:
        await queue_notification(
            connection, conversation_id=conversation_id, **{"kind": "follow_up", **words, **changes}
        )


async def states(database: Database) -> list[str]:
    rows = await database.fetch("SELECT state FROM letters ORDER BY created_at, id")
    return [row["state"] for row in rows]


@asynccontextmanager
async def delivering(
    database: Database, send: Callable[[Notification], Awaitable[None]], count: int = 1
) -> AsyncIterator[None]:
    """Run as many deliverers, each a replica of its own."""
    replicas = [Replica(database, hear=_deaf, resync=_nothing) for _ in range(count)]
    loops = [
        Deliverer(
            queue=Notifications(database),
            replica=replica,
            senders={CHANNEL: send},
            tick=0.02,
            later=Backoff(first=0.01, longest=5.0),
            observer=Unobserved(),
        )
        for replica in replicas
    ]
    for replica, loop in zip(replicas, loops, strict=True):
        await replica.start()
        loop.start()
    try:
        yield
    finally:
        for replica, loop in zip(replicas, loops, strict=True):
            await loop.stop()
            await replica.stop()


def _deaf(_: list[Any]) -> None:
    """Hear nothing."""


def _nothing() -> None:
    """Do nothing."""


async def end(database: Database, *wanted: str) -> None:
    async with asyncio.timeout(15):
        while await states(database) != list(wanted):  # noqa: ASYNC110 - a row has no event to wait for
            await asyncio.sleep(0.01)


async def test_who_only_posts_messages_is_shown_no_outcome_and_so_gets_it_as_a_notification(
    database: Database,
) -> None:
    session = await chat(database)
    await write(database, session.conversation_id, unread_seq=5)
    assert await Sessions(database).find("key", watches=False) is not None
    assert len(await Notifications(database).claim(1, 10)) == 1


async def test_a_notification_is_tried_until_it_is_taken(database: Database) -> None:
    session = await chat(database)
    tries: list[Notification] = []

    async def send(notification: Notification) -> None:
        tries.append(notification)
        if len(tries) < 3:
            raise DeliveryFailed("later", permanent=False)

    await write(database, session.conversation_id)
    async with delivering(database, send):
        await end(database, "sent")
    assert [notification.attempt for notification in tries] == [1, 2, 3]
    assert {(notification.id, notification.text, notification.written_at) for notification in tries} == {
        (tries[0].id, "It is done.", tries[0].written_at)
    }


async def test_two_deliverers_send_each_notification_once(database: Database) -> None:
    session = await chat(database)
    sent: list[UUID] = []

    async def send(notification: Notification) -> None:
        sent.append(notification.id)
        await asyncio.sleep(0)

    for _ in range(40):
        await write(database, session.conversation_id)
    async with delivering(database, send, count=2):
        await end(database, *["sent"] * 40)
    assert len(sent) == len(set(sent)) == 40


async def test_a_sender_that_died_before_it_noted_the_notification_is_followed_by_another(
    database: Database,
) -> None:
    session = await chat(database)
    await write(database, session.conversation_id)
    queue = Notifications(database)
    [first] = await queue.claim(999, 8)
    assert await queue.claim(998, 8) == []
    await database.execute("UPDATE letters SET renewed_at = now() - interval '2 hours'")
    [again] = await queue.claim(998, 8)
    assert (again.id, again.attempt) == (first.id, 2)
    await queue.again(first, seconds=0, error="too late")  # the first one wakes up
    assert await states(database) == ["sending"]
    await queue.sent(again)
    await queue.failed(first, error="too late")
    assert await states(database) == ["sent"]


async def test_the_same_key_is_one_notification(database: Database) -> None:
    session = await chat(database)
    await asyncio.gather(*(write(database, session.conversation_id, key="k") for _ in range(5)))
    assert await states(database) == ["queued"]


async def test_a_notification_waits_for_its_time(database: Database) -> None:
    session = await chat(database)
    await write(database, session.conversation_id, available_at=NOW + SOON)
    assert await Notifications(database).claim(1, 8) == []
    await database.execute("UPDATE letters SET available_at = now()")
    assert len(await Notifications(database).claim(1, 8)) == 1


@pytest.mark.parametrize(("kind", "handoffs"), [("code", 0), ("follow_up", 1)])
async def test_a_notification_that_came_too_late_is_not_sent(
    database: Database, kind: str, handoffs: int
) -> None:
    session = await chat(database)
    await write(database, session.conversation_id, kind=kind, expires_at=NOW - SOON)
    assert await Notifications(database).claim(1, 8) == []
    row = await database.fetchrow("SELECT state, error, text FROM letters")
    assert (row["state"], row["error"]) == ("failed", "expired")
    assert (row["text"] == "") == (kind == "code")
    assert await database.fetchval("SELECT count(*) FROM handoffs") == handoffs


@pytest.mark.parametrize(("kind", "handoffs"), [("code", 0), ("follow_up", 1)])
async def test_a_permanent_failure(database: Database, kind: str, handoffs: int) -> None:
    session = await chat(database)

    async def send(notification: Notification) -> None:
        raise DeliveryFailed("550 no such mailbox", permanent=True)

    await write(database, session.conversation_id, kind=kind)
    async with delivering(database, send):
        await end(database, "failed")
    rows = await database.fetch("SELECT reason FROM handoffs")
    assert len(rows) == handoffs
    assert all("no such mailbox" in row["reason"] for row in rows)
    owner = await database.fetchval("SELECT owner FROM conversations")
    assert owner == ("queue" if handoffs else "bot")


async def test_a_code_lies_in_its_notification_only_until_that_is_sent(database: Database) -> None:
    session = await chat(database)
    await write(database, session.conversation_id, kind="code", text="123456")
    queue = Notifications(database)
    [notification] = await queue.claim(1, 8)
    assert notification.text == "123456"
    assert "123456" not in repr(notification)
    await queue.sent(notification)
    assert await database.fetchval("SELECT text FROM letters") == ""


async def test_nobody_is_written_to_who_has_read_it(database: Database) -> None:
    session = await chat(database)
    await write(database, session.conversation_id, unread_seq=4)
    await Sessions(database).read(session.conversation_id, 4)
    assert await Notifications(database).claim(1, 8) == []
    assert await states(database) == ["not_needed"]


async def test_nobody_is_written_to_who_came_back(database: Database) -> None:
    session = await chat(database)
    await write(database, session.conversation_id, unread_seq=4)
    assert await Sessions(database).find("key") is not None
    assert await Notifications(database).claim(1, 8) == []
    assert await states(database) == ["not_needed"]


async def test_who_read_only_what_was_before_is_written_to(database: Database) -> None:
    session = await chat(database)
    await Sessions(database).read(session.conversation_id, 3)
    await write(database, session.conversation_id, unread_seq=4)
    assert len(await Notifications(database).claim(1, 8)) == 1


async def test_a_follow_up_that_comes_back_goes_to_a_human(database: Database) -> None:
    session = await chat(database)
    await write(database, session.conversation_id)
    queue = Notifications(database)
    [notification] = await queue.claim(1, 8)
    await queue.sent(notification)
    unused: Any = None  # nothing is sent here
    mails = OutgoingMails(database, files=unused, tokens=unused, business="", mailbox="")
    for unknown in (None, "", "<x@y>", f"<{uuid4()}@localhost>"):
        assert not await mails.bounced(message_id=unknown, recipient=ADA, reason="gone")
    assert await mails.bounced(message_id=f"<{notification.id}@localhost>", recipient=ADA, reason="gone")
    assert not await mails.bounced(message_id="<x@y>", recipient=ADA, reason="gone")
    assert await states(database) == ["failed"]
    assert await database.fetchval("SELECT owner FROM conversations") == "queue"


async def answer(database: Database, text: str, *, ids: tuple[str, ...], token: UUID | None) -> Taken:
    """Take a mail in that Ada's own server vouches for."""
    mail_id = new_id()
    await database.execute(
        "INSERT INTO mails (id, sender, recipients, peer, helo, tls, protocol, size, sha256, state)"
        " VALUES ($1, $2, '{}', '', '', false, 'smtp', 1, $3, 'stored')",
        mail_id,
        ADA,
        mail_id.hex * 2,
    )
    [kept] = await KeptMails(database, Path("unused")).claim(1, 8)
    return await MailIntake(database).accept(kept, _read(kept, text, ids=ids, token=token))


def _read(kept: KeptMail, text: str, *, ids: tuple[str, ...], token: UUID | None) -> ReadMail:
    return ReadMail(
        mailbox="support@localhost",
        from_address=ADA,
        from_name="Ada",
        subject="Re: Your refund",
        message_id=f"<{kept.id}@example.com>",
        thread_ids=ids,
        token=token,
        text=text,
        trust=2,
        authentication={},
        dedupe_key=str(kept.id),
    )


async def test_the_answer_to_a_follow_up_goes_on_by_mail_with_the_same_customer(database: Database) -> None:
    session = await chat(database)
    await write(database, session.conversation_id)
    queue = Notifications(database)
    [notification] = await queue.claim(1, 8)
    await queue.sent(notification)
    ids = (f"<{notification.id}@localhost>",)
    first = await answer(database, "Thank you!", ids=ids, token=session.conversation_id)
    second = await answer(database, "One more thing.", ids=ids, token=session.conversation_id)
    assert first.conversation_id == second.conversation_id != session.conversation_id
    row = await database.fetchrow(
        "SELECT channel, customer_id FROM conversations WHERE id = $1", first.conversation_id
    )
    assert (row["channel"], row["customer_id"]) == ("mail", session.customer_id)


@pytest.mark.parametrize(
    ("language", "channel", "words"),
    [
        ("en", "chat", "in our chat"),
        ("de-AT", "mail", "per E-Mail"),
        ("fr", "voice", "au téléphone"),
        ("tr", "voice", "on the phone"),
    ],
)
def test_what_the_notification_with_a_code_says(language: str, channel: str, words: str) -> None:
    subject, text = code_words(
        "012345", business="Shop {code}", channel=channel, language=language, minutes=10
    )
    assert "012345" in text.splitlines()
    assert words in text
    assert "Shop {code}" in text
    assert "012345" not in subject
