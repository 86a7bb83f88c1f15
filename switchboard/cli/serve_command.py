"""`switchboard serve`: run the gateway until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import signal
import sys
from collections.abc import Callable

import structlog

from switchboard.errors import SettingsError, StartFailed
from switchboard.listening import Listeners, Ready, take_ports
from switchboard.logging import configure_logging
from switchboard.operations.runtime import FilesRunOut, foreign_packages, raise_file_limit
from switchboard.secrets import OPERATOR, ensure_secrets
from switchboard.settings import Settings
from switchboard.sources import load_settings
from switchboard.storage import full_disk

log = structlog.get_logger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe how to start."""
    parser.add_argument(
        "--json", action="store_true", help="print exactly one line on standard output when ready"
    )
    parser.add_argument(
        "--no-voice", action="store_true", help="run without voice; its libraries are not imported then"
    )


def run(options: argparse.Namespace) -> int:
    """Start, serve, drain; the exit code is 0 after a clean drain."""
    loaded = load_settings()
    settings = without_voice(loaded.settings) if options.no_voice else loaded.settings
    configure_logging(loaded.settings.log)
    for warning in loaded.warnings:
        log.warning("a setting looks wrong", problem=warning)
    for problem in foreign_packages():
        raise StartFailed(problem)
    raise_file_limit()
    listeners = take_ports(settings)  # first: a start that can't listen makes nothing and shows no secret
    _announce_operator_token(settings)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_explained(settings, listeners, json_ready=options.json))


def without_voice(settings: Settings) -> Settings:
    """Return the settings with voice switched off."""
    voice = settings.voice.model_copy(update={"enabled": False})
    return settings.model_copy(update={"voice": voice})


async def _explained(settings: Settings, listeners: Listeners, *, json_ready: bool) -> int:
    """Serve; tell what stops the start by the setting that is wrong."""
    from guardrails.policy.policy_file import PolicyInvalid
    from orchestrator.errors import OrchestratorError
    from orchestrator.inference.errors import CatalogInvalid
    from orchestrator.knowledge.articles import KnowledgeError
    from tools.settings import ToolSettingsError

    try:
        return await _serve(settings, listeners, json_ready=json_ready)
    except CatalogInvalid as error:
        raise SettingsError(f"SWITCHBOARD_CATALOG is wrong: {error}") from error
    except PolicyInvalid as error:
        raise SettingsError(f"SWITCHBOARD_POLICY is wrong: {error}") from error
    except KnowledgeError as error:
        raise SettingsError(f"SWITCHBOARD_KNOWLEDGE is wrong: {error}") from error
    except ToolSettingsError as error:
        raise SettingsError(f"SWITCHBOARD_TOOLS is wrong: {error}") from error
    except OSError as error:
        full = full_disk(settings.home, error)
        raise StartFailed(full or f"Switchboard can't run: {error}.") from error
    except OrchestratorError as error:
        full = full_disk(settings.home, error)
        raise StartFailed(full or f"Switchboard can't run: {error.message}") from error


async def _serve(settings: Settings, listeners: Listeners, *, json_ready: bool) -> int:
    """Run one gateway until SIGTERM or SIGINT; print where it listens. SIGHUP reads files again."""
    from switchboard.app import App

    asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked_to_stop.set)
    loop.set_exception_handler(FilesRunOut())
    loop.add_signal_handler(signal.SIGHUP, _not_yet)
    app = App(settings, listeners)
    ready = await app.start()
    loop.add_signal_handler(signal.SIGHUP, app.reload)
    _announce(ready, json_ready=json_ready, problem=app.provider.start_notice)
    await asked_to_stop.wait()
    log.info("draining")
    await app.drain()
    return 0


def _not_yet() -> None:
    log.info("the configuration files are being read already")


def _announce(ready: Ready, *, json_ready: bool, problem: str | None) -> None:
    if json_ready:
        print(ready.line(), flush=True)
        return
    model = "the sandbox model (no language model; set OXLO_API_KEY for a real one)"
    print(f"Switchboard listens on {ready.http}", flush=True)
    if ready.smtp is not None:
        print(f"Mail is taken in at {ready.smtp}", flush=True)
    print(f"Answers come from {model if ready.model == 'sandbox' else 'Oxlo'}", flush=True)
    if problem:
        print(f"Attention: {problem} Customers are told to wait, and answered when it works.", flush=True)


def _announce_operator_token(settings: Settings) -> None:
    """Print the operator token when it was made just now: this is the one time it is shown."""
    secrets = ensure_secrets(settings)
    if secrets.operator_is_new:
        print(
            f"Operator token, shown this once: {secrets.operator.get_secret_value()}\n"
            f"It is kept in {settings.home / 'secrets' / OPERATOR}.",
            file=sys.stderr,
            flush=True,
        )


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Take uvloop where it is installed (the extra `speed`): the same behaviour for less CPU."""
    if importlib.util.find_spec("uvloop") is None:
        return None
    import uvloop

    return uvloop.new_event_loop
