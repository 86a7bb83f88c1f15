"""Whose mail it is: what a forged sender can't read, continue or change."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from orchestrator.conversation.file_store import FileStore
from orchestrator.conversation.recordings import Recordings
from orchestrator.ids import new_id
from orchestrator.mail.intake import MailIntake
from orchestrator.mail.mail_types import ReadMail
from orchestrator.mail.spool import KeptMails
from orchestrator.people.customer_care import Customers
from orchestrator.people.erasure import Erasure
from orchestrator.people.identity_tokens import Claims
from orchestrator.store.audit_log import Audit, AuditFilter
from orchestrator.store.database import Database
from tests.support.house import POLICIES
from tests.support.memories import earlier, facts

ADA = "ada@example.com"
NUMBERS = count(1)


@dataclass
class Post:
    """Takes mails in as the mail room does, once they are read."""

    database: Database
    cap: int = 10

    async def take(self, text: str = "Hello", *, trust: int, sender: str = ADA, **more: Any) -> UUID | None:
        """Take one mail and return its conversation."""
        await self.keep(sender)
        [kept] = await KeptMails(self.database, Path("unused")).claim(1, 1)
        number = next(NUMBERS)
        mail = ReadMail(
            mailbox="support@localhost",
            from_address=sender,
            from_name=more.get("name", "Ada Byron"),
            subject="Hello",
            message_id=more.get("message_id", f"<{number}@example.com>"),
            thread_ids=more.get("thread_ids", ()),
            token=more.get("token"),
            text=text,
            trust=trust,
            authentication={},
            dedupe_key=more.get("dedupe_key", f"{sender} {number}"),
        )
        taken = await MailIntake(self.database, hourly_cap=self.cap).accept(kept, mail)
        return taken.conversation_id

    async def keep(self, sender: str) -> None:
        """Put a mail into the spool, not read yet."""
        await self.database.execute(
            "INSERT INTO mails (id, sender, recipients, peer, helo, tls, protocol, size, sha256)"
            " VALUES ($1, $2, '{}', '', '', false, 'smtp', 1, $3)",
            new_id(),
            sender,
            hashlib.sha256(b"").hexdigest(),
        )

    async def customer(self, conversation: UUID | None) -> UUID:
        found = await self.database.fetchval(
            "SELECT customer_id FROM conversations WHERE id = $1", conversation
        )
        return UUID(str(found))

    async def verified(self) -> UUID:
        """Return the customer to whom Ada's address is verified."""
        found = await self.database.fetchval(
            "SELECT customer_id FROM contacts WHERE address = $1 AND verified_at IS NOT NULL", ADA
        )
        return UUID(str(found))


@pytest.fixture
def post(database: Database) -> Post:
    return Post(database)


async def test_a_forged_mail_continues_nothing_that_was_authenticated(post: Post) -> None:
    real = await post.take("Where is order 1042?", trust=2, message_id="<real@example.com>")
    for keys in ({"thread_ids": ("<real@example.com>",)}, {"token": real}):
        forged = await post.take("Cancel it!", trust=1, **keys)
        assert forged != real
        assert await post.customer(forged) != await post.customer(real)
    texts = await post.database.fetch("SELECT text FROM messages WHERE conversation_id = $1", real)
    assert [row["text"] for row in texts] == ["Where is order 1042?"]


async def test_an_authenticated_mail_does_not_go_on_with_what_was_forged(post: Post) -> None:
    """Else the forger's words would stand in the thread in which the real customer is believed."""
    forged = await post.take("Refund order 1042 to me.", trust=1, message_id="<forged@evil.example>")
    real = await post.take("Yes, please.", trust=2, thread_ids=("<forged@evil.example>",), token=forged)
    assert real != forged
    assert await post.customer(real) != await post.customer(forged)
    assert await post.customer(real) == await post.verified()


async def test_somebody_without_authentication_goes_on_with_their_own_thread(post: Post) -> None:
    first = await post.take("My lamp is broken.", trust=1, message_id="<one@example.com>")
    assert await post.take("Any news?", trust=1, thread_ids=("<one@example.com>",)) == first
    assert await post.take("Any news?", trust=1, token=first) == first
    # Also when the address is verified in another way: then the claim has a customer of its own.
    await Customers(post.database).of_identity(
        Claims(subject="ada", email=ADA, name="Ada Byron", language="en")
    )
    assert await post.take("Any news now?", trust=1, token=first) == first
    second = await post.take("Something else.", trust=1)
    assert second != first
    assert await post.customer(second) == await post.customer(first) != await post.verified()


