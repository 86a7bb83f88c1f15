"""One-time codes: sent to the address on file, they prove who is behind a conversation."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from typing import Literal, Protocol
from uuid import UUID

from orchestrator.languages.wording import ours
from orchestrator.mail.notifications import CodeNotification, code_words
from orchestrator.people.code_rows import NewCode, OneTimeCodes
from orchestrator.people.principal import Principal
from tools.tool import Caller, ToolError

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


class Codes:
    """Sends codes and checks them. Whoever asks learns nothing of who is on file.

    `secret` keys the hashes; `notifications_wait` says that a notification was queued.
    """

    def __init__(
        self,
        *,
        store: OneTimeCodes,
        book: AddressBook,
        secret: str,
        business: str,
        notifications_wait: Callable[[], None],
    ) -> None:
        self._store = store
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
        sending = await self._store.add(
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
        return await self._store.check(
            caller.conversation_id,
            caller.turn_id,
            lambda address: self._hash(caller.conversation_id, address, code),
            nothing=secrets.token_bytes(32),
            typed=code,
        )

    async def principal(self, conversation_id: UUID, turn_id: UUID) -> Principal | None:
        """Return who is proved to be behind the conversation, for half an hour or within this turn."""
        return await self._store.principal(conversation_id, turn_id)

    async def outstanding(self, conversation_id: UUID) -> bool:
        """Say whether the conversation waits for a code."""
        return await self._store.outstanding(conversation_id)

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
