"""A child process of the voice channel as the gateway holds it: started, spoken to in frames, killed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import channels
from channels.voice import pipe_frames

KEPT: Final = frozenset(
    {
        "PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "VIRTUAL_ENV",
        "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "XDG_CACHE_HOME", "SSL_CERT_FILE",
        "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
        "http_proxy", "https_proxy", "no_proxy", "all_proxy", "HUGGINGFACE_HUB_CACHE",
        "PYTHONDONTWRITEBYTECODE",
    }
)  # fmt: skip
KEPT_FAMILIES: Final = ("HF_", "CUDA_", "NVIDIA_", "OMP_", "MKL_", "OPENBLAS_", "CT2_", "ESPEAK_")
SET: Final = {
    "OPENBLAS_NUM_THREADS": "1",  # numpy's own threads only wait here, at twice the CPU
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_ETAG_TIMEOUT": "10",
    "HF_HUB_DOWNLOAD_TIMEOUT": "20",
}


def child_environment() -> dict[str, str]:
    """Return the environment for `python -m channels.voice…`, with our own sources first on its path."""
    kept = {
        name: value for name, value in os.environ.items() if name in KEPT or name.startswith(KEPT_FAMILIES)
    }
    sources = Path(channels.__path__[0]).parent
    return {**kept, **SET, "PYTHONPATH": str(sources)}


PIPE_BYTES: Final = 1 << 20


class ProcessGone(Exception):
    """The process has ended, or speaks no frames any more."""


class ChildProcess:
    """One process; frames go in at once and come out in order."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def spawn(cls, command: Sequence[str]) -> ChildProcess:
        """Start the process; raises OSError. Cancelled meanwhile, it is ended, else its files would leak."""
        birth = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # libraries may print what was said
                env=child_environment(),
                limit=PIPE_BYTES,
                start_new_session=True,
            )
        )
        try:
            return cls(await asyncio.shield(birth))
        except asyncio.CancelledError:
            await cls(await birth).end()
            raise

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """How it ended, None while it runs."""
        return self._process.returncode

    def send(self, head: Mapping[str, Any], body: bytes = b"") -> None:
        """Queue one frame; the caller bounds how many are under way."""
        pipe = self._process.stdin
        if pipe is not None and not pipe.is_closing():  # `receive` tells that it is gone
            pipe.write(pipe_frames.pack(head, body))

    async def receive(self) -> tuple[dict[str, Any], bytes]:
        """Return the next frame; raises ProcessGone."""
        assert self._process.stdout is not None
        try:
            return await pipe_frames.receive(self._process.stdout)
        except (asyncio.IncompleteReadError, pipe_frames.PipeBroken, ConnectionError) as error:
            raise ProcessGone from error

    async def ended(self) -> None:
        """Wait for its end."""
        await self._process.wait()

    def kill(self) -> None:
        """End it now; a process that hangs does not end by being asked."""
        if self._process.returncode is None:
            try:
                self._process.kill()
            except ProcessLookupError:
                pass  # it ended just now

    async def end(self) -> None:
        """Kill it and wait until its pipes are closed, even when cancelled meanwhile: it takes no time."""
        ending = asyncio.ensure_future(self._end())
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            await ending
            raise

    async def _end(self) -> None:
        self.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.communicate()  # to the pipe's end: only then are its files closed
