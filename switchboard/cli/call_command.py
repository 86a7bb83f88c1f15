"""`switchboard call`: talk to a running gateway from a terminal or a script.

switchboard call --as ada@example.com --say "What are your opening hours?" --out call.wav
"""

from __future__ import annotations

import argparse
import asyncio
import re
from pathlib import Path
from typing import Final

from switchboard.business import load_business
from switchboard.cli.chat_command import make_identity
from switchboard.cli.operator_client import local_url
from switchboard.cli.shared_arguments import add_customer, add_url, count, seconds
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

    ids = tuple(load_business(settings).vocabulary.ids.values())
    return asyncio.run(call(options, url=url, identity=identity, ids=ids))


_KEYS: Final = re.compile(r"[0-9*#A-D]{0,64}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is said, who says it and how."""
    parser.add_argument(
        "--say",
        dest="turns",
        action="append",
        type=str,
        metavar="TEXT",
        help="speak this (again: more turns)",
    )
    parser.add_argument(
        "--wav",
        dest="turns",
        action="append",
        type=Path,
        metavar="FILE",
        help="play this PCM WAV file instead",
    )
    parser.add_argument(
        "--dtmf", type=_keys, default="", metavar="KEYS", help="keys to press: where asked, or last"
    )
    add_customer(parser)
    add_url(parser)
    parser.add_argument("--voice", default="en-us", help="an eSpeak NG voice, such as en-us+f2 or de (en-us)")
    parser.add_argument("--rate", type=count(80, 450), default=160, help="words a minute (160)")
    parser.add_argument(
        "--barge-in", action="store_true", help="speak over the greeting and the answers instead of waiting"
    )
    parser.add_argument("--literal", action="store_true", help='answer no "Did you say …?" by itself')
    parser.add_argument(
        "--out", type=Path, metavar="WAV", help="save the call in stereo: you left, the gateway right"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument(
        "--wait",
        type=seconds(3_600),
        default=60.0,
        metavar="SECONDS",
        help="how long to wait for an answer (60)",
    )


def _keys(text: str) -> str:
    if not _KEYS.fullmatch(text):
        raise argparse.ArgumentTypeError("must be keys of a telephone: 0 to 9, *, #, A to D")
    return text
