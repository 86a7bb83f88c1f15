"""One-time codes: sent to the address on file, they prove who is behind a conversation."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from uuid import UUID

from orchestrator.ids import new_id
from orchestrator.languages.wording import ours
from orchestrator.mail.notifications import CodeNotification, code_words, queue_code
from orchestrator.people.person import lock_address
from orchestrator.people.proofs import Principal, belonging_of, hold, principal, verify
from orchestrator.store.audit_log import note
from orchestrator.store.database import Database
from tools.tool import Caller, ToolError

TRIES = 3
HOUR, DAY = 3_600.0, 86_400.0
CODES = {"conversation": ((3, HOUR),), "address": ((3, HOUR), (6, DAY))}
"""How many codes in how many seconds: for a conversation, and for an address."""
WRONG_AN_HOUR = 10
"""Wrong tries after which a conversation's codes are wrong. Whoever guesses elsewhere burns no code here: an
address has few codes a day, and each allows three tries."""

Sent = Literal["sent", "not_on_file", "too_many", "repeated", "not_theirs"]
Checked = Literal["verified", "wrong", "none"]

# Beside the lock on the address, taken after it: counting and writing are one step for both.
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, $2))"
OF_CONVERSATION = 0x5B0C

# A conversation of the customer who has proved the address before: strangers can't spend what is kept for it.
THEIRS = """EXISTS (
    SELECT 1 FROM conversations c JOIN contacts a ON a.customer_id = c.customer_id
    WHERE c.id = {conversation} AND a.kind = 'email' AND a.address = $2 AND a.verified_at IS NOT NULL)"""
LATELY = f"""
SELECT o.conversation_id = $1 AS own,
    o.address = $2 AND {THEIRS.format(conversation="o.conversation_id")} = {THEIRS.format(conversation="$1")}
        AS same,
    extract(epoch FROM clock_timestamp() - o.created_at)::float8 AS age
FROM one_time_codes o
WHERE (o.conversation_id = $1 OR o.address = $2) AND o.created_at > now() - interval '1 day'
ORDER BY o.created_at DESC
"""

WRONG = """
SELECT coalesce(sum(tries - CASE WHEN used_at IS NULL THEN 0 ELSE 1 END), 0) FROM one_time_codes
WHERE conversation_id = $1 AND created_at > now() - interval '1 hour'
"""

# The clock, not the transaction's beginning: one that waited for the locks must not be older than the other.
ADD = """
INSERT INTO one_time_codes (id, conversation_id, address, code_hash, created_at, expires_at)
VALUES ($1, $2, $3, $4, clock_timestamp(), clock_timestamp() + make_interval(secs => $5))
RETURNING expires_at
"""

# Only the newest code of a conversation counts: asking for another one ends the older.
NEWEST = """
SELECT o.id, o.address, o.code_hash, o.tries, o.used_at IS NOT NULL AS used,
    o.expires_at > clock_timestamp() AS fresh,
    EXISTS (SELECT 1 FROM turns t WHERE t.id = $2 AND t.conversation_id = o.conversation_id
        AND t.state = 'running' AND o.used_at >= t.started_at) AS used_now
FROM one_time_codes o WHERE o.conversation_id = $1 ORDER BY o.created_at DESC, o.id DESC LIMIT 1
"""

OUTSTANDING = """
SELECT used_at IS NULL AND tries < $2 AND expires_at > clock_timestamp() FROM one_time_codes
WHERE conversation_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sending:
    """What became of a request for a code.

    `again_in` are the seconds until one can be had, where there were too many: the same for every address.
    """

    outcome: Sent
    again_in: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewCode:
    """A code to be; `code_hash` is None and `notification` is not sent when the address is not on file."""

    conversation_id: UUID
    address: str
    code_hash: bytes | None
    valid: float
    notification: CodeNotification = field(repr=False)


async def forget_codes(database: Database) -> None:
    """Delete codes that no limit counts any more, and the mails that brought them; raise `StoreAway`."""
    await database.execute("DELETE FROM one_time_codes WHERE created_at < now() - interval '2 days'")
    await database.execute(
        "DELETE FROM letters WHERE kind = 'code' AND created_at < now() - interval '2 days'"
    )


