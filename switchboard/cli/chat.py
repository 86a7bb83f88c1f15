"""`switchboard chat`: write to a running gateway from a terminal or a script.

echo "Where is my order 1042?" | switchboard chat --as ada@example.com
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable

from switchboard.cli.conversation import ChatFailed, Conversation
from switchboard.cli.keyboard import read_lines
from switchboard.cli.screen import Screen
from switchboard.demo import PEOPLE, sign_identity
from switchboard.errors import SettingsError
from switchboard.secrets import identity_secret
from switchboard.settings import Settings
from switchboard.sources import load_settings


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
    name = dict(PEOPLE.values()).get(email) or email.partition("@")[0].replace(".", " ").title()
    return sign_identity(email, name, secret.get_secret_value())


def local_url(settings: Settings) -> str:
    """Return where this machine's gateway listens; raises ChatFailed where the settings do not tell."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.http_host, settings.http_host)
    host = f"[{host}]" if ":" in host else host
    if not settings.http_port:
        raise ChatFailed("SWITCHBOARD_HTTP_PORT is 0, so the gateway's port is not known: give --url.")
    return f"http://{host}:{settings.http_port}"


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