async def test_an_authenticated_thread_goes_on(post: Post) -> None:
    first = await post.take(trust=2, message_id="<one@example.com>")
    assert await post.take(trust=2, thread_ids=("<one@example.com>",)) == first
    assert await post.take(trust=2, token=first) == first


async def test_one_strangers_token_opens_nothing_for_another(post: Post) -> None:
    for trust in (1, 2):
        hers = await post.take(trust=trust, message_id=f"<hers{trust}@example.com>")
        his = await post.take(
            trust=trust, sender="eve@evil.example", token=hers, thread_ids=(f"<hers{trust}@example.com>",)
        )
        assert his != hers
        assert await post.customer(his) != await post.customer(hers)


async def test_forged_mails_change_nothing_of_the_verified_customer(post: Post) -> None:
    await post.take(trust=2, name="Ada Byron")
    verified = await post.verified()

    async def known() -> list[Any]:
        return [
            await post.database.fetchrow("SELECT * FROM customers WHERE id = $1", verified),
            await post.database.fetch("SELECT * FROM contacts WHERE customer_id = $1", verified),
            await post.database.fetch("SELECT * FROM conversations WHERE customer_id = $1", verified),
            await post.database.fetch("SELECT * FROM turns WHERE customer_id = $1", verified),
        ]

    before = await known()
    for _ in range(12):
        await post.take(trust=1, name="Mallory")
    assert await known() == before


async def test_forged_mails_do_not_use_up_the_real_senders_answers(database: Database) -> None:
    post = Post(database, cap=2)
    for _ in range(5):
        await post.take(trust=1)
    real = await post.take(trust=2)
    assert await database.fetchval("SELECT owner FROM conversations WHERE id = $1", real) == "bot"


async def test_a_forged_copy_that_comes_first_does_not_hide_the_real_mail(post: Post) -> None:
    same = {"message_id": "<same@example.com>", "dedupe_key": "same"}
    forged = await post.take("Forged", trust=1, **same)
    real = await post.take("Real", trust=2, **same)
    assert real != forged
    assert await post.take("Real", trust=2, **same) == real
    assert await post.take("Forged", trust=1, **same) in (real, forged)
    states = await post.database.fetch("SELECT state FROM mails ORDER BY received_at")
    assert [row["state"] for row in states] == ["accepted", "accepted", "recorded", "recorded"]


async def test_a_proof_takes_the_address_and_leaves_what_was_claimed_behind(post: Post) -> None:
    claimed = await post.customer(await post.take(trust=1))
    await post.database.execute(
        "INSERT INTO customer_facts (customer_id, conversation_id, key, value, trust)"
        " SELECT customer_id, id, 'iban', 'the forgers', 1 FROM conversations"
    )
    proved = await post.take(trust=2)
    verified = await post.verified()
    assert verified != claimed
    assert proved is not None
    assert await facts(post.database, verified, proved, trust=3) == {}
    assert await earlier(post.database, verified, proved) == []
    [noted] = await Audit(post.database).rows(AuditFilter(action="contact.verified"), limit=5)
    assert noted["before"] == {"claimed_by": str(claimed)}


async def test_deleting_a_customer_takes_what_was_claimed_and_what_waits_in_the_spool(
    post: Post, tmp_path: Path
) -> None:
    await post.take(trust=1)
    await post.take(trust=2)
    await post.take(trust=2, sender="bob@example.com")
    verified = await post.verified()
    await post.keep("Ada@Example.com")
    erasure = Erasure(
        post.database,
        files=FileStore(post.database, tmp_path),
        folder=tmp_path,
        recordings=Recordings(tmp_path / "recordings", POLICIES),
    )
    erased = await erasure.delete(verified, operator="Ann")
    assert (len(erased.customers), len(erased.conversations), erased.mails) == (2, 2, 3)
    left = await post.database.fetch("SELECT from_address FROM mails")
    assert [row["from_address"] for row in left] == ["bob@example.com"]
