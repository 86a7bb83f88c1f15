"""Builds the mail channel (inbox process, reader, relay) and what sends queued answers and notifications."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from channels.mail.authentication import Authenticated, authenticate, trusted_results
from channels.mail.dns_lookups import DnsResolver
from channels.mail.mail_channel import MailChannel
from channels.mail.mail_reader import MailReader
from channels.mail.mailbox import AddressInvalid, read_mailbox
from channels.mail.own_addresses import OwnAddresses
from channels.mail.parse_worker import ParseWorker
from channels.mail.parsed import ParsedMail
from channels.mail.relay import MaildirRelay, MailRelay
from channels.mail.signing import Signer, SigningKeyInvalid
from channels.mail.smarthost import SmarthostRelay
from channels.mail.smarthost_settings import RelayLimits, SmarthostInvalid
from channels.mail.smtp.inbox_settings import InboxSettings, ListeningSockets
from orchestrator.conversation.deliverer import Deliverer
from orchestrator.conversation.delivery_queue import DeliveryQueue
from orchestrator.conversation.event_bus import EventBus
from orchestrator.conversation.file_store import FileStore
from orchestrator.conversation.message import Delivery
from orchestrator.conversation.turn_runner import TurnRunner
from orchestrator.mail.intake import MailIntake
from orchestrator.mail.mail_types import KeptMail
from orchestrator.mail.notifications import CHANNEL as NOTIFICATIONS
from orchestrator.mail.notifications import Notification, Notifications
from orchestrator.mail.outgoing import MailTokens, OutgoingMails
from orchestrator.mail.service import MailService
from orchestrator.mail.spool import KeptMails
from orchestrator.observe import Observer
from orchestrator.store.database import Database
from orchestrator.store.replica import Replica
from switchboard.errors import SettingsError
from switchboard.inbox.config import InboxConfig
from switchboard.inbox.process import InboxProcess
from switchboard.settings import RelaySection, Settings

UNCHECKED = Authenticated(spf="none", dkim="none", dmarc="none", aligned=False, detail="not checked")


@dataclass(frozen=True, kw_only=True, slots=True)
class MailParts:
    """What the composition root starts and stops."""

    channel: MailChannel
    reader: MailReader
    inbox: InboxProcess


def build_mail(
    settings: Settings,
    business: str,
    *,
    database: Database,
    secret: str,
    bus: EventBus,
    runner: TurnRunner,
    replica: Replica,
    observer: Observer,
    listening: ListeningSockets | None = None,
) -> MailParts:
    """Build the parts as the settings say; raise `SettingsError` where they can't be."""
    tokens, parser, files = MailTokens(secret), ParseWorker(), FileStore(database, settings.home / "files")
    mail_service = MailService(
        mails=KeptMails(database, settings.home),
        intake=MailIntake(
            database, reopen_days=settings.mail.reopen_days, hourly_cap=settings.mail.answers_per_hour
        ),
        files=files,
        bus=bus,
        replica=replica,
        turns_wait=runner.wake,
        share=runner.share,
        observer=observer,
    )
    outgoing = OutgoingMails(
        database,
        files=files,
        tokens=tokens,
        business=business,
        mailbox=settings.mail_addresses[0],
    )
    reader = MailReader(
        mail_service=mail_service,
        outgoing=outgoing,
        parser=parser,
        authenticate=_authenticator(settings),
        addresses=OwnAddresses(
            own=frozenset(settings.mail_addresses),
            staff=frozenset(settings.mail.staff),
            forms=frozenset(settings.mail.form_senders),
        ),
        tokens=tokens,
    )
    channel = MailChannel(
        outgoing=outgoing,
        reader=reader,
        parser=parser,
        relay=_relay(settings),
        sign=_signer(settings),
    )
    return MailParts(
        channel=channel, reader=reader, inbox=InboxProcess(_inbox_config(settings, database.url), listening)
    )


def make_deliverer(
    database: Database, *, relay: RelaySection, replica: Replica, mail: MailChannel, observer: Observer
) -> Deliverer[Delivery]:
    """Build the loop that sends queued answers by mail."""
    places = relay.connections - _for_notifications(relay)
    return Deliverer(
        queue=DeliveryQueue(database),
        replica=replica,
        senders={mail.name: mail.send},
        width=places,
        per_lane=_of_one_domain(relay, places),
        doubt_pause=relay.doubt,
        observer=observer,
    )


def make_postman(
    database: Database, *, relay: RelaySection, replica: Replica, mail: MailChannel, observer: Observer
) -> Deliverer[Notification]:
    """Build the loop that sends codes and follow-ups."""
    places = _for_notifications(relay)
    return Deliverer(
        name="notifications",
        queue=Notifications(database),
        replica=replica,
        senders={NOTIFICATIONS: mail.send_notification},
        width=places,
        per_lane=_of_one_domain(relay, places),
        doubt_pause=relay.doubt,
        observer=observer,
    )


