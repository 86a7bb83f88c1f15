"""What a channel took is never sent again, what hangs holds up nobody else, and doubt has an end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from orchestrator.conversation.deliverer import Deliverer, DeliveryFailed, DeliveryUnknown
from orchestrator.conversation.delivery_queue import DeliveryQueue, queue_delivery
from orchestrator.errors import StoreAway
from orchestrator.ids import new_id
from orchestrator.mail.notifications import CHANNEL, Notification, Notifications, queue_notification
from orchestrator.observe import Unobserved
from orchestrator.store.database import Database
from orchestrator.store.replica import Replica
from orchestrator.worker import Backoff
from tests.support.house import until


class AwayAfterwards(Notifications):
    """A queue whose database is gone whenever a sending is to be noted, until `back`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.back = False
        self.asked = 0

    async def sent(self, notification: Notification) -> None:
        self.asked += 1
        if not self.back:
            raise StoreAway("away", retry_after=1.0)
        await super().sent(notification)


@asynccontextmanager
async def delivering(
    database: Database,
    send: Callable[[Notification], Awaitable[None]],
    *,
    queue: Notifications | None = None,
    **more: Any,
) -> AsyncIterator[Deliverer[Notification]]:
    replica = Replica(database, hear=lambda _: None, resync=lambda: None)
    loop = Deliverer(
        queue=queue or Notifications(database),
        replica=replica,
        senders={CHANNEL: send},
        **{"tick": 0.02, "later": Backoff(first=0.01, longest=5.0), "grace": 0.2, **more},
        observer=Unobserved(),
    )
    await replica.start()
    loop.start()
    try:
        yield loop
    finally:
        await loop.stop()
        await replica.stop()


async def conversation(database: Database, channel: str = "chat") -> UUID:
    customer_id, conversation_id = new_id(), new_id()
    await database.execute("INSERT INTO customers (id) VALUES ($1)", customer_id)
    await database.execute(
        "INSERT INTO conversations (id, customer_id, channel) VALUES ($1, $2, $3)",
        conversation_id,
        customer_id,
        channel,
    )
    return conversation_id


async def write(database: Database, address: str, kind: str = "code") -> None:
    async with database.transaction() as connection:
        await queue_notification(
            connection,
            conversation_id=await conversation(database),
            kind=kind,
            address=address,
            subject="s",
            text="t",
            language="en",
        )


async def states(database: Database) -> Sequence[str]:
    rows = await database.fetch("SELECT state FROM letters ORDER BY created_at, id")
    return [row["state"] for row in rows]


def all_are(database: Database, state: str, count: int) -> Callable[[], Awaitable[bool]]:
    async def condition() -> bool:
        return list(await states(database)).count(state) == count

    return condition


async def test_what_was_taken_is_noted_however_long_the_store_is_away_and_never_sent_again(
    database: Database,
) -> None:
    queue = AwayAfterwards(database)
    sent: list[UUID] = []

    async def send(notification: Notification) -> None:
        sent.append(notification.id)

    await write(database, "ada@example.com")
    async with delivering(database, send, queue=queue):

        async def asked() -> bool:
            return queue.asked > 3

        await until(asked)
        # As after a long absence: nobody could say that this is still in hand.
        await database.execute("UPDATE letters SET renewed_at = now() - interval '1 day'")
        await write(database, "bob@example.com")
        queue.asked = 0
        await until(asked)
        assert len(sent) == len(set(sent)) == 2
        queue.back = True
        await until(all_are(database, "sent", 2))
    assert len(sent) == 2


async def test_what_is_still_being_sent_is_left_to_its_sender(database: Database) -> None:
    go_on = asyncio.Event()
    sent: list[UUID] = []

    async def slow(notification: Notification) -> None:
        sent.append(notification.id)
        await go_on.wait()

    await write(database, "ada@example.com")
    async with delivering(database, slow), delivering(database, slow):
        await until(all_are(database, "sending", 1))
        # As if the wait for the smarthost had lasted, and the lock had been lost meanwhile.
        await database.execute("UPDATE letters SET renewed_at = now() - interval '1 minute'")

        async def renewed() -> bool:
            return bool(await database.fetchval("SELECT renewed_at > now() - interval '1 s' FROM letters"))

        await until(renewed)
        go_on.set()
        await until(all_are(database, "sent", 1))
    assert len(sent) == 1


async def test_a_place_that_gets_free_is_filled_at_once(database: Database) -> None:
    hanging = asyncio.Event()

    async def send(notification: Notification) -> None:
        if notification.address.startswith("hang"):
            await hanging.wait()

    for number in range(3):
        await write(database, f"hang@{number}.example")
    for number in range(6):
        await write(database, f"free@{number}.example")
    async with delivering(database, send, width=4):
        await until(all_are(database, "sent", 6))
        assert list(await states(database)).count("sending") == 3


async def test_one_domain_never_takes_every_place(database: Database) -> None:
    hanging = asyncio.Event()
    most = now = 0

    async def send(notification: Notification) -> None:
        nonlocal most, now
        if notification.lane != "hang.example":
            return
        now += 1
        most = max(most, now)
        await hanging.wait()
        now -= 1

    for number in range(9):
        await write(database, f"{number}@HANG.example")
    await write(database, "ada@example.com")
    async with delivering(database, send, width=4, per_lane=3):
        await until(all_are(database, "sent", 1))
        hanging.set()
        await until(all_are(database, "sent", 10))
    assert most == 3


