"""The server as a process of its own.

`python -m tests.support.model_server --port 9099 --fault F05 --rate 0.3`
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import sys

from aiohttp import web

from tests.support.model_server.asked import Asked
from tests.support.model_server.behaviours import Behaviour, answer
from tests.support.model_server.faults import FAULTS
from tests.support.model_server.responders import Responder, echo, instant
from tests.support.model_server.server import ModelServer

RESPONDERS: dict[str, Responder] = {"instant": instant, "echo": echo}


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="model_server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--responder", choices=sorted(RESPONDERS), default="instant")
    parser.add_argument("--fault", action="append", default=[], help=f"all, or one of: {', '.join(FAULTS)}")
    parser.add_argument("--rate", type=float, default=0.3, help="share of requests that get a fault")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each good answer")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def mixed(faults: list[str], *, rate: float, seed: int, delay: float) -> Behaviour:
    """Return a behaviour that answers well, but for a random share of the requests."""
    names = list(FAULTS) if "all" in faults else faults
    if unknown := [name for name in names if name not in FAULTS]:
        raise SystemExit(f"unknown fault {unknown[0]}; known are: all, {', '.join(FAULTS)}")
    dice = random.Random(seed)
    good = answer(size=4096)

    async def behave(asked: Asked) -> web.StreamResponse:
        if names and dice.random() < rate:
            return await FAULTS[dice.choice(names)](asked)
        if delay:
            await asyncio.sleep(delay)
        return await good(asked)

    return behave


async def main() -> None:
    """Serve until SIGINT or SIGTERM; prints the base URL as the only line."""
    options = arguments()
    behaviour = mixed(options.fault, rate=options.rate, seed=options.seed, delay=options.delay)
    server = ModelServer(responder=RESPONDERS[options.responder], keep=False)
    server.otherwise = lambda _: behaviour
    sys.stdout.write(await server.start(host=options.host, port=options.port) + "\n")
    sys.stdout.flush()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()
    await server.stop()


if __name__ == "__main__":
    asyncio.run(main())
