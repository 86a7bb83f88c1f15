"""What `switchboard doctor` looks at. Checks read and connect; they change nothing that they find."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from channels.mail.smarthost_settings import SmarthostInvalid, read_smarthost
from guardrails.policy.explained import doubts
from guardrails.policy.policy_file import PolicyInvalid
from guardrails.policy.tool_policy import Policy
from orchestrator.errors import StoreAway
from orchestrator.inference.catalog import load_catalog
from orchestrator.inference.errors import CatalogInvalid
from orchestrator.policies import load_policy
from orchestrator.store.database import Database
from orchestrator.store.embedded import EMBEDDED_FAILURES, EmbeddedPostgres
from orchestrator.store.migrate import applied, pending
from switchboard.business import load_business
from switchboard.errors import SettingsError, StartFailed
from switchboard.operations.check_result import CheckResult, broken, ok, warning
from switchboard.operations.ports import bind_error
from switchboard.operations.provider_checks import check_model, get_json
from switchboard.operations.runtime import foreign_packages
from switchboard.secrets import read_key
from switchboard.settings import ROOT, Settings
from switchboard.tools_at_rest import sensitivities, tools_at_rest
from switchboard.voice_installed import missing_packages
from tools.mcp.managed_server import McpStatus
from tools.mcp.servers import McpServers
from tools.settings import ToolSettingsError, load_tool_settings

LITTLE_ROOM = 1_000_000_000  # bytes free below which we warn
NO_ROOM = 100_000_000  # and below which the embedded database can't be trusted to run

Check = Callable[[Settings], Awaitable[CheckResult]]


async def examine(settings: Settings) -> list[CheckResult]:
    """Run every check; takes 25 seconds at most."""
    return [await check(settings) for check in CHECKS]


async def check_python(_: Settings) -> CheckResult:
    """Which Python is this, and are the packages ours?"""
    version = platform.python_version()
    if problems := foreign_packages():
        return broken("python", " ".join(problems))
    return ok("python", f"Python {version}; the packages come from {ROOT}.")


async def check_home(settings: Settings) -> CheckResult:
    """Can the data folder be written, and is there room?"""
    folder = _nearest(settings.home)
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return broken("home", f"{folder} can't be written by this user (SWITCHBOARD_HOME).")
    free = shutil.disk_usage(folder).free
    detail = f"{settings.home} can be written, {free / 1e9:.1f} GB are free."
    if free < NO_ROOM:
        return broken("home", f"Only {free / 1e6:.0f} MB are free for {settings.home}.")
    return warning("home", detail) if free < LITTLE_ROOM else ok("home", detail)


def _nearest(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


async def check_http(settings: Settings) -> CheckResult:
    """Is the port free, or is it ours already?"""
    where = f"{settings.http_host}:{settings.http_port}"
    error = await asyncio.to_thread(bind_error, settings.http_host, settings.http_port)
    if error is not None:
        if await _is_switchboard(settings):
            return ok("http", f"A gateway already answers on {where}.")
        return broken("http", f"Switchboard can't listen on {where}: {error.strerror or error}.")
    return ok("http", f"{where} is free.")


async def _is_switchboard(settings: Settings) -> bool:
    answer = await get_json(f"http://{settings.http_host}:{settings.http_port}/healthz", timeout=2.0)
    return answer.status == 200 and answer.body == {"status": "ok"}


async def check_files(settings: Settings) -> CheckResult:
    """Are the configuration files there, and right?"""
    try:
        catalog = load_catalog(settings.catalog)
        business = load_business(settings)
    except StartFailed as error:
        return broken("files", f"SWITCHBOARD_BUSINESS: {error}")
    except CatalogInvalid as error:
        return broken("files", f"SWITCHBOARD_CATALOG: {error}")
    except ToolSettingsError as error:
        return broken("files", f"SWITCHBOARD_TOOLS: {error}")
    articles = len(list(settings.knowledge.glob("**/*.md")))
    if not articles:
        return warning("files", f"SWITCHBOARD_KNOWLEDGE: {settings.knowledge} holds no Markdown articles.")
    counted = f"{len(catalog.model)} models in the catalog, {articles} articles"
    return ok("files", f"{business.name} ({business.folder}): {counted}.")


SHORTEST_SECRET = 32  # bytes, RFC 7518 section 3.2


async def check_identity(settings: Settings) -> CheckResult:
    """Look at the keys that identity tokens are checked with."""
    try:
        keys = [read_key(path) for path in settings.identity_public_key]
    except SettingsError as error:
        return broken("identity", str(error))
    secret = settings.identity_secret.get_secret_value() if settings.identity_secret else ""
    if secret.lstrip().startswith(("-----BEGIN", "ssh-")):
        return broken(
            "identity", "SWITCHBOARD_IDENTITY_SECRET is half a key pair: no HS256 token can be checked."
        )
    if secret and len(secret.encode()) < SHORTEST_SECRET:
        return warning("identity", f"SWITCHBOARD_IDENTITY_SECRET is shorter than {SHORTEST_SECRET} bytes.")
    names = ", ".join(f"{key.name} ({key.thumbprint})" for key in keys)
    signed = f"HS256 with the secret, EdDSA with {names}" if keys else "HS256 with the secret"
    once = "every token needs a jti" if settings.identity_require_jti else "a jti binds to one session"
    return ok("identity", f"Identity tokens are checked: {signed}; {once}.")


OLDEST_POSTGRES = 14


async def check_database(settings: Settings) -> CheckResult:
    """Connect to the given database, or start the embedded one where it exists; stop it again unless used."""
    if settings.database_url:
        return await _connected(settings.database_url.get_secret_value(), "The given database")
    if not (settings.home / "postgres" / "PG_VERSION").exists():
        return ok("database", f"Embedded PostgreSQL will be set up under {settings.home} at the first start.")
    server = EmbeddedPostgres(settings.home)
    try:
        return await _connected(await server.start(), "Embedded PostgreSQL")
    except EMBEDDED_FAILURES as error:
        return broken(
            "database", f"Embedded PostgreSQL can't be started: {str(error) or type(error).__name__}."
        )
    finally:
        await server.stop()


async def _connected(url: str, what: str) -> CheckResult:
    try:
        database = await Database.open(url, size=1)
    except StoreAway as error:
        return broken("database", f"{what} can't be reached: {error.__cause__}.")
    try:
        async with database.connection() as connection:
            version = int(await connection.fetchval("SHOW server_version_num")) // 10_000
            missing = pending(await applied(connection))
    finally:
        await database.close()
    if version < OLDEST_POSTGRES:
        return broken("database", f"{what} is PostgreSQL {version}; {OLDEST_POSTGRES} or newer is needed.")
    if missing:
        names = ", ".join(missing)
        return warning("database", f"{what} answers (PostgreSQL {version}); the next start applies {names}.")
    return ok("database", f"{what} answers (PostgreSQL {version}), its schema is up to date.")


async def check_running(settings: Settings) -> CheckResult:
    """Ask its `/readyz`."""
    answer = await get_json(f"http://{settings.http_host}:{settings.http_port}/readyz", timeout=4.0)
    body = answer.body if isinstance(answer.body, dict) else {}
    if reasons := _sentences(body.get("reasons")):
        return broken("running", f"The gateway that runs is not ready: {reasons}")
    if notices := _sentences(body.get("notices")):
        return warning("running", f"The gateway that runs says: {notices}")
    if body.get("status") == "ready":
        return ok("running", "The gateway that runs is ready, with all its parts.")
    return ok("running", "No gateway runs at this address.")


def _sentences(parts: object) -> str:
    """Return an object of names and sentences as one text; empty where it is none: others answer too."""
    return " ".join(f"{name}: {why}" for name, why in parts.items()) if isinstance(parts, dict) else ""


MAIL_TIMEOUT = 5.0


async def check_mail(settings: Settings) -> CheckResult:
    """Look at the port mail comes in at and at the smarthost answers go through."""
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    inbox = f"Mail for {', '.join(settings.mail_addresses)} is taken in at {where}"
    taken = await asyncio.to_thread(bind_error, settings.smtp_host, settings.smtp_port)
    if taken is not None and not await _is_ours(settings):
        return broken("mail", f"Another program listens on {where} (SWITCHBOARD_SMTP_PORT).")
    if settings.smarthost is None:
        return ok(
            "mail", f"{inbox}; answers are kept in {settings.home / 'outbox'} (no SWITCHBOARD_SMARTHOST)."
        )
    try:
        smarthost = read_smarthost(settings.smarthost.get_secret_value())
    except SmarthostInvalid as error:
        return broken("mail", f"SWITCHBOARD_SMARTHOST is wrong: {error}")
    try:
        async with asyncio.timeout(MAIL_TIMEOUT):
            _, writer = await asyncio.open_connection(smarthost.host, smarthost.port)
        writer.close()
    except (OSError, TimeoutError):
        return broken("mail", f"The smarthost {smarthost.host}:{smarthost.port} does not answer.")
    return ok("mail", f"{inbox}; the smarthost {smarthost.host}:{smarthost.port} answers.")


async def _is_ours(settings: Settings) -> bool:
    """Say whether what listens there is a gateway of ours."""
    try:
        async with asyncio.timeout(MAIL_TIMEOUT):
            reader, writer = await asyncio.open_connection(settings.smtp_host, settings.smtp_port)
            greeting = await reader.readline()
        writer.close()
    except (OSError, TimeoutError):
        return False
    return greeting.startswith(b"220") and greeting.rstrip().endswith(b"ESMTP ready")


async def check_policy(settings: Settings) -> CheckResult:
    """Read it as the gateway does."""
    try:
        policy = load_policy(settings.policy)
    except PolicyInvalid as error:
        return broken("policy", f"SWITCHBOARD_POLICY: {error}")
    found = doubts(policy, _known_tools(settings))
    if found:
        more = f" ({len(found) - 1} more: see `switchboard policy check`)" if found[1:] else ""
        return warning("policy", f"SWITCHBOARD_POLICY: {found[0]}{more}")
    return ok("policy", _summary(policy))


def _known_tools(settings: Settings) -> Mapping[str, str]:
    """Return how grave each tool is; none where MCP servers, which alone know theirs, bring more."""
    try:
        business = load_business(settings)
        known = tools_at_rest(business.tools, business.package)
        return {} if business.tools.mcp else sensitivities(known)
    except (ToolSettingsError, StartFailed):
        return {}  # another check tells what is wrong there


def _summary(policy: Policy) -> str:
    tables = policy.named_tables()
    rules = sum(len(table.rules) for _, table in tables)
    return f"The policy has {rules} rules for {len(tables)} tools; every other sensitive tool asks."


MCP_WAIT = 8.0
"""Seconds for all servers together."""


async def check_mcp(settings: Settings) -> CheckResult:
    """Connect to each server once and list its tools; a command is started for it and ended again."""
    try:
        configured = load_tool_settings(settings.tools).mcp
    except ToolSettingsError:
        return broken("mcp", "SWITCHBOARD_TOOLS can't be read: see files.")
    if not configured:
        return ok("mcp", "No MCP servers are configured.")
    servers = McpServers(configured, clean=str)
    try:
        await servers.start(wait=MCP_WAIT)
        found = servers.status()
    finally:
        await servers.stop()
    detail = " ".join(_told_of(status) for status in found)
    well = all(status.state == "up" and status.tools and not status.notices for status in found)
    return ok("mcp", detail) if well else warning("mcp", detail)


def _told_of(status: McpStatus) -> str:
    notices = f" Not mounted: {' '.join(status.notices)}" if status.notices else ""
    if status.state == "up":
        tools = ", ".join(status.tools) or "nothing of it is allowed"
        return f"{status.name}: {tools}.{notices}"
    return f"{status.name} is away, its tools with it: {status.reason or 'it does not answer.'}"


VOICES = "Speech is made by eSpeak NG."


async def check_voice(settings: Settings) -> CheckResult:
    """Look at packages and weights; nothing is loaded or fetched."""
    if not settings.voice.enabled:
        return ok("voice", "Switched off (SWITCHBOARD_VOICE__ENABLED).")
    if missing := missing_packages(settings):
        return warning(
            "voice", f"Not installed: {', '.join(missing)} (the extra `voice`). There are no calls."
        )
    if settings.transcriber != "whisper":
        return warning("voice", "The transcriber hears a fixed text; it is for measuring only.")
    return _weights(settings.whisper_model)


def _weights(model: str) -> CheckResult:
    from channels.voice.transcribing.weights import find_weights

    weights = find_weights(model)
    if weights.problem:
        return broken("voice", weights.problem)
    if weights.folder is None:
        detail = (
            f"The Whisper weights {weights.model} are not here yet and are fetched at the start. {VOICES}"
        )
        return warning("voice", detail)
    if weights.synthetic:
        return warning("voice", "The weights are the test model's: it understands synthetic speech alone.")
    return ok("voice", f"Whisper weights: {weights.folder}. {VOICES}")


CHECKS: tuple[Check, ...] = (
    check_python,
    check_home,
    check_files,
    check_identity,
    check_database,
    check_model,
    check_http,
    check_running,
    check_mail,
    check_policy,
    check_mcp,
    check_voice,
)