class VerifiedContacts:
    """An address book of the contact points that customers have proved."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def on_file(self, address: str) -> bool:
        """Say whether somebody has proved this address."""
        return bool(
            await self._database.fetchval(
                "SELECT 1 FROM contacts WHERE kind = 'email' AND address = $1 AND verified_at IS NOT NULL",
                address,
            )
        )


async def _kept(connection: Any, new: NewCode) -> Sent:
    expires_at = await connection.fetchval(
        ADD, new_id(), new.conversation_id, new.address, new.code_hash, new.valid
    )
    needed = new.code_hash is not None
    await queue_code(
        connection,
        new.notification,
        conversation_id=new.conversation_id,
        expires_at=expires_at,
        needed=needed,
    )
    return "sent" if needed else "not_on_file"


async def _lock(connection: Any, conversation_id: UUID, address: str) -> None:
    await connection.execute(LOCK, str(conversation_id), OF_CONVERSATION)
    await lock_address(connection, address)


async def _refused(connection: Any, new: NewCode) -> Sending | None:
    if await connection.fetchval("SELECT 1 FROM letters WHERE key = $1", new.notification.key):
        return Sending(outcome="repeated")
    belonging = await belonging_of(connection, new.conversation_id, new.address)
    if belonging is None or not belonging.allowed:
        return Sending(outcome="not_theirs")
    lately = await connection.fetch(LATELY, new.conversation_id, new.address)
    own = _wait([row["age"] for row in lately if row["own"]], CODES["conversation"])
    same = _wait([row["age"] for row in lately if row["same"]], CODES["address"])
    wait = max(own, same)
    return Sending(outcome="too_many", again_in=wait) if wait > 0 else None


def _wait(ages: Sequence[float], limits: Sequence[tuple[int, float]]) -> float:
    """Return the seconds until another code is within the limits; `ages` in seconds, youngest first."""
    return max(span - ages[most - 1] if len(ages) >= most else 0.0 for most, span in limits)


async def _judged(connection: Any, conversation_id: UUID, code: Any, *, right: bool, typed: str) -> Checked:
    shut = await connection.fetchval(WRONG, conversation_id) >= WRONG_AN_HOUR
    await connection.execute("UPDATE one_time_codes SET tries = tries + 1 WHERE id = $1", code["id"])
    belonging = await belonging_of(connection, conversation_id, code["address"])
    proved = right and not shut and code["code_hash"] is not None
    if not proved or belonging is None or not belonging.allowed:
        await note(
            connection,
            actor="customer",
            action="identity.code_refused",
            subject=f"conversation:{conversation_id}",
            conversation_id=conversation_id,
            after={"address": code["address"], "tries": code["tries"] + 1, "shut": shut},
        )
        return "wrong"
    await connection.execute(
        "UPDATE one_time_codes SET used_at = clock_timestamp() WHERE id = $1", code["id"]
    )
    await verify(connection, conversation_id, code["address"], belonging, code=typed)
    return "verified"


DIGITS = 6
MINUTES = 10
LONGEST_ADDRESS = 254


class AddressBook(Protocol):
    """Knows which e-mail addresses are on file; addresses are in lower case."""

    async def on_file(self, address: str) -> bool:
        """Say whether the address is a customer's."""
        ...


class AddressBooks:
    """Several address books as one; all are asked, so that every answer takes the same time."""

    def __init__(self, books: Sequence[AddressBook]) -> None:
        self._books = tuple(books)

    async def on_file(self, address: str) -> bool:
        """Say whether the address is in any of them."""
        return any([await book.on_file(address) for book in self._books])


