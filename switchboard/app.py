"""The composition root: the one file that knows every part, builds them bottom-up and stops them top-down."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import web

from channels.chat.chat import ChatChannel
from channels.chat.origins import Addresses
from orchestrator.codes import Codes
from orchestrator.delivery import Deliverer
from orchestrator.desk import Desk
from orchestrator.errors import StoreAway
from orchestrator.files import Files
from orchestrator.hub import Hub
from orchestrator.interrupts import Interrupts
from orchestrator.judge import Judge
from orchestrator.knowledge.search import Knowledge
from orchestrator.letters import CHANNEL as LETTERS
from orchestrator.letters import Letter
from orchestrator.mailroom import Mailroom
from orchestrator.message import Delivery, Traits
from orchestrator.operators import Operators
from orchestrator.policies import PolicyFile
from orchestrator.recordings import Recordings
from orchestrator.runner import WORK, Runner
from orchestrator.scene import SceneMaker
from orchestrator.settler import Settler
from orchestrator.store.audit import Audit
from orchestrator.store.codes import OneTimeCodes
from orchestrator.store.conversations import Conversations
from orchestrator.store.customers import Customers
from orchestrator.store.database import Database
from orchestrator.store.deliveries import DeliveryQueue
from orchestrator.store.embedded import EMBEDDED_FAILURES, EmbeddedPostgres
from orchestrator.store.heard import HeardReplies
from orchestrator.store.history import History
from orchestrator.store.identity_uses import IdentityUses
from orchestrator.store.ledger import Ledger
from orchestrator.store.letters import LetterQueue
from orchestrator.store.memories import Memories
from orchestrator.store.messages import Messages
from orchestrator.store.migrate import migrate
from orchestrator.store.operators import Custody
from orchestrator.store.overview import Overview
from orchestrator.store.replica import Notice, Replica
from orchestrator.store.sessions import Sessions
from orchestrator.store.turns import Turns
from orchestrator.turn import Limits, Turn
from switchboard.api.auth import OperatorAuth
from switchboard.api.routes import api_routes
from switchboard.api.usage import Budget
from switchboard.chat import chat_settings, is_loopback
from switchboard.demo import demo_identity
from switchboard.errors import StartFailed
from switchboard.identity import make_identities
from switchboard.mail import MailParts, build_mail, make_mailroom
from switchboard.model import ModelParts, build_model, request_limit
from switchboard.operations.health import Readiness, health_routes
from switchboard.operations.http import add_headers, errors_as_json
from switchboard.operations.mcp_gauge import show_mcp
from switchboard.operations.metrics import Metrics, metrics_route
from switchboard.operations.observer import MetricsObserver
from switchboard.secrets import Secrets, ensure_secrets
from switchboard.settings import Settings
from switchboard.trust import (
    make_approvals,
    make_care,
    make_codes,
    make_settler,
    mount_tools,
)
from switchboard.voice_installed import no_voice_routes, voice_installed
from tools.mcp.servers import McpServers
from tools.settings import ToolSettings, load_tool_settings
from tools.shop.seed import seed_shop
from tools.toolset import Toolset

if TYPE_CHECKING:
    from switchboard.voice import VoiceParts  # only here: it brings the voice libraries along

log = structlog.get_logger()
TRAITS = {
    "chat": Traits(early_release=True, queued=False),
    "mail": Traits(early_release=False, queued=True),
    "voice": Traits(early_release=True, queued=False, interruptible=True),
}
MAIL = ["mail"]
"""The notice that a mail is in the spool."""
SHOWN_WITHIN = 2.0
"""Seconds that sockets have, when draining, to show the last replies."""
TIDY_EVERY = 3600.0
COUNT_EVERY = 5.0
"""Seconds between looks at the queue for the metrics."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ready:
    """Where the running gateway listens, and which model answers."""

    http: str
    smtp: str | None
    model: str
    pid: int

    def line(self) -> str:
        """Return the one JSON line of `--json`."""
        ready = {"event": "ready", "http": self.http, "smtp": self.smtp, "model": self.model, "pid": self.pid}
        return json.dumps(ready, separators=(",", ":"))


