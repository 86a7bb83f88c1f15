"""`switchboard call`: talk to a running gateway from a terminal or a script.

switchboard call --as ada@example.com --say "Where is my order one zero four two?" --out call.wav
"""

from __future__ import annotations

import argparse
import asyncio

from switchboard.cli.chat import local_url, make_identity
from switchboard.errors import SwitchboardError
from switchboard.sources import load_settings
from switchboard.voice_installed import missing_packages


def run(options: argparse.Namespace) -> int:
    """Make one call; the exit code is 0 when everything that was said got a spoken answer."""
    if not options.turns and not options.dtmf:
        raise SwitchboardError('There is nothing to say: give --say "…", --wav FILE or --dtmf KEYS.')
    settings = load_settings().settings
    if missing := missing_packages(settings.model_copy(update={"speaker": "pyttsx3"})):
        raise SwitchboardError(
            f"Calls need the voice extra (pip install 'switchboard[voice]'); missing: {', '.join(missing)}."
        )
    identity = make_identity(settings, options.email) if options.email else options.identity
    url = options.url or local_url(settings)
    from switchboard.cli.calling.command import call  # the voice libraries are there, as was just seen

    return asyncio.run(call(options, url=url, identity=identity))
