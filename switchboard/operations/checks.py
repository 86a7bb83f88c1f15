"""What `switchboard doctor` looks at. Checks read and connect; they change nothing that they find."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from orchestrator.inference.catalog import load_catalog
from orchestrator.inference.errors import CatalogInvalid
from switchboard.operations.checks_database import check_database
from switchboard.operations.checks_identity import check_identity
from switchboard.operations.checks_mail import check_mail
from switchboard.operations.checks_mcp import check_mcp
from switchboard.operations.checks_model import check_model
from switchboard.operations.checks_policy import check_policy
from switchboard.operations.checks_running import check_running
from switchboard.operations.checks_voice import check_voice
from switchboard.operations.finding import Finding, broken, ok, warning
from switchboard.operations.http_client import get_json
from switchboard.operations.origin import foreign_packages
from switchboard.operations.ports import bind_error
from switchboard.settings import ROOT, Settings
from tools.settings import ToolSettingsError, load_tool_settings

LITTLE_ROOM = 1_000_000_000  # bytes free below which we warn
NO_ROOM = 100_000_000  # and below which the embedded database can't be trusted to run

Check = Callable[[Settings], Awaitable[Finding]]


async def examine(settings: Settings) -> list[Finding]:
    """Run every check; takes 25 seconds at most."""
    return [await check(settings) for check in CHECKS]


async def check_python(_: Settings) -> Finding:
    """Which Python is this, and are the packages ours?"""
    version = platform.python_version()
    if problems := foreign_packages():
        return broken("python", " ".join(problems))
    return ok("python", f"Python {version}; the packages come from {ROOT}.")


async def check_home(settings: Settings) -> Finding:
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


async def check_http(settings: Settings) -> Finding:
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


async def check_files(settings: Settings) -> Finding:
    """Are the configuration files there, and right?"""
    try:
        catalog = load_catalog(settings.catalog)
        load_tool_settings(settings.tools)
    except CatalogInvalid as error:
        return broken("files", f"SWITCHBOARD_CATALOG: {error}")
    except ToolSettingsError as error:
        return broken("files", f"SWITCHBOARD_TOOLS: {error}")
    articles = len(list(settings.knowledge.glob("**/*.md")))
    if not articles:
        return warning("files", f"SWITCHBOARD_KNOWLEDGE: {settings.knowledge} holds no Markdown articles.")
    return ok("files", f"The catalog has {len(catalog.model)} models; there are {articles} articles.")


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