async def test_what_may_have_arrived_is_sent_once_more_and_then_goes_to_a_human(database: Database) -> None:
    tries: list[int] = []

    async def send(notification: Notification) -> None:
        tries.append(notification.doubts)
        raise DeliveryUnknown("no answer")

    await write(database, "ada@example.com", kind="follow_up")
    async with delivering(database, send, doubt_pause=0.05):
        await until(all_are(database, "failed", 1))
    assert tries == [0, 1]
    assert "It may have arrived" in await database.fetchval("SELECT reason FROM handoffs")


async def test_doubt_waits_for_longer_than_a_refusal(database: Database) -> None:
    async def send(notification: Notification) -> None:
        raise DeliveryUnknown("no answer")

    await write(database, "ada@example.com")
    async with delivering(database, send):
        await until(all_are(database, "queued", 1))
        wait = "SELECT available_at > now() + interval '10 minutes' FROM letters"

        async def put_off() -> bool:
            return bool(await database.fetchval(wait))

        await until(put_off)


async def test_a_stop_before_the_end_of_a_mail_puts_it_back_at_once(database: Database) -> None:
    async def send(notification: Notification) -> None:
        await asyncio.Event().wait()

    await write(database, "ada@example.com")
    async with delivering(database, send):
        await until(all_are(database, "sending", 1))
    row = await database.fetchrow("SELECT state, doubts, available_at <= now() AS due FROM letters")
    assert dict(row) == {"state": "queued", "doubts": 0, "due": True}


async def test_a_stop_while_the_answer_is_awaited_is_noted_as_doubt(database: Database) -> None:
    async def send(notification: Notification) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise DeliveryUnknown("stopped") from None

    await write(database, "ada@example.com")
    async with delivering(database, send):
        await until(all_are(database, "sending", 1))
    row = await database.fetchrow("SELECT state, doubts, available_at <= now() AS due FROM letters")
    assert dict(row) == {"state": "queued", "doubts": 1, "due": False}


async def test_what_a_lost_statement_took_is_taken_again(database: Database) -> None:
    await write(database, "ada@example.com")
    queue = Notifications(database)
    [first] = await queue.claim(7, 8)
    assert await queue.claim(7, 8, held=[first.id]) == []
    assert await queue.claim(8, 8) == []
    [again] = await queue.claim(7, 8)
    assert again.id == first.id


async def test_replies_of_one_conversation_go_out_in_their_order(database: Database) -> None:
    first, second = [await conversation(database, "mail") for _ in range(2)]
    for conversation_id, seq in ((first, 1), (first, 2), (second, 1)):
        message_id = new_id()
        async with database.transaction() as connection:
            await connection.execute(
                "INSERT INTO messages (id, conversation_id, seq, author, channel, text)"
                " VALUES ($1, $2, $3, 'assistant', 'mail', $4)",
                message_id,
                conversation_id,
                seq,
                str(seq),
            )
            await queue_delivery(
                connection, message_id=message_id, conversation_id=conversation_id, channel="mail"
            )
    queue = DeliveryQueue(database)
    taken = await queue.claim(1, 8)
    assert sorted((each.conversation_id, each.text) for each in taken) == sorted(
        [(first, "1"), (second, "1")]
    )
    [held] = [each for each in taken if each.conversation_id == first]
    await queue.again(held, seconds=60, error="later")
    assert await queue.claim(1, 8, held=[each.id for each in taken]) == []
    for freed in ("doubts = 1", "doubts = 0, attempts = 8"):
        await database.execute(f"UPDATE deliveries SET {freed} WHERE id = $1", held.id)
        [next_one] = await queue.claim(1, 8, held=[each.id for each in taken])
        assert next_one.text == "2"
        await queue.again(next_one, seconds=0, error="later")
    await database.execute("UPDATE deliveries SET attempts = 1 WHERE id = $1", held.id)
    await database.execute("UPDATE deliveries SET available_at = now() WHERE id = $1", held.id)
    [held] = await queue.claim(1, 8, held=[each.id for each in taken if each is not held])
    await queue.sent(held)
    [after] = await queue.claim(1, 8, held=[each.id for each in taken])
    assert (after.conversation_id, after.text) == (first, "2")


async def test_a_failure_that_comes_too_late_changes_nothing(database: Database) -> None:
    conversation_id = await conversation(database, "mail")
    async with database.transaction() as connection:
        message_id = new_id()
        await connection.execute(
            "INSERT INTO messages (id, conversation_id, seq, author, channel, text)"
            " VALUES ($1, $2, 1, 'assistant', 'mail', 'x')",
            message_id,
            conversation_id,
        )
        await queue_delivery(
            connection, message_id=message_id, conversation_id=conversation_id, channel="mail"
        )
    queue = DeliveryQueue(database)
    [mine] = await queue.claim(1, 8)
    await database.execute("UPDATE deliveries SET renewed_at = now() - interval '2 hours'")
    [theirs] = await queue.claim(2, 8)
    await queue.sent(theirs)
    await queue.failed(mine, error="too late")
    assert await database.fetchval("SELECT state FROM deliveries") == "sent"
    assert await database.fetchval("SELECT count(*) FROM handoffs") == 0


async def test_a_refusal_is_still_a_refusal(database: Database) -> None:
    async def send(notification: Notification) -> None:
        raise DeliveryFailed("550 no", permanent=True)

    await write(database, "ada@example.com")
    async with delivering(database, send):
        await until(all_are(database, "failed", 1))
