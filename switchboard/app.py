"""The composition root: the one file that knows every part, builds them bottom-up and stops them top-down."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import web

from channels.chat.chat import ChatChannel
from channels.chat.origins import Addresses
from orchestrator.delivery import Deliverer
from orchestrator.desk import Desk
from orchestrator.errors import StoreAway
from orchestrator.files import Files
from orchestrator.hub import Hub
from orchestrator.identity import Identities
from orchestrator.inference.asking import Means
from orchestrator.inference.catalog import Catalog, CatalogFile, CatalogSource
from orchestrator.inference.decide import Decider
from orchestrator.inference.provider import Limits as ProviderLimits
from orchestrator.inference.provider import Provider
from orchestrator.inference.sandbox.server import SandboxServer
from orchestrator.knowledge.search import Knowledge
from orchestrator.mailroom import Mailroom
from orchestrator.message import Traits
from orchestrator.operators import Operators
from orchestrator.runner import WORK, Runner
from orchestrator.scene import SceneMaker
from orchestrator.store.budget import DayBudget
from orchestrator.store.conversations import Conversations
from orchestrator.store.customers import Customers
from orchestrator.store.database import Database
from orchestrator.store.deliveries import DeliveryQueue
from orchestrator.store.embedded import EMBEDDED_FAILURES, EmbeddedPostgres
from orchestrator.store.history import History
from orchestrator.store.ledger import Ledger
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
from switchboard.mail import MailParts, build_mail, make_mailroom
from switchboard.operations.health import Readiness, health_routes
from switchboard.operations.http import add_headers, errors_as_json
from switchboard.operations.metrics import Metrics, metrics_route
from switchboard.operations.observer import MetricsObserver
from switchboard.secrets import Secrets, ensure_secrets
from switchboard.settings import Settings
from tools.registry import build_registry
from tools.settings import ToolSettings, load_tool_settings
from tools.shop.seed import seed_shop

log = structlog.get_logger()
TRAITS = {
    "chat": Traits(early_release=True, queued=False),
    "mail": Traits(early_release=False, queued=True),
}
MAIL = ["mail"]
"""The notice that a mail is in the spool."""
SHOWN_WITHIN = 2.0
"""Seconds that sockets have, when draining, to show the last replies."""
SHARE_OF_ONE_REQUEST = 0.5
"""Of a turn's deadline, so that a model that drips leaves time for another."""
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
        self.deliverer: Deliverer
        self.mail: MailParts
        self.mailroom: Mailroom
        self.budget: DayBudget
        self.catalog: CatalogSource
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
        self.chat = ChatChannel(
            self.desk, chat_settings(self.settings), demo_identities=self._demo_identities(tools)
        )
        self.metrics.sockets.labels("chat").set_function(lambda: self.chat.open_sockets)
        await self.chat.start()
        self.runner.start()
        http = await self._listen()
        smtp = await self._start_mail(observer)
        self._start_deliverer(observer)
        return Ready(http=http, smtp=smtp, model=self.settings.model, pid=os.getpid())

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

    async def _make_decider(self) -> tuple[Decider, CatalogSource]:
        settings, turn = self.settings, self.settings.turn
        base_url, key = settings.oxlo_base_url, "sandbox"
        catalog: CatalogSource = Catalog.sandbox
        if settings.oxlo_api_key is None:
            sandbox = SandboxServer()
            base_url = await sandbox.start()
            self._stack.push_async_callback(sandbox.stop)
            log.warning("no OXLO_API_KEY is set: the sandbox model answers, which is no language model")
        else:
            key = settings.oxlo_api_key.get_secret_value()
            catalog = CatalogFile(settings.catalog)
        limits = ProviderLimits(
            first_byte=turn.first_byte, idle=turn.idle, total=turn.deadline * SHARE_OF_ONE_REQUEST
        )
        provider = Provider(base_url=base_url, api_key=key, limits=limits)
        self._stack.push_async_callback(provider.aclose)
        self.budget = DayBudget(self.database, provider=settings.model, limit=self._request_limit)
        return Decider(Means(provider=provider, budget=self.budget), catalog), catalog

    async def _make_orchestrator(self, tools: ToolSettings, observer: MetricsObserver) -> None:
        database, settings = self.database, self.settings
        decider, catalog = await self._make_decider()
        self.catalog = catalog
        self.replica = Replica(database, hear=self._hear, resync=self.hub.resync)
        await self.replica.start()
        self._stack.push_async_callback(self.replica.stop)
        self.hub.join(self.replica)
        self._background(self._count_waiting_turns())
        self._background(self._forget_unused_sessions())
        conversations, turns = Conversations(database), Turns(database)
        registry = build_registry(tools, database, self.knowledge)
        turn = Turn(
            database=database,
            replica=self.replica,
            hub=self.hub,
            conversations=conversations,
            scenes=SceneMaker(
                database=database,
                memories=Memories(database),
                knowledge=self.knowledge,
                tools=tuple(registry),
                business=settings.business,
                canary_secret=self.secrets.identity.get_secret_value(),
                zone=tools.hours.zone,
            ),
            decider=decider,
            catalog=catalog,
            registry=registry,
            traits=TRAITS,
            budget=self.budget,
            limits=Limits(deadline=settings.turn.deadline, steps=settings.turn.max_steps),
            observer=observer,
            deliveries_wait=self._wake_deliverer,
        )
        self.runner = Runner(
            turns=turns,
            replica=self.replica,
            run=turn.run,
            give_up=turn.give_up,
            width=settings.turn.concurrency,
        )
        self.desk = Desk(
            model=settings.model,
            sessions=Sessions(database),
            customers=Customers(database),
            identities=Identities(self.secrets.identity.get_secret_value()),
            messages=Messages(database),
            conversations=conversations,
            turns=turns,
            hub=self.hub,
            runner=self.runner,
            files=Files(database, settings.home / "files"),
            observer=observer,
        )

    async def _count_waiting_turns(self) -> None:
        while True:
            with contextlib.suppress(StoreAway):
                self.metrics.queued.set(await Turns(self.database).waiting())
            await asyncio.sleep(COUNT_EVERY)

    async def _forget_unused_sessions(self) -> None:
        while True:
            with contextlib.suppress(StoreAway):
                await Sessions(self.database).forget_unused()
            await asyncio.sleep(TIDY_EVERY)

    @property
    def _request_limit(self) -> int:
        return (
            self.settings.requests_per_day if self.settings.oxlo_api_key else 0
        )  # the sandbox costs nothing

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
            budget=Budget(provider=settings.model, limit=self._request_limit),
            prices=lambda: {model.name: model.price for model in self.catalog().model},
        )

    def _wake_deliverer(self) -> None:
        self.deliverer.wake()  # asked for when it is needed: turns are built before it

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
            draining=self.draining, checks={"database": self._database_answers, "turns": self._turns_run}
        )
        app.add_routes([*self.chat.routes(), *self._operator_routes()])
        app.add_routes([*health_routes(readiness), metrics_route(self.metrics)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, self.settings.http_host, self.settings.http_port, backlog=1024)
        await site.start()
        host, port = runner.addresses[0][:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

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
        await self.mail.inbox.drain()
        await self.runner.drain(self.settings.drain_seconds)
        await self.hub.settle(SHOWN_WITHIN)
        await self.chat.stop()
        await self._stack.aclose()
