"""The arguments of `switchboard call`."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Final

_KEYS: Final = re.compile(r"[0-9*#A-D]{0,64}")


def add_call(parser: argparse.ArgumentParser) -> None:
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
    _add_who(parser)
    parser.add_argument("--url", help="address of the gateway (default: this machine's, from the settings)")
    parser.add_argument("--voice", default="en-us", help="an eSpeak NG voice, such as en-us+f2 or de (en-us)")
    parser.add_argument("--rate", type=_rate, default=160, help="words a minute (160)")
    parser.add_argument(
        "--barge-in", action="store_true", help="speak over the greeting and the answers instead of waiting"
    )
    parser.add_argument("--literal", action="store_true", help='answer no "Did you say …?" by itself')
    parser.add_argument(
        "--out", type=Path, metavar="WAV", help="save the call in stereo: you left, the gateway right"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument(
        "--wait", type=_seconds, default=60.0, metavar="SECONDS", help="how long to wait for an answer (60)"
    )


def _add_who(parser: argparse.ArgumentParser) -> None:
    who = parser.add_mutually_exclusive_group()
    who.add_argument(
        "--as", dest="email", metavar="EMAIL", help="sign in as that customer with the local secret"
    )
    who.add_argument("--identity", metavar="JWT", help="sign in with an identity token of the host site")
    parser.add_argument("--session", metavar="TOKEN", help="go on with an earlier session")


def _keys(text: str) -> str:
    if not _KEYS.fullmatch(text):
        raise argparse.ArgumentTypeError("must be keys of a telephone: 0 to 9, *, #, A to D")
    return text


def _rate(text: str) -> int:
    rate = int(text)
    if not 80 <= rate <= 450:
        raise argparse.ArgumentTypeError("must be between 80 and 450")
    return rate


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 3_600:
        raise argparse.ArgumentTypeError("must be between 0 and 3600")
    return seconds
