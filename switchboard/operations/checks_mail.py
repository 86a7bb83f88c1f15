"""Can mail be taken in, and do answers get out?"""

from __future__ import annotations

import asyncio

from channels.mail.smarthost_settings import SmarthostInvalid, read_smarthost
from switchboard.operations.finding import Finding, broken, ok
from switchboard.operations.ports import bind_error
from switchboard.settings import Settings

PART = "mail"
TIMEOUT = 5.0


async def check_mail(settings: Settings) -> Finding:
    """Look at the port mail comes in at and at the smarthost answers go through."""
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    inbox = f"Mail for {', '.join(settings.mail_addresses)} is taken in at {where}"
    taken = await asyncio.to_thread(bind_error, settings.smtp_host, settings.smtp_port)
    if taken is not None and not await _answers(settings):
        return broken(PART, f"Another program listens on {where} (SWITCHBOARD_SMTP_PORT).")
    if settings.smarthost is None:
        return ok(
            PART, f"{inbox}; answers are kept in {settings.home / 'outbox'} (no SWITCHBOARD_SMARTHOST)."
        )
    try:
        smarthost = read_smarthost(settings.smarthost.get_secret_value())
    except SmarthostInvalid as error:
        return broken(PART, f"SWITCHBOARD_SMARTHOST is wrong: {error}")
    try:
        async with asyncio.timeout(TIMEOUT):
            _, writer = await asyncio.open_connection(smarthost.host, smarthost.port)
        writer.close()
    except (OSError, TimeoutError):
        return broken(PART, f"The smarthost {smarthost.host}:{smarthost.port} does not answer.")
    return ok(PART, f"{inbox}; the smarthost {smarthost.host}:{smarthost.port} answers.")


async def _answers(settings: Settings) -> bool:
    """Say whether what listens there is a gateway of ours."""
    try:
        async with asyncio.timeout(TIMEOUT):
            reader, writer = await asyncio.open_connection(settings.smtp_host, settings.smtp_port)
            greeting = await reader.readline()
        writer.close()
    except (OSError, TimeoutError):
        return False
    return greeting.startswith(b"220") and greeting.rstrip().endswith(b"ESMTP ready")
