"""The policy as its file has it now (SWITCHBOARD_POLICY)."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from guardrails.policy.policy_file import MAX_SIZE, PolicyInvalid, parse_policy
from guardrails.policy.tool_policy import Policy
from orchestrator.watched_file import WatchedFile
from tools.hours import Hours

_log = structlog.get_logger()

Policies = Callable[[], Policy]


def load_policy(path: Path) -> Policy:
    """Read and check a policy; raises PolicyInvalid with one sentence that names file and place."""
    try:
        with path.open("rb") as file:
            text = file.read(4 * MAX_SIZE + 1).decode("utf-8-sig")
    except OSError as error:
        raise PolicyInvalid(f"{path}: can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise PolicyInvalid(f"{path}: is not UTF-8 text.") from None
    return parse_policy(text, source=str(path))


def load_changed_policy(path: Path) -> Policy:
    """Read a policy that others are written over: as `load_policy`, and an empty one is not believed."""
    policy = load_policy(path)
    if not tomllib.loads(path.read_text("utf-8-sig")):
        raise PolicyInvalid(f"{path}: says nothing any more; it may be half written.")
    return policy


class PolicyFile(WatchedFile[Policy]):
    """A policy that follows its file; a file that turns wrong keeps the last good one."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Read the file for the first time; raises PolicyInvalid."""
        super().__init__(
            path,
            load=load_policy,
            load_again=load_changed_policy,
            invalid=PolicyInvalid,
            loaded=_tell,
            wrong=_complain,
            clock=clock,
        )


def _tell(policy: Policy) -> None:
    _log.info("policy_reloaded", tools=len(policy.tools) + len(policy.globs))


def _complain(error: Exception) -> None:
    _log.error("policy_invalid_kept_last", problem=str(error))


class PolicyHours:
    """The desk's hours for the tools: the policy's as they are now, `otherwise` where it has none."""

    def __init__(self, policies: Policies, otherwise: Hours) -> None:
        self._policies = policies
        self._otherwise = otherwise

    @property
    def zone(self) -> ZoneInfo:
        """The desk's time zone."""
        return self._hours.zone

    def is_open(self, at: datetime) -> bool:
        """Tell whether somebody is there at this moment (aware)."""
        return self._hours.is_open(at)

    def next_opening(self, at: datetime) -> datetime | None:
        """Return when it opens next after this moment (aware); None if not for long."""
        return self._hours.next_opening(at)

    def __str__(self) -> str:
        return str(self._hours)

    @property
    def _hours(self) -> Hours:
        policy = self._policies()
        return policy.hours if policy.has_hours else self._otherwise
