"""The composition root: the one file that knows every part, builds them bottom-up and stops them top-down."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from channels.chat.chat_channel import ChatChannel
from orchestrator.conversation.deliverer import Deliverer
from orchestrator.conversation.desk import Desk
from orchestrator.conversation.event_bus import EventBus
from orchestrator.conversation.file_store import FileStore
from orchestrator.conversation.message import Delivery
from orchestrator.conversation.presence import Presence
from orchestrator.conversation.recordings import Recordings
from orchestrator.conversation.turn_runner import WORK, TurnRunner
from orchestrator.conversation.waiting_room import WaitingRoom
from orchestrator.handover.approvals import Approvals
from orchestrator.handover.approved_actions import ApprovedActions
from orchestrator.handover.approved_queue import ApprovedQueue
from orchestrator.inference.breaker import BREAKERS
from orchestrator.knowledge.search import Knowledge
from orchestrator.mail.notifications import Notification
from orchestrator.people.one_time_codes import OneTimeCodes
from orchestrator.policies import PolicyFile
from orchestrator.store.database import Database
from orchestrator.store.replica import Notice, Replica
from orchestrator.turn.interrupts import Interrupts
from orchestrator.worker import Supervised
from switchboard.api.operator_api import operator_routes
from switchboard.business import load_business, prepare_database
from switchboard.config_files import ConfigFiles
from switchboard.housekeeping import Housekeeping
from switchboard.listening import Listeners, Ready, listen, take_ports
from switchboard.mail import MailParts, build_mail, make_deliverer, make_postman
from switchboard.model import ModelParts, build_model, make_waiting_room
from switchboard.operations.metrics import Metrics, MetricsObserver, metrics_route, show_mcp
from switchboard.operations.readiness import Parts, Readiness, health_routes
from switchboard.provider_watch import ProviderWatch
from switchboard.secrets import Secrets, ensure_secrets
from switchboard.settings import Settings
from switchboard.storage import open_database, room, written
from switchboard.trust import QUEUED_CHANNELS, make_codes, mount_tools
from switchboard.turns import make_desk, make_runner, make_turn
from switchboard.voice_installed import no_voice_routes, voice_installed
from switchboard.web_chat import chat_settings, demo_identities, front
from tools.mcp.servers import McpServers
from tools.tool import Toolset

if TYPE_CHECKING:
    from switchboard.voice import VoiceParts  # only here: it brings the voice libraries along

log = structlog.get_logger()
MAIL = ["mail"]
"""The notice that a mail is in the spool."""
SHOWN_WITHIN = 2.0
"""Seconds that sockets have, when draining, to show the last replies."""


class App:
    """One gateway process: `start`, then `drain` or `stop`."""

    def __init__(self, settings: Settings, listeners: Listeners | None = None) -> None:
        """`listeners` are the ports where they were taken before."""
        self.settings = settings
        self.listeners = listeners
        self.business = load_business(settings)
        self.secrets: Secrets = ensure_secrets(settings)
        self.metrics = Metrics.create()
        self.parts = Parts(self.metrics)
        self.draining = asyncio.Event()
        self._stack = AsyncExitStack()
        self.database: Database
        self.desk: Desk
        self.bus = EventBus()
        self.replica: Replica
        self.runner: TurnRunner
        self.chat: ChatChannel
        self.deliverer: Deliverer[Delivery]
        self.postman: Deliverer[Notification]
        self.approved_actions: ApprovedActions
        self.policies = PolicyFile(settings.policy)
        self.interrupts = Interrupts()
        self.recordings = Recordings(settings.home / "recordings", self.policies)
        self.voice: VoiceParts | None = None
        self.codes: OneTimeCodes
        self.registry: Toolset
        self.mcp: McpServers
        self.files: FileStore
        self.model: ModelParts
        self.waiting: WaitingRoom
        self.provider: ProviderWatch
        self.mail: MailParts
        self.knowledge: Knowledge
        self.config: ConfigFiles

    async def start(self) -> Ready:
        """Build every part and listen; on failure stop what was started and raise."""
        try:
            return await self._start()
        except BaseException:
            await self._stack.aclose()
            raise

    async def _start(self) -> Ready:
        listeners = self.listeners or take_ports(self.settings)
        self._stack.callback(listeners.close)
        self.database = await open_database(self.settings, self._stack, self._supervise)
        await self._prepare_data()
        observer = MetricsObserver(self.metrics)
        await self._make_orchestrator(observer)
        self.approved_actions = ApprovedActions(
            approvals=Approvals(self.database),
            approved_queue=ApprovedQueue(
                self.database, queued_channels=QUEUED_CHANNELS, stamp=self.replica.stamp
            ),
            replica=self.replica,
            tools=self.registry,
            files=self.files,
            bus=self.bus,
            observer=observer,
            deliveries_wait=self._wake_deliverer,
            notifications_wait=self._wake_postman,
        )
        self.chat = ChatChannel(
            self.desk,
            chat_settings(self.settings),
            demo_identities=demo_identities(self.settings, self.secrets, self.business),
            voice=self._hears,
            front=front(self.business),
        )
        self.metrics.sockets.labels("chat").set_function(lambda: self.chat.open_sockets)
        self._make_mail(observer, listeners)
        # Everything is there before anything runs: a turn that a dead replica left needs all of it.
        await self.replica.start()
        self._stack.push_async_callback(self.replica.stop)
        await self._start_voice()
        chores = Housekeeping(
            database=self.database, metrics=self.metrics, recordings=self.recordings, files=self.files
        )
        for part in chores.parts:
            self._supervise(part)
        await self.waiting.look()
        self._supervise(self.waiting.part)
        self.runner.start()
        self.parts.watch((*self.runner.parts, *self.replica.parts))
        smtp = await self._start_mail()
        http = await self._listen(listeners)
        await self.provider.look()
        self._supervise(self.provider.part)
        return Ready(http=http, smtp=smtp, model=self.settings.model, pid=os.getpid())

    async def _start_voice(self) -> None:
        """Bring up voice where it is wanted and installed; no module of it is imported otherwise."""
        if not voice_installed(self.settings):
            return
        from switchboard.voice import build_voice, say_what_hears, start_voice

        say_what_hears(self.settings)

        self.voice = build_voice(
            self.settings,
            business=self.business,
            desk=self.desk,
            door=chat_settings(self.settings),
            policies=self.policies,
            recordings=self.recordings,
            observe=self.metrics.call,
        )
        self.metrics.sockets.labels("voice").set_function(lambda: self._open_calls)
        await start_voice(self.voice, self._stack)

    def _hears(self) -> bool:
        return self.voice is not None and self.voice.transcriber.alive

    @property
    def _open_calls(self) -> int:
        return self.voice.channel.open_calls if self.voice else 0

    def _make_mail(self, observer: MetricsObserver, listeners: Listeners) -> None:
        self.mail = build_mail(
            self.settings,
            self.business.name,
            database=self.database,
            secret=self.secrets.identity.get_secret_value(),
            bus=self.bus,
            runner=self.runner,
            replica=self.replica,
            observer=observer,
            listening=listeners.mail,
        )
        mail, relay = self.mail.channel, self.settings.mail.relay
        self.deliverer = make_deliverer(
            self.database, relay=relay, replica=self.replica, mail=mail, observer=observer
        )
        self.postman = make_postman(
            self.database, relay=relay, replica=self.replica, mail=mail, observer=observer
        )

    async def _start_mail(self) -> str | None:
        await self.mail.channel.start()
        self._stack.push_async_callback(self.mail.channel.stop)
        address = await self.mail.inbox.start()
        self._stack.push_async_callback(self.mail.inbox.stop)
        for each in (self.deliverer, self.postman):
            each.start()
            self._stack.push_async_callback(each.stop)
            self.parts.watch(each.parts)
        self.approved_actions.start()
        self._stack.push_async_callback(self.approved_actions.stop)
        self.parts.watch((*self.approved_actions.parts, *self.mail.reader.parts, self.mail.inbox.part))
        return address.smtp

    def _supervise(self, work: Supervised) -> None:
        self.parts.watch((work,))
        work.start()
        self._stack.push_async_callback(work.stop)

    async def _prepare_data(self) -> None:
        await prepare_database(self.business, self.database)
        self.knowledge = Knowledge(self.database)
        await self.knowledge.load(self.settings.knowledge)

    async def _make_orchestrator(self, observer: MetricsObserver) -> None:
        database, settings = self.database, self.settings
        self.model = await build_model(settings, self.business, database, self._stack)
        self.replica = Replica(database, hear=self._hear, resync=self.bus.resync)
        self.bus.join(self.replica)
        presence = Presence(self.database, self.replica)
        self.bus.watched_by(presence)
        self._supervise(presence.part)
        self.codes = make_codes(self.business, self.secrets, database, notifications_wait=self._wake_postman)
        self.registry, self.mcp = await mount_tools(
            self.business,
            database,
            knowledge=self.knowledge,
            codes=self.codes,
            policies=self.policies,
            stack=self._stack,
        )
        show_mcp(self.metrics, self.mcp)
        self.config = ConfigFiles(
            settings,
            self.business,
            policies=self.policies,
            catalog=self.model.catalog,
            knowledge=self.knowledge,
            registry=self.registry,
        )
        self._stack.push_async_callback(self.config.stop)
        self.files = FileStore(database, settings.home / "files")
        turn = make_turn(
            settings,
            self.secrets,
            database,
            self.business,
            replica=self.replica,
            bus=self.bus,
            model=self.model,
            knowledge=self.knowledge,
            registry=self.registry,
            policies=self.policies,
            codes=self.codes,
            files=self.files,
            interrupts=self.interrupts,
            observer=observer,
            deliveries_wait=self._wake_deliverer,
        )
        self.runner = make_runner(settings, database, replica=self.replica, turn=turn)
        self.waiting = make_waiting_room(
            settings, database, replica=self.replica, model=self.model, turns_wait=self.runner.wake
        )
        self.provider = ProviderWatch(
            settings, health=self.model.health, room=self.waiting, metrics=self.metrics
        )
        self.desk = make_desk(
            settings,
            self.business,
            self.secrets,
            database,
            bus=self.bus,
            runner=self.runner,
            files=self.files,
            interrupts=self.interrupts,
            observer=observer,
        )

    def _operator_routes(self) -> list[web.RouteDef]:
        return operator_routes(
            self.settings,
            self.business,
            self.secrets,
            self.database,
            replica=self.replica,
            bus=self.bus,
            model=self.model,
            approved_actions=self.approved_actions,
            files=self.files,
            recordings=self.recordings,
            turns_wait=self.runner.wake,
            deliveries_wait=self._wake_deliverer,
        )

    def _wake_deliverer(self) -> None:
        self.deliverer.wake()  # asked for when it is needed: turns are built before it

    def _wake_postman(self) -> None:
        self.postman.wake()

    def _hear(self, notice: Notice) -> None:
        if notice == WORK:
            self.runner.wake()
        elif notice == MAIL:
            self.mail.reader.wake()
        elif notice == BREAKERS:
            self.waiting.part.wake()
        else:
            self.bus.hear(notice)

    async def _listen(self, listeners: Listeners) -> str:
        readiness = Readiness(
            draining=self.draining,
            checks={"database": self._database_is_written, "mail_inbox": self.mail.inbox.trouble},
            at_once=self._down,
            notices=self.parts.notices,
        )
        self._stack.push_async_callback(readiness.stop)
        self._give_notice()
        voice = self.voice.channel.routes() if self.voice else no_voice_routes()
        operators = self._operator_routes()
        operations = [*health_routes(readiness), metrics_route(self.metrics)]
        routes = [*self.chat.routes(), *operators, *voice, *operations]
        return await listen(self.settings, routes, self._stack, sockets=listeners.http)

    def _give_notice(self) -> None:
        self.config.give_notice(self.parts)
        self.parts.notice("model", self.provider.notice)
        if (voice := self.voice) is not None:
            self.parts.notice("voice", lambda: voice.transcriber.notice)

    def reload(self) -> None:
        """Read the configuration files again."""
        log.info("reading the configuration files again")
        self.config.read_again()

    def _down(self) -> dict[str, str]:
        full = room(self.settings.home)
        return {**self.parts.down(), **({"disk": full} if full else {})}

    async def _database_is_written(self) -> str | None:
        return await written(self.database, self.replica.number)

    async def drain(self) -> None:
        """Refuse new work, let running turns end (bounded), close sockets, stop every part."""
        self.draining.set()
        self.chat.drain()
        if self.voice:
            self.voice.channel.drain()
        await self.mail.inbox.drain()
        await self.runner.drain(self.settings.drain_seconds)
        await self.bus.settle(SHOWN_WITHIN)
        await self.chat.stop()
        if self.voice:
            await self.voice.channel.stop()
        await self._stack.aclose()