class App:
    """One gateway process: `start`, then `drain` or `stop`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.secrets: Secrets = ensure_secrets(settings)
        self.metrics = Metrics.create()
        self.draining = asyncio.Event()
        self._stack = AsyncExitStack()
        self.database: Database
        self.desk: Desk
        self.hub = Hub()
        self.replica: Replica
        self.runner: Runner
        self.chat: ChatChannel
        self.deliverer: Deliverer[Delivery]
        self.postman: Deliverer[Letter]
        self.settler: Settler
        self.policies = PolicyFile(settings.policy)
        self.interrupts = Interrupts()
        self.recordings = Recordings(settings.home / "recordings", self.policies)
        self.voice: VoiceParts | None = None
        self.codes: Codes
        self.registry: Toolset
        self.mcp: McpServers
        self.files: Files
        self.model: ModelParts
        self.mail: MailParts
        self.mailroom: Mailroom
        self.knowledge: Knowledge

    async def start(self) -> Ready:
        """Build every part and listen; on failure stop what was started and raise."""
        try:
            return await self._start()
        except BaseException:
            await self._stack.aclose()
            raise

    async def _start(self) -> Ready:
        tools = load_tool_settings(self.settings.tools)
        self.database = await self._open_database()
        await self._prepare_data(tools)
        observer = MetricsObserver(self.metrics)
        await self._make_orchestrator(tools, observer)
        self.settler = self._make_settler(observer)
        self.chat = ChatChannel(
            self.desk,
            chat_settings(self.settings),
            demo_identities=self._demo_identities(tools),
            voice=self._hears,
        )
        self.metrics.sockets.labels("chat").set_function(lambda: self.chat.open_sockets)
        await self.chat.start()
        await self._start_voice()
        self._background(self._count_waiting_turns())
        self._background(self._forget_unused_sessions())
        self.runner.start()
        http = await self._listen()
        smtp = await self._start_mail(observer)
        self._start_deliverer(observer)
        self.settler.start()
        self._stack.push_async_callback(self.settler.stop)
        return Ready(http=http, smtp=smtp, model=self.settings.model, pid=os.getpid())

    async def _start_voice(self) -> None:
        """Bring up voice where it is wanted and installed; no module of it is imported otherwise."""
        if not voice_installed(self.settings):
            return
        from switchboard.voice import build_voice, start_voice

        self.voice = build_voice(
            self.settings,
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

    async def _start_mail(self, observer: MetricsObserver) -> str | None:
        self.mailroom = make_mailroom(
            self.settings,
            self.database,
            hub=self.hub,
            replica=self.replica,
            turns_wait=self.runner.wake,
            observer=observer,
        )
        self.mail = build_mail(
            self.settings,
            mailroom=self.mailroom,
            secret=self.secrets.identity.get_secret_value(),
            database_url=self.database.url,
        )
        await self.mail.channel.start()
        self._stack.push_async_callback(self.mail.channel.stop)
        address = await self.mail.inbox.start()
        self._stack.push_async_callback(self.mail.inbox.stop)
        return address.smtp

    def _start_deliverer(self, observer: MetricsObserver) -> None:
        self.deliverer = Deliverer(
            queue=DeliveryQueue(self.database),
            replica=self.replica,
            senders={self.mail.channel.name: self.mail.channel.send},
            observer=observer,
        )
        self.deliverer.start()
        self._stack.push_async_callback(self.deliverer.stop)
        self.postman = Deliverer(
            queue=LetterQueue(self.database),
            replica=self.replica,
            senders={LETTERS: self.mail.channel.send_letter},
            observer=observer,
        )
        self.postman.start()
        self._stack.push_async_callback(self.postman.stop)

    def _make_settler(self, observer: MetricsObserver) -> Settler:
        return make_settler(
            self.database,
            replica=self.replica,
            registry=self.registry,
            hub=self.hub,
            observer=observer,
            deliveries_wait=self._wake_deliverer,
            letters_wait=self._wake_postman,
        )

    async def _open_database(self) -> Database:
        url = self.settings.database_url.get_secret_value() if self.settings.database_url else None
        if url is None:
            url = await self._start_embedded()
        database = await Database.open(url, size=self.settings.database_pool)
        self._stack.push_async_callback(database.close)
        await migrate(database)
        return database

    async def _start_embedded(self) -> str:
        server = EmbeddedPostgres(self.settings.home)
        try:
            url = await server.start()
        except EMBEDDED_FAILURES as error:
            raise StartFailed(
                f"The embedded PostgreSQL does not start: {str(error) or type(error).__name__}."
            ) from error
        self._stack.push_async_callback(server.stop)
        self._background(server.guard())
        return url

    def _background(self, work: Any) -> None:
        task = asyncio.create_task(work)

        async def end() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        self._stack.push_async_callback(end)

    async def _prepare_data(self, tools: ToolSettings) -> None:
        if tools.shop:
            await seed_shop(self.database)
        self.knowledge = Knowledge(self.database)
        await self.knowledge.load(self.settings.knowledge)

    async def _make_orchestrator(self, tools: ToolSettings, observer: MetricsObserver) -> None:
        database, settings = self.database, self.settings
        self.model = await build_model(settings, database, self._stack)
        self.replica = Replica(database, hear=self._hear, resync=self.hub.resync)
        await self.replica.start()
        self._stack.push_async_callback(self.replica.stop)
        self.hub.join(self.replica)
        self.codes = make_codes(settings, self.secrets, database, tools, letters_wait=self._wake_postman)
        self.registry, self.mcp = await mount_tools(
            tools,
            database,
            knowledge=self.knowledge,
            codes=self.codes,
            policies=self.policies,
            stack=self._stack,
        )
        show_mcp(self.metrics, self.mcp)
        turn = self._make_turn(tools, observer)
        self.runner = Runner(
            turns=Turns(database),
            replica=self.replica,
            run=turn.run,
            give_up=turn.give_up,
            width=settings.turn.concurrency,
        )
        self.files = Files(database, settings.home / "files")
        self.desk = Desk(
            model=settings.model,
            sessions=Sessions(database),
            customers=Customers(database),
            identities=make_identities(settings, self.secrets.identity.get_secret_value()),
            messages=Messages(database),
            conversations=Conversations(database),
            turns=Turns(database),
            hub=self.hub,
            runner=self.runner,
            files=self.files,
            heard=HeardReplies(database),
            interrupts=self.interrupts,
            observer=observer,
        )

    def _make_turn(self, tools: ToolSettings, observer: MetricsObserver) -> Turn:
        settings = self.settings
        return Turn(
            database=self.database,
            replica=self.replica,
            hub=self.hub,
            conversations=Conversations(self.database),
            scenes=SceneMaker(
                database=self.database,
                memories=Memories(self.database),
                knowledge=self.knowledge,
                tools=self.registry,
                policies=self.policies,
                business=settings.business,
                canary_secret=self.secrets.identity.get_secret_value(),
                zone=tools.hours.zone,
            ),
            decider=self.model.decider,
            catalog=self.model.catalog,
            registry=self.registry,
            judge=Judge(self.policies, self.registry),
            proofs=self.codes,
            interrupts=self.interrupts,
            traits=TRAITS,
            budget=self.model.budget,
            limits=Limits(deadline=settings.turn.deadline, steps=settings.turn.max_steps),
            observer=observer,
            deliveries_wait=self._wake_deliverer,
        )

    async def _count_waiting_turns(self) -> None:
        while True:
            with contextlib.suppress(StoreAway):
                self.metrics.queued.set(await Turns(self.database).waiting())
            await asyncio.sleep(COUNT_EVERY)

    async def _forget_unused_sessions(self) -> None:
        while True:
            with contextlib.suppress(StoreAway, OSError):
                await Sessions(self.database).forget_unused()
                await IdentityUses(self.database).forget_expired()
                await OneTimeCodes(self.database).forget()
                await self.recordings.tidy(self.database)
            await asyncio.sleep(TIDY_EVERY)

    def _operator_routes(self) -> list[web.RouteDef]:
        settings, custody = (
            self.settings,
            Custody(self.database, queued_channels=frozenset({"mail"}), stamp=self.replica.stamp),
        )
        return api_routes(
            auth=OperatorAuth(
                self.secrets.operator.get_secret_value(),
                addresses=Addresses(settings.trusted_proxies, limit_loopback=settings.chat.limit_loopback),
            ),
            operators=Operators(
                custody=custody,
                hub=self.hub,
                turns_wait=self.runner.wake,
                deliveries_wait=self._wake_deliverer,
            ),
            overview=Overview(self.database),
            history=History(self.database),
            ledger=Ledger(self.database),
            budget=Budget(provider=settings.model, limit=request_limit(settings)),
            prices=lambda: {model.name: model.price for model in self.model.catalog().model},
            approvals=make_approvals(self.database, self.settler),
            care=make_care(
                settings,
                self.database,
                self.files,
                recordings=self.recordings,
                hub=self.hub,
                turns_wait=self.runner.wake,
            ),
            audit=Audit(self.database),
        )

    def _wake_deliverer(self) -> None:
        self.deliverer.wake()  # asked for when it is needed: turns are built before it

    def _wake_postman(self) -> None:
        self.postman.wake()

    def _hear(self, notice: Notice) -> None:
        if notice == WORK:
            self.runner.wake()
        elif notice == MAIL:
            self.mailroom.wake()
        else:
            self.hub.hear(notice)

    def _demo_identities(self, tools: ToolSettings) -> Any:
        if not tools.shop or not is_loopback(self.settings.http_host):
            return None
        secret = self.secrets.identity.get_secret_value()
        return lambda who: demo_identity(who, secret)

    async def _listen(self) -> str:
        app = web.Application(middlewares=[errors_as_json])
        app.on_response_prepare.append(add_headers)
        readiness = Readiness(
            draining=self.draining,
            checks={"database": self._database_answers, "turns": self._turns_run},
            notices=self._notices,
        )
        app.add_routes([*self.chat.routes(), *self._operator_routes()])
        app.add_routes(self.voice.channel.routes() if self.voice else no_voice_routes())
        app.add_routes([*health_routes(readiness), metrics_route(self.metrics)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, self.settings.http_host, self.settings.http_port, backlog=1024)
        await site.start()
        host, port = runner.addresses[0][:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def _notices(self) -> dict[str, str]:
        notice = self.voice.transcriber.notice if self.voice else None
        return {"voice": notice} if notice else {}

    async def _database_answers(self) -> str | None:
        await self.database.fetchval("SELECT 1")
        return None

    async def _turns_run(self) -> str | None:
        if not self.mail.channel.alive:
            return "Mails are not being read."
        return None if self.runner.alive else "Turns are not being claimed."

    async def drain(self) -> None:
        """Refuse new work, let running turns end (bounded), close sockets, stop every part."""
        self.draining.set()
        self.chat.drain()
        if self.voice:
            self.voice.channel.drain()
        await self.mail.inbox.drain()
        await self.runner.drain(self.settings.drain_seconds)
        await self.hub.settle(SHOWN_WITHIN)
        await self.chat.stop()
        if self.voice:
            await self.voice.channel.stop()
        await self._stack.aclose()