def _for_notifications(relay: RelaySection) -> int:
    """Return how many connections notifications have: a code must not wait behind answers that hang."""
    return max(1, relay.connections // 4)


def _of_one_domain(relay: RelaySection, places: int) -> int:
    """Return how many of the places one domain may have: a third stays for others."""
    return min(relay.per_domain, max(1, places * 2 // 3))


def _inbox_config(settings: Settings, database_url: str) -> InboxConfig:
    mail = settings.mail
    return InboxConfig(
        settings=inbox_settings(settings),
        database_url=database_url,
        folder=settings.home,
        accounts=_accounts(mail.accounts),
        log_level=settings.log.level,
        log_format=settings.log.format,
    )


def inbox_settings(settings: Settings) -> InboxSettings:
    """Return what the inbox listens at and takes, as the settings have it."""
    mail = settings.mail
    return InboxSettings(
        addresses=settings.mail_addresses,
        hostname=mail.hostname,
        smtp_host=settings.smtp_host,
        smtp_port=settings.smtp_port,
        lmtp_port=mail.lmtp_port,
        lmtp_path=mail.lmtp_path,
        certificate=mail.certificate,
        key=mail.key,
        proxy_networks=mail.proxy_networks,
        size_bytes=mail.size_bytes,
        connections=mail.connections,
        connections_per_address=mail.connections_per_address,
    )


def _accounts(path: Path | None) -> tuple[tuple[str, str], ...]:
    if path is None:
        return ()
    lines = [line.strip().partition(":") for line in path.read_text().splitlines() if line.strip()]
    if not all(user and hashed for user, _, hashed in lines):
        raise SettingsError(f"SWITCHBOARD_MAIL__ACCOUNTS is wrong: {path} must hold lines of user:hash.")
    return tuple((user, hashed) for user, _, hashed in lines)


def _relay(settings: Settings) -> MailRelay:
    if settings.smarthost is None:
        return MaildirRelay(settings.home / "outbox")
    try:
        return SmarthostRelay(
            settings.smarthost.get_secret_value(),
            helo_name=settings.mail.hostname,
            limits=_relay_limits(settings.mail.relay),
        )
    except SmarthostInvalid as error:
        raise SettingsError(f"SWITCHBOARD_SMARTHOST is wrong: {error}") from error


def _relay_limits(relay: RelaySection) -> RelayLimits:
    return RelayLimits(**relay.model_dump(exclude={"per_domain", "doubt"}))


def _signer(settings: Settings) -> Callable[[bytes], Awaitable[bytes]] | None:
    mail = settings.mail
    if mail.dkim_key is None:
        return None
    domain = settings.mail_addresses[0].rpartition("@")[2]
    try:
        key = Path(mail.dkim_key).read_bytes()
        return Signer(domain=domain, selector=mail.dkim_selector, private_key=key).signed
    except (OSError, SigningKeyInvalid) as error:
        raise SettingsError(f"SWITCHBOARD_MAIL__DKIM_KEY is wrong: {error}") from error


def _authenticator(settings: Settings) -> Callable[[KeptMail, bytes, ParsedMail], Awaitable[Authenticated]]:
    resolver = DnsResolver(nameservers=settings.mail.nameservers)
    authserv_id = settings.mail.authserv_id
    forwarders = frozenset(settings.mail.arc_forwarders)
    executor = ThreadPoolExecutor(max_workers=2, thread_name_prefix="mail-authentication")

    async def check(kept: KeptMail, raw: bytes, mail: ParsedMail) -> Authenticated:
        """Believe the server in front of us where one is named, else ask the DNS ourselves.

        A trusted forwarder's seal is looked at in both cases.
        """
        told: Authenticated | None = None
        if authserv_id is not None:
            domain = mail.from_address.rpartition("@")[2]
            told = trusted_results(mail.authentication_results, authserv_id=authserv_id, from_domain=domain)
            if (told and told.aligned) or not (forwarders and _signed(raw, b"arc-seal:")):
                return told or UNCHECKED
        elif _local(kept.peer) and not _signed(raw, b"dkim-signature:", b"arc-seal:"):
            return UNCHECKED  # nothing in it could pass: no signature, and no domain sends from this machine
        found = await authenticate(
            raw,
            peer=kept.peer,
            helo=kept.helo,
            envelope_from=kept.sender,
            resolver=resolver,
            executor=executor,
            forwarders=forwarders,
        )
        if authserv_id is not None and found.arc != "pass":
            return told or UNCHECKED  # only the forwarder's word was asked for
        return found if found.from_address == _spelled(mail.from_address) else UNCHECKED

    return check


def _signed(raw: bytes, *fields: bytes) -> bool:
    head = raw[:65_536].lower()
    return any(field in head for field in fields)


def _spelled(address: str) -> str:
    try:
        return str(read_mailbox(address))
    except AddressInvalid:
        return ""


def _local(peer: str) -> bool:
    try:
        return not peer or ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return True
