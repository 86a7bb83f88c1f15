"""`switchboard chat`: write to a running gateway from a terminal or a script.

echo "When are you open?" | switchboard chat --as ada@example.com
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable

from switchboard.business_file import business_file
from switchboard.cli.chat_screen import Screen
from switchboard.cli.operator_client import local_url
from switchboard.cli.shared_arguments import add_customer, add_url, seconds
from switchboard.cli.socket_client import Conversation
from switchboard.errors import SettingsError
from switchboard.secrets import identity_secret
from switchboard.settings import Settings
from switchboard.sources import load_settings
from switchboard.web_chat import sign_identity


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe who writes and where."""
    add_url(parser)
    add_customer(parser)
    parser.add_argument(
        "--wait",
        type=seconds(86_400),
        default=120.0,
        metavar="SECONDS",
        help="how long to wait for an answer (120)",
    )


def run(options: argparse.Namespace) -> int:
    """Chat until the input ends or says /quit; piped lines wait for their answers, one by one."""
    settings = load_settings().settings
    identity = _identity_maker(settings, options)
    conversation = Conversation(
        options.url or local_url(settings),
        screen := Screen(live=sys.stdout.isatty(), prompts=sys.stdin.isatty()),
        token=options.session,
        identity=identity,
    )
    return asyncio.run(_run(conversation, screen, wait=options.wait))


def _identity_maker(settings: Settings, options: argparse.Namespace) -> Callable[[], str] | None:
    """Return what makes the identity tokens of this chat: a new one each time, or the one that was given."""
    if options.email:
        make_identity(settings, options.email)  # what is wrong with the settings is told before anything else
        return lambda: make_identity(settings, options.email)
    return (lambda: str(options.identity)) if options.identity else None


def make_identity(settings: Settings, email: str) -> str:
    """Sign an identity token for `email`, as the host site would. Raises SettingsError without the secret."""
    secret = identity_secret(settings)
    if secret is None:
        raise SettingsError(
            f"There is no identity secret in {settings.home} yet: start the gateway once, "
            "or set SWITCHBOARD_IDENTITY_SECRET."
        )
    known = {visitor.email: visitor.name for visitor in business_file(settings.business).demo.values()}
    name = known.get(email) or email.partition("@")[0].replace(".", " ").title()
    return sign_identity(email, name, secret.get_secret_value())


async def _run(conversation: Conversation, screen: Screen, *, wait: float) -> int:
    link = asyncio.create_task(conversation.link())
    talk = asyncio.create_task(_talk(conversation, screen, wait=wait))
    try:
        done, _ = await asyncio.wait({link, talk}, return_when=asyncio.FIRST_COMPLETED)
        return (talk if talk in done else link).result()  # `link` ends with an error only
    finally:
        link.cancel()
        talk.cancel()
        await asyncio.gather(link, talk, return_exceptions=True)
        screen.goodbye(conversation.token)


async def _talk(conversation: Conversation, screen: Screen, *, wait: float) -> int:
    screen.prompt()
    async for line in read_lines():
        screen.entered()
        if line.strip() == "/quit":
            break
        if not line.strip():
            screen.prompt()
        elif screen.prompts:
            await conversation.send(line)  # a person may go on writing before the answer is there
        elif not await _say(conversation, line, wait=wait):
            screen.notice("There was no answer to that.")
            return 1
    return 0


async def _say(conversation: Conversation, line: str, *, wait: float) -> bool:
    """Send one line and wait for its answer; False when there was none within `wait` seconds."""
    sent = await conversation.send(line)
    try:
        async with asyncio.timeout(wait):
            await sent.done.wait()
    except TimeoutError:
        return False
    return not sent.refused


AHEAD = 16  # lines read before they are wanted


async def read_lines(descriptor: int = 0) -> AsyncIterator[str]:
    """Yield lines without their ends until the input ends.

    A daemon thread reads the bare descriptor: it holds no lock of `sys.stdin`, so that leaving with
    Ctrl-C needs no further key.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str | None] = asyncio.Queue(AHEAD)

    def put(line: str | None) -> None:
        putting = queue.put(line)  # held here: a loop that closes drops it, and Python would warn of that
        try:
            asyncio.run_coroutine_threadsafe(putting, loop).result()
        except RuntimeError:
            putting.close()
            raise

    threading.Thread(target=_pump, args=(descriptor, put), name="keyboard", daemon=True).start()
    while (line := await queue.get()) is not None:
        yield line


def _pump(descriptor: int, put: Callable[[str | None], None]) -> None:
    rest = b""
    try:
        while chunk := os.read(descriptor, 65_536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                put(line.decode(errors="replace").rstrip("\r"))
        if rest:
            put(rest.decode(errors="replace"))
        put(None)
    except (RuntimeError, asyncio.CancelledError, OSError):
        pass  # the loop has closed: nobody reads any more
