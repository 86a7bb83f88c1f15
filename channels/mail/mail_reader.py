"""Brings mails from the spool into their conversations: parsed, authenticated, told from automatic ones."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable

import structlog

from channels.mail.authentication import Authenticated
from channels.mail.automatic import is_automatic
from channels.mail.forms import FORM_MARKS, WebForm, filled_in, read_form
from channels.mail.own_addresses import OwnAddresses
from channels.mail.parse_worker import ParseWorker, Unreadable
from channels.mail.parsed import Bounce, ParsedMail
from channels.mail.reply_text import ReplyText
from orchestrator.conversation.message import Trust
from orchestrator.errors import StoreAway
from orchestrator.languages.wording import ENCRYPTED
from orchestrator.mail.mail_types import KeptMail, ReadMail
from orchestrator.mail.outgoing import MailTokens, OutgoingMails
from orchestrator.mail.service import MailService
from orchestrator.worker import Backoff, Worker

log = structlog.get_logger()
AT_ONCE = 4
TRIES = 3
LATER = Backoff(first=5.0, longest=60.0)
LONGEST = 60_000
TAKEN_UP = "An operator took this mail up."
TO_POSTMASTER = "This mail was sent to the postmaster."
NAMES_ANOTHER = (
    "This mail names {address} as a web form does, and comes from {sender}. If that is a form of ours,"
    " name it in SWITCHBOARD_MAIL__FORM_SENDERS."
)
FORM_ENVELOPE = frozenset(("own_address", "mailer_daemon"))
"""What the envelope says of a form that was noticed by itself: a program wrote it, as we know."""
UNREADABLE = "(This mail could not be read. It is kept as it came; a colleague can open it.)"

Authenticate = Callable[[KeptMail, bytes, ParsedMail], Awaitable[Authenticated]]


class MailReader(Worker[KeptMail]):
    """Claims kept mails and takes each to its end; nothing leaves the spool before it is written down."""

    def __init__(
        self,
        *,
        mail_service: MailService,
        outgoing: OutgoingMails,
        parser: ParseWorker,
        authenticate: Authenticate,
        addresses: OwnAddresses,
        tokens: MailTokens,
    ) -> None:
        super().__init__("mail_reader", width=AT_ONCE)
        self._mail_service = mail_service
        self._outgoing = outgoing
        self._parser = parser
        self._authenticate = authenticate
        self._addresses = addresses
        self._tokens = tokens

    async def claim(self, free: int) -> list[KeptMail]:
        """Take mails to read, see `MailService.claim`."""
        return await self._mail_service.claim(free, reading=len(self.running))

    async def run(self, item: KeptMail) -> None:
        """Take one mail to its end, or put it back; then leave some time to who waits live."""
        began = time.monotonic()
        try:
            await self._read(item)
        except StoreAway:
            log.warning("a mail waits for the store", mail=str(item.id))
        except Exception:
            log.exception("a mail could not be taken in", mail=str(item.id))
            await self._later(item)
        await self._mail_service.breathe(time.monotonic() - began)

    async def _later(self, kept: KeptMail) -> None:
        try:
            if kept.attempts < TRIES:
                await self._mail_service.put_back(kept, seconds=LATER.pause(kept.attempts))
            elif kept.sender:
                await self._mail_service.take(kept, self._unreadable(kept))
            else:
                await self._mail_service.record(kept, "unreadable")
        except StoreAway:
            log.warning("a mail waits for the store", mail=str(kept.id))
        except Exception:
            log.exception("a mail could not be put back", mail=str(kept.id))

    async def _read(self, kept: KeptMail) -> None:
        try:
            mail, reply = await self._parser.read(kept.raw, kept.path)
        except Unreadable as error:
            log.warning("a mail could not be parsed", mail=str(kept.id), why=str(error))
            await self._later(kept)
            return
        if mail.bounce is not None and mail.bounce.permanent and mail.bounce.original_message_id:
            await self._outgoing.bounced(
                message_id=mail.bounce.original_message_id,
                recipient=mail.bounce.recipient,
                reason=_why(mail.bounce),
            )
        form = await self._form(kept, mail)
        automatic = None if kept.accepted else self._automatic(kept, mail, form)
        if automatic is not None:
            unbelieved = Authenticated(spf="none", dkim="none", dmarc="none", aligned=False, detail="")
            await self._mail_service.record(kept, automatic, self._ready(kept, mail, reply, unbelieved, form))
            return
        raw = kept.raw if kept.raw is not None else await asyncio.to_thread(kept.path.read_bytes)
        believed = await self._authenticate(kept, raw, mail)
        await self._mail_service.take(kept, self._ready(kept, mail, reply, believed, form))

    async def _form(self, kept: KeptMail, mail: ParsedMail) -> WebForm | None:
        """Tell the form behind a mail; what answers a mail of ours comes from none.

        Whoever takes a mail up may say whose words it holds.
        """
        told = kept.accepted.sender if kept.accepted else None
        if told and told != mail.from_address.lower():
            return WebForm(sender=(mail.from_address or kept.sender).lower(), visitor=told, known=True)
        author = mail.from_address
        if author and not self._addresses.is_own(author) and kept.sender.lower() in self._addresses.own:
            # Old forms write the visitor into From and send in our name.
            return WebForm(sender=kept.sender.lower(), visitor=author.lower(), known=False)
        form = read_form(mail, addresses=self._addresses)
        if form is not None and mail.in_reply_to and await self._outgoing.wrote(mail.in_reply_to):
            return None
        return form

    def _automatic(self, kept: KeptMail, mail: ParsedMail, form: WebForm | None) -> str | None:
        """Return why nobody is answered, None where somebody is."""
        slug = is_automatic(mail, envelope_from=kept.sender, own_addresses=self._addresses.own)
        if form is not None and slug in (FORM_MARKS if form.known else FORM_ENVELOPE):
            slug = None if form.known or mail.automatic is None else slug
        if slug is None and form is not None and not form.visitor:
            log.warning("a mail does not say whose words it holds", mail=str(kept.id))
            return "form_without_visitor" if form.known else "no_reply"
        if slug is None and not (mail.from_address or kept.sender):
            return "no_sender"
        return slug

    def _ready(
        self,
        kept: KeptMail,
        mail: ParsedMail,
        reply: ReplyText,
        believed: Authenticated,
        form: WebForm | None,
    ) -> ReadMail:
        mailbox, tag = self._addresses.mailbox(kept.recipients)
        sender = (mail.from_address or kept.sender).lower()
        by_staff = self._original_sender(mail, believed)
        by_form = form.visitor if form is not None else ""
        on_behalf = bool(by_staff or by_form)
        sender = by_staff or by_form or sender
        certain = believed.aligned and "header_junk" not in mail.notes  # else two programs may read two heads
        alone = self._addresses.only_postmaster(kept.recipients)
        return ReadMail(
            mailbox=mailbox,
            from_address=sender,
            from_name="" if by_form else mail.from_name,
            subject=mail.subject,
            message_id=mail.message_id,
            thread_ids=_nearest_first(mail),
            token=self._tokens.read(tag) if tag else None,
            text=_answer(mail, reply, form),
            cut=reply.cut if form is None else (),
            words=mail.text if by_form else reply.reply,
            trust=Trust.AUTHENTICATED if certain and not on_behalf else Trust.CLAIMED,
            authentication={
                "spf": believed.spf,
                "dkim": believed.dkim,
                "dmarc": believed.dmarc,
                **({"arc": believed.arc} if believed.arc != "none" else {}),
            },
            dedupe_key=_once(mailbox, sender, mail, kept),
            reply_to=None if on_behalf else self._reply_to(mail),
            cc=tuple(each for each in _people(mail) if each not in self._ours(mail, sender)),
            sent_on=mail.date,
            files=tuple(each for each in mail.attachments if each.data),
            notes=mail.notes,
            form_sender=form.sender if form is not None else None,
            form_known=form is not None and form.known,
            for_people=_for_people(kept, alone=alone)
            or (None if on_behalf else self._doubtful(kept, mail, reply)),
            detail=_reported(mail),
        )

    def _doubtful(self, kept: KeptMail, mail: ParsedMail, reply: ReplyText) -> str | None:
        """Return why people decide: the mail may be a form's, whose visitors would be one customer."""
        if kept.accepted or mail.forwarded or reply.forwarded or any(cut.heads for cut in reply.cut):
            return None
        named = filled_in(mail, self._addresses)
        return NAMES_ANOTHER.format(address=named, sender=mail.from_address) if named else None

    def _original_sender(self, mail: ParsedMail, believed: Authenticated) -> str | None:
        """Return whose mail a proven colleague forwarded, None for anybody else's mail."""
        if not believed.aligned or mail.from_address.lower() not in self._addresses.staff:
            return None
        original = mail.forwarded.from_address.lower() if mail.forwarded else ""
        return original if original and not self._addresses.is_own(original) else None

    def _reply_to(self, mail: ParsedMail) -> str | None:
        """Return where answers are wanted; never an address of ours, or we write to ourselves."""
        return next((each for each in mail.reply_tos if not self._addresses.is_own(each)), None)

    def _ours(self, mail: ParsedMail, sender: str) -> set[str]:
        tagged = {each for each in _people(mail) if self._addresses.mailbox([each])[1]}
        return {sender, *self._addresses.own, *tagged}

    def _unreadable(self, kept: KeptMail) -> ReadMail:
        mailbox, _ = self._addresses.mailbox(kept.recipients)
        return ReadMail(
            mailbox=mailbox,
            from_address=kept.sender.lower(),
            text=UNREADABLE,
            trust=Trust.CLAIMED,
            dedupe_key=str(kept.id),
        )