class OneTimeCodes:
    """Sends codes and checks them. Whoever asks learns nothing of who is on file.

    `secret` keys the hashes; `notifications_wait` says that a notification was queued.
    """

    def __init__(
        self,
        *,
        database: Database,
        book: AddressBook,
        secret: str,
        business: str,
        notifications_wait: Callable[[], None],
    ) -> None:
        self._database = database
        self._book = book
        self._key = hashlib.sha256(b"one-time code\0" + secret.encode()).digest()
        self._business = business
        self._notifications_wait = notifications_wait

    async def send_code(self, caller: Caller, address: str) -> None:
        """Have a code sent to the address if it is on file, within the limits; nothing tells whether it was.

        At most 3 in an hour for a conversation; for an address 3 in an hour and 6 in a day, and as many again
        in conversations of the customer who has proved it before. Raises `ToolError`: code_not_now, the same
        for every address, where that is too many; other_customer in a conversation that is already known to
        be another person's.
        """
        address = address.strip().lower()
        if not address.isprintable() or len(address) > LONGEST_ADDRESS:
            return
        on_file = await self._book.on_file(address)
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        code_hash = self._hash(caller.conversation_id, address, code)
        sending = await self._add(
            NewCode(
                conversation_id=caller.conversation_id,
                address=address,
                code_hash=code_hash if on_file else None,
                valid=MINUTES * 60.0,
                notification=self._notification(caller, address, code),
            )
        )
        self._notifications_wait()
        if sending.again_in is not None:
            raise ToolError(
                "code_not_now",
                "No code was sent: as many as are allowed were asked for. Say so honestly; one can be"
                f" asked for again {_in(sending.again_in)}. They can also sign in, or write by mail.",
            )
        if sending.outcome == "not_theirs":
            raise ToolError(
                "other_customer",
                "This conversation belongs to another address. Ask the customer to begin a new one: a new"
                " chat, or a mail from that address.",
            )

    async def check_code(self, caller: Caller, code: str) -> Literal["verified", "wrong", "none"]:
        """Check a code; `none` says that the conversation waits for no code (any more).

        Each code allows 3 tries in 10 minutes. After 10 wrong tries in a conversation in an hour every code
        is wrong there; what strangers guess in theirs changes nothing here.
        """
        async with self._database.transaction() as connection:
            await connection.execute(LOCK, str(caller.conversation_id), OF_CONVERSATION)
            newest = await connection.fetchrow(NEWEST, caller.conversation_id, caller.turn_id)
            if newest is None:
                return "none"
            await lock_address(connection, newest["address"])
            hashed = self._hash(caller.conversation_id, newest["address"], code)
            right = hmac.compare_digest(hashed, newest["code_hash"] or secrets.token_bytes(32))
            if newest["used"]:
                # The same turn asks again after it was interrupted: it has been verified already.
                return "verified" if right and newest["used_now"] else "none"
            if not newest["fresh"] or newest["tries"] >= TRIES:
                return "none"
            await hold(connection, caller.conversation_id)
            return await _judged(connection, caller.conversation_id, newest, right=right, typed=code)

    async def principal(self, conversation_id: UUID, turn_id: UUID) -> Principal | None:
        """Return who is proved to be behind the conversation, for half an hour or within this turn."""
        return await principal(self._database, conversation_id, turn_id)

    async def outstanding(self, conversation_id: UUID) -> bool:
        """Say whether the conversation waits for a code."""
        return bool(await self._database.fetchval(OUTSTANDING, conversation_id, TRIES))

    async def _add(self, new: NewCode) -> Sending:
        """Keep a code and queue its mail, unless a limit is reached; the same rows for every address."""
        async with self._database.transaction() as connection:
            await _lock(connection, new.conversation_id, new.address)
            refused = await _refused(connection, new)
            outcome = refused.outcome if refused is not None else await _kept(connection, new)
            await note(
                connection,
                actor="customer",
                action="identity.code_sent" if outcome == "sent" else "identity.code_withheld",
                subject=f"conversation:{new.conversation_id}",
                conversation_id=new.conversation_id,
                after={"address": new.address, "outcome": outcome},
            )
        return refused or Sending(outcome=outcome)

    def _notification(self, caller: Caller, address: str, code: str) -> CodeNotification:
        subject, text = code_words(
            code,
            business=self._business,
            channel=caller.channel,
            language=caller.language,
            minutes=MINUTES,
        )
        return CodeNotification(
            address=address,
            subject=subject,
            text=text,
            language=ours(caller.language),
            key=f"code:{caller.idempotency_key}",
        )

    def _hash(self, conversation_id: UUID, address: str, code: str) -> bytes:
        written = f"{address}\0{code}".encode("utf-8", "replace")
        return hmac.digest(self._key, conversation_id.bytes + written, "sha256")


def _in(seconds: float) -> str:
    """Return when, in words that don't promise too early."""
    minutes = int(seconds // 60) + 1
    return f"in {minutes} minutes" if minutes <= 90 else f"in {-(-minutes // 60)} hours"
