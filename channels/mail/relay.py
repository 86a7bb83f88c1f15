"""Ways out for mail, and how a try to send ended; without a smarthost a Maildir any mail program opens."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import socket
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from email.policy import compat32
from pathlib import Path
from typing import Final, Protocol

from channels.mail.mailbox import AddressInvalid, read_mailbox
from orchestrator.conversation.deliverer import DeliveryFailed
from orchestrator.conversation.file_store import sync_folder

_LONGEST_REPLY: Final = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedRecipient:
    """One recipient the server did not take; `permanent` says that trying again is of no use."""

    address: str
    code: int
    reply: str

    @property
    def permanent(self) -> bool:
        """Whether the server said no for good (5xx, RFC 5321 4.2.1)."""
        return self.code >= 500

    def __str__(self) -> str:
        return f"{self.code} {self.reply}"


@dataclass(frozen=True, kw_only=True, slots=True)
class RelayOutcome:
    """The message was taken for at least one recipient; the others stand in `refused`."""

    accepted: tuple[str, ...]
    refused: tuple[RefusedRecipient, ...]
    reply: str
    """What the server said last, often with its queue id."""


class AllRefused(DeliveryFailed):
    """No recipient was taken; permanent only when every one was refused for good."""

    def __init__(self, refused: Sequence[RefusedRecipient]) -> None:
        super().__init__(reasons(refused), permanent=all(one.permanent for one in refused))
        self.refused = tuple(refused)


class MailRelay(Protocol):
    """Brings a finished message to the next server, or to where it is kept."""

    async def send(self, message: bytes, *, sender: str, recipients: Sequence[str]) -> RelayOutcome:
        """Send `message` (CRLF) to all recipients; `sender` is the envelope's, `""` for none.

        Returns when at least one recipient is taken for good; raises `DeliveryFailed` when none is.
        """
        ...

    async def close(self) -> None:
        """Let go of connections; sending again opens new ones."""
        ...


def reasons(refused: Iterable[RefusedRecipient]) -> str:
    """Say in one line what the server answered; without addresses, which are personal data."""
    return "; ".join(dict.fromkeys(str(one) for one in refused))[:_LONGEST_REPLY]


def short_reply(text: str) -> str:
    """Make one bounded, printable line of what a server said."""
    line = " ".join(text.split())
    return "".join(c if c.isprintable() else "?" for c in line[:_LONGEST_REPLY])


FOLDERS: Final = ("tmp", "new", "cur")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9.\-]")


class MaildirRelay:
    """Keeps every message as one file: written in `tmp`, synced, then moved into `new`.

    A message that is there already (same Message-ID, read or not) is not written again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._host = _UNSAFE.sub("-", socket.gethostname()) or "localhost"
        self._one_at_a_time = threading.Lock()  # looking for an earlier copy and writing belong together

    async def send(self, message: bytes, *, sender: str, recipients: Sequence[str]) -> RelayOutcome:
        """Store `message`; raises `DeliveryFailed` (not permanent) when the disk does not take it."""
        copy = _envelope_lines(sender, recipients) + message.replace(b"\r\n", b"\n")
        name = await asyncio.to_thread(self._keep, _fingerprint(message), copy)
        return RelayOutcome(accepted=tuple(recipients), refused=(), reply=f"kept as {name}")

    async def close(self) -> None:
        """Nothing is held open."""

    def _keep(self, fingerprint: str, copy: bytes) -> str:
        try:
            for folder in FOLDERS:
                (self._folder / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._one_at_a_time:
                return self._earlier(fingerprint) or self._write(fingerprint, copy)
        except OSError as error:
            raise DeliveryFailed(
                f"The outbox folder can't be written: {error.strerror}.", permanent=False
            ) from error

    def _earlier(self, fingerprint: str) -> str | None:
        for folder in ("new", "cur"):
            with os.scandir(self._folder / folder) as entries:
                found = next((entry.name for entry in entries if f".{fingerprint}." in entry.name), None)
            if found:
                return found
        return None

    def _write(self, fingerprint: str, copy: bytes) -> str:
        name = f"{int(time.time())}.{fingerprint}.{self._host}"  # https://cr.yp.to/proto/maildir.html
        draft = self._folder / "tmp" / name
        with draft.open("wb") as file:
            file.write(copy)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self._folder / "new" / name)
        sync_folder(self._folder / "new")
        return name


def _fingerprint(message: bytes) -> str:
    message_id = BytesHeaderParser(policy=compat32).parsebytes(message).get("Message-ID")
    return hashlib.sha256(str(message_id).encode("utf-8", "replace") if message_id else message).hexdigest()[
        :32
    ]


def _envelope_lines(sender: str, recipients: Sequence[str]) -> bytes:
    lines = [f"Return-Path: <{_shown(sender)}>", *(f"Delivered-To: {_shown(one)}" for one in recipients)]
    return "\n".join([*lines, ""]).encode("utf-8")


def _shown(address: str) -> str:
    if not address:
        return ""
    try:
        return str(read_mailbox(address))
    except AddressInvalid as error:
        raise DeliveryFailed("An address of the envelope is not valid.", permanent=True) from error
