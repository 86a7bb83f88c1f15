"""Postfix as a peer: an instance of its own on a free port, which queues with fsync and then discards."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = /dev/stdout
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost.localdomain
mydestination = localhost
mynetworks = 127.0.0.0/8
local_recipient_maps =
alias_maps =
local_transport = discard:
default_transport = discard:
message_size_limit = 52428800
smtpd_client_connection_count_limit = 0
smtpd_peername_lookup = no
biff = no
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
discard unix - - n - - discard
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def why_not() -> str | None:
    """Return why Postfix can't take part; None when it can."""
    if _postfix() is None:
        return "not installed"
    return None if os.geteuid() == 0 else "installed, but only root can run an instance of it"


def _postfix() -> str | None:
    return shutil.which("postfix", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def postfix() -> Iterator[int]:
    """Run an instance below a temporary folder; yield its port."""
    with tempfile.TemporaryDirectory(prefix="bench-postfix-") as name:
        folder = Path(name)
        port = _free_port()
        _configure(folder, port)
        command = (_postfix() or "postfix", "-c", str(folder / "etc"))
        subprocess.run([*command, "start"], check=True, capture_output=True)
        try:
            _wait_for(port)
            yield port
        finally:
            subprocess.run([*command, "stop"], check=False, capture_output=True)


def _configure(folder: Path, port: int) -> None:
    folder.chmod(0o755)
    for each in ("etc", "queue", "data"):
        (folder / each).mkdir()
    shutil.chown(folder / "data", "postfix")
    (folder / "etc" / "main.cf").write_text(MAIN.format(folder=folder))
    (folder / "etc" / "master.cf").write_text(MASTER.format(port=port))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    ends = time.monotonic() + 20.0
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
            return
        except OSError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.05)
