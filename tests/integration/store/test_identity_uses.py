"""A token with an id belongs to the session that used it first."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from orchestrator.errors import IdentityRejected
from orchestrator.people.customer_care import Customers
from orchestrator.people.identity_tokens import Claims, TokenUse
from orchestrator.people.sessions import Sessions, StoredSession, bind_token
from orchestrator.store.database import Database


def use(name: str = "token", *, seconds: float = 300.0) -> TokenUse:
    return TokenUse(hash=name.encode().ljust(32), expires_at=datetime.now(UTC) + timedelta(seconds=seconds))


async def begin(database: Database, key: str, token: TokenUse) -> StoredSession:
    claims = Claims(subject="ada", email="ada@example.com", name=None, language=None)
    customer_id = await Customers(database).of_identity(claims)
    return await Sessions(database).begin(
        key, channel="chat", customer_id=customer_id, subject="ada", use=token
    )


async def test_another_session_is_turned_away_and_nothing_of_it_stays(database: Database) -> None:
    await begin(database, str(uuid4()), use())
    with pytest.raises(IdentityRejected):
        await begin(database, str(uuid4()), use())
    assert await database.fetchval("SELECT count(*) FROM sessions") == 1


async def test_the_same_session_may_use_it_again(database: Database) -> None:
    session = await begin(database, "key", use())
    again = await Sessions(database).verify(
        session, customer_id=session.customer_id, subject="ada", key="key", use=use()
    )
    assert again.trust == 3


async def test_a_verified_session_does_not_lend_its_token(database: Database) -> None:
    await begin(database, "first", use())
    stranger = await Sessions(database).begin("second", channel="chat", customer_id=None, subject=None)
    with pytest.raises(IdentityRejected):
        await Sessions(database).verify(
            stranger, customer_id=stranger.customer_id, subject="ada", key="second", use=use()
        )
    found = await Sessions(database).find("second")
    assert found is not None
    assert (found.trust, found.subject) == (0, None)


async def test_of_many_at_once_one_wins(database: Database) -> None:
    results = await asyncio.gather(
        *(begin(database, str(uuid4()), use()) for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(result, StoredSession) for result in results) == 1
    assert sum(isinstance(result, IdentityRejected) for result in results) == 19


async def test_expired_rows_are_forgotten_and_their_place_is_free(database: Database) -> None:
    async with database.transaction() as connection:
        assert await bind_token(connection, use(seconds=-300), b"first")
        assert await bind_token(connection, use(seconds=300), b"second")
        assert not await bind_token(connection, use(seconds=300), b"third")
        assert await bind_token(connection, use("old", seconds=-300), b"first")
    await Sessions(database).forget_unused()
    assert await database.fetchval("SELECT count(*) FROM identity_uses") == 1


async def test_what_the_customer_read_only_grows_and_never_beyond_the_end(database: Database) -> None:
    sessions = Sessions(database)
    session = await sessions.begin("key", channel="chat", customer_id=None, subject=None)
    await database.execute("UPDATE conversations SET last_seq = 5")
    for seq, stored in [(3, 3), (2, 3), (99, 5), (2**60, 5)]:
        await sessions.read(session.conversation_id, seq)
        assert await database.fetchval("SELECT read_seq FROM conversations") == stored
