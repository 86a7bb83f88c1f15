"""Whose session a token opens: one session per token, one person per session."""

from __future__ import annotations

import asyncio
from typing import Any, cast
from uuid import uuid4

import pytest

from orchestrator.conversation.desk import Desk
from orchestrator.conversation.event_bus import EventBus
from orchestrator.conversation.message import VisitorSession
from orchestrator.errors import IdentityRejected
from orchestrator.people.customer_care import Customers
from orchestrator.people.identity_tokens import Identities
from orchestrator.people.sessions import Sessions
from orchestrator.store.database import Database
from switchboard.web_chat import sign_identity

SECRET = "a secret of at least thirty-two bytes"
ADA, BOB = "ada@example.com", "bob@example.com"


@pytest.fixture
def desk(database: Database) -> Desk:
    unused = cast(Any, None)
    return Desk(
        model="sandbox",
        language="en",
        sessions=Sessions(database),
        customers=Customers(database),
        identities=Identities(SECRET),
        messages=unused,
        conversations=unused,
        turns=unused,
        bus=EventBus(),
        runner=unused,
        files=unused,
        interrupts=unused,
        observer=unused,
    )


def signed(email: str = ADA) -> str:
    return sign_identity(email, email.partition("@")[0].title(), SECRET)


async def opened(
    desk: Desk, identity: str | None, *, token: str | None = None, issued_only: bool = True
) -> VisitorSession:
    return await desk.open_session(channel="chat", token=token, identity=identity, issued_only=issued_only)


async def test_a_replayed_token_opens_nothing(desk: Desk, database: Database) -> None:
    token = signed()
    mine = await opened(desk, token)
    for stolen in (None, str(uuid4())):
        with pytest.raises(IdentityRejected):
            await opened(desk, token, token=stolen, issued_only=False)
    with pytest.raises(IdentityRejected):
        await opened(desk, token)
    again = await opened(desk, token, token=mine.token)
    assert (again.id, again.trust) == (mine.id, 3)
    assert await database.fetchval("SELECT count(*) FROM sessions") == 0


async def test_a_replay_into_a_strangers_session_changes_nothing(desk: Desk) -> None:
    token = signed()
    await opened(desk, token)
    eve = await opened(desk, None)
    await desk.begin(eve)
    with pytest.raises(IdentityRejected):
        await opened(desk, token, token=eve.token)
    after = await opened(desk, None, token=eve.token)
    assert (after.trust, after.customer_id) == (0, eve.customer_id)


async def test_replays_at_once_open_one_session(desk: Desk) -> None:
    token = signed()
    results = await asyncio.gather(*(opened(desk, token) for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(result, VisitorSession) for result in results) == 1


async def test_a_fresh_token_renews_the_same_session(desk: Desk) -> None:
    mine = await opened(desk, signed())
    assert (await opened(desk, signed(), token=mine.token)).id == mine.id
    assert (await opened(desk, signed())).id != mine.id


async def proved_by_code(database: Database, session: VisitorSession, address: str) -> None:
    """Leave what a one-time code leaves, where the token is not replaced."""
    await database.execute(
        "INSERT INTO contacts (id, customer_id, kind, address, verified_at)"
        " VALUES ($1, $2, 'email', $3, now())",
        uuid4(),
        session.customer_id,
        address,
    )
    await database.execute("UPDATE sessions SET subject = $2 WHERE id = $1", session.id, f"email:{address}")


async def test_who_proved_an_address_may_sign_in_with_it(desk: Desk, database: Database) -> None:
    mine = await opened(desk, None)
    await desk.begin(mine)
    await proved_by_code(database, mine, ADA)
    signed_in = await opened(desk, signed(), token=mine.token)
    assert (signed_in.id, signed_in.customer_id, signed_in.trust) == (mine.id, mine.customer_id, 3)


async def test_another_person_gets_a_session_of_their_own(desk: Desk, database: Database) -> None:
    adas = await opened(desk, None)
    await desk.begin(adas)
    await proved_by_code(database, adas, ADA)
    bobs = await opened(desk, signed(BOB), token=adas.token)
    assert bobs.id != adas.id
    assert bobs.conversation_id != adas.conversation_id
    await desk.begin(bobs)
    now = await desk.current_session(bobs)
    assert now is not None
    assert now.customer_id != adas.customer_id
