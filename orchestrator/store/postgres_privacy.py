"""What keeps the embedded PostgreSQL to this installation: a password, and a socket in a folder of ours.

See "Preventing Server Spoofing" and "The pg_hba.conf File" in PostgreSQL's documentation.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import tempfile
from pathlib import Path

from orchestrator.store.postgres_program import ServerUser
from orchestrator.store.postmaster import SOCKET

LONGEST = 103
"""Bytes of a socket's path that every system takes; Linux has room for 107."""

LISTED = frozenset(",:")
"""What separates one host from the next in an address, so that no folder's name may have it there."""

RULES = """\
# Written by Switchboard. Nobody gets in without the password in secrets/postgres_password ({mark}).
local all all scram-sha-256
local replication all scram-sha-256
"""


def private_folder(folder: Path) -> Path:
    """Make `folder`, ours and closed to others, and return it; raises `OSError`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
    return folder


def password(secrets_folder: Path, *, make: bool = False) -> str:
    """Return the password of `postgres`, 256 random bits; `make` writes one where there is none."""
    file = secrets_folder / "postgres_password"
    if make and not (file.exists() and file.read_text().strip()):
        private_folder(secrets_folder)
        draft = file.with_name(".new-postgres_password")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as text:
            text.write(secrets.token_urlsafe(32))
            text.flush()
            os.fsync(text.fileno())
        draft.rename(file)
    return file.read_text().strip()


def rules(word: str) -> str:
    """Return the whole `pg_hba.conf`; its mark tells whether the server was given this password."""
    return RULES.format(mark=hashlib.sha256(word.encode()).hexdigest()[:16])


def socket_folder(data: Path, user: ServerUser) -> Path:
    """Return a folder of the server's user, closed to others, whose path suits a socket and an address.

    The data folder itself, or one with a short name that is made for it; raises `OSError`.
    """
    if _fits(data):
        return data
    name = f"switchboard-{user.uid}-{hashlib.sha256(os.fsencode(data)).hexdigest()[:12]}"
    for base in _bases(user):
        folder = base / name
        if not _fits(folder):
            continue
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            pass  # ours from the last start, or somebody's trap
        except OSError:
            continue
        if _own(folder, user):
            return folder
    folder = Path(tempfile.mkdtemp(prefix="switchboard-", dir="/tmp"))
    _own(folder, user)
    return folder


def is_private(folder: Path, user: ServerUser) -> bool:
    """Say whether `folder` belongs to the server's user and is closed to everybody else."""
    try:
        about = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(about.st_mode) and about.st_uid == user.uid and not about.st_mode & 0o077


def _own(folder: Path, user: ServerUser) -> bool:
    if user.other and not folder.is_symlink() and folder.stat().st_uid == os.geteuid():
        os.chown(folder, user.uid, user.gid)
    return is_private(folder, user)


def _bases(user: ServerUser) -> list[Path]:
    if user.other:
        return [Path("/run"), Path("/tmp")]
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    found = [Path(runtime)] if runtime and is_private(Path(runtime), user) else []
    return [*found, Path("/tmp")]


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / SOCKET)) <= LONGEST and not LISTED & set(str(folder))