def _people(mail: ParsedMail) -> list[str]:
    return [each.lower() for each in (*mail.to, *mail.cc)]


def _for_people(kept: KeptMail, *, alone: bool) -> str | None:
    """Return why people answer, and not the assistant."""
    if kept.accepted is not None:
        return None if kept.accepted.answer else TAKEN_UP
    return TO_POSTMASTER if alone else None


def _why(bounce: Bounce) -> str:
    if bounce.kind == "complaint":
        return f"{bounce.recipient or 'the recipient'} complained about it ({bounce.reason})"
    return bounce.reason


def _reported(mail: ParsedMail) -> str | None:
    """Return what a report says, and of whom."""
    found = mail.bounce
    if found is None:
        return None
    return f"{found.kind} for {found.recipient or 'somebody'}: {found.reason}"[:500]


def _nearest_first(mail: ParsedMail) -> tuple[str, ...]:
    direct = (mail.in_reply_to,) if mail.in_reply_to else ()
    return tuple(dict.fromkeys((*direct, *reversed(mail.references))))


def _once(mailbox: str, sender: str, mail: ParsedMail, kept: KeptMail) -> str:
    """Return the key under which copies of a mail meet: mailbox, sender, Message-ID, words; else its bytes.

    Programs give one Message-ID to many mails: what says something else is no copy.
    """
    if mail.message_id is None:
        parts = [mailbox, sender, kept.path.name]
    else:
        files = sorted(hashlib.sha256(each.data).hexdigest() for each in mail.attachments)
        parts = [mailbox, sender, mail.message_id, mail.subject, " ".join(mail.text.split()), *files]
    if kept.accepted is not None:
        parts.append(str(kept.id))  # whoever took it up wants it, copy or not
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def _answer(mail: ParsedMail, reply: ReplyText, form: WebForm | None) -> str:
    """Return what the writer says above the fold: subject, words, forwarded text, and what came with it."""
    if "encrypted" in mail.notes and not mail.text.strip():
        return ENCRYPTED
    parts = [f"Subject: {mail.subject}" if mail.subject else "", reply.reply or mail.text]
    if form is not None:  # its labelled lines look like a quoted head, and all of them are the visitor's
        visitor = form.visitor or "somebody"
        parts = [f"[web form of {form.sender}, filled in by {visitor}]", parts[0], mail.text]
    elif reply.forwarded or mail.forwarded:
        text = reply.forwarded or (mail.forwarded.text if mail.forwarded else "")
        parts.append(f"[forwarded by the customer]\n{text}")
    parts += [f"[attached file: {each.name}, {each.media_type}]" for each in mail.attachments]
    parts += [f"[{note}]" for note in mail.notes if "attachment" in note or "encrypted" in note]
    return "\n\n".join(part for part in parts if part.strip())[:LONGEST] or "(The mail is empty.)"
