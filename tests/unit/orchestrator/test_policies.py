"""The policy follows its file, and a broken file keeps the last good one."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from guardrails.policy.policy_file import PolicyInvalid
from orchestrator.policies import PolicyFile, PolicyHours, load_policy
from orchestrator.watched_file import WatchedFile
from tools.hours import BusinessHours

MONDAY_AT_TEN = datetime(2026, 11, 23, 10, tzinfo=UTC)


def written(folder: Path, text: str) -> Path:
    path = folder / "policy.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_changed_file_counts_and_a_broken_one_keeps_the_last(tmp_path: Path) -> None:
    now = 0.0
    path = written(tmp_path, "[approvals]\nexpires_hours = 1")
    policies = PolicyFile(path, clock=lambda: now)
    written(tmp_path, "[approvals]\nexpires_hours = 20")
    assert policies().expires_hours == 1
    now = 3.0
    assert policies().expires_hours == 20
    with capture_logs() as logs:
        written(tmp_path, "[approvals]\nexpires_hours = -1")
        now = 6.0
        assert policies().expires_hours == 20
    assert [entry["event"] for entry in logs] == ["policy_invalid_kept_last"]
    assert "approvals.expires_hours" in logs[0]["problem"]
    path.unlink()
    now = 9.0
    assert policies().expires_hours == 20


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "can't be read: "), (b"\xff", "is not UTF-8 text."), (b"#" * 4_000_001, "is larger than")],
)
def test_a_file_that_is_none_is_named(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "policy.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PolicyInvalid) as caught:
        load_policy(path)
    assert str(caught.value).startswith(f"{path}: {said}")


def test_the_first_file_must_be_right(tmp_path: Path) -> None:
    with pytest.raises(PolicyInvalid):
        PolicyFile(written(tmp_path, "nonsense"))


def test_the_tools_go_by_the_policys_hours_as_they_are_now(tmp_path: Path) -> None:
    now = 0.0
    path = written(tmp_path, "")
    own = BusinessHours(zone=ZoneInfo("Asia/Tokyo"), opens=time(9), closes=time(10), days=(7,))
    hours = PolicyHours(PolicyFile(path, clock=lambda: now), own)
    assert (hours.zone, hours.is_open(MONDAY_AT_TEN), str(hours)) == (own.zone, False, str(own))
    written(tmp_path, '[hours]\nzone = "UTC"\nmon = ["09:00-12:00", "13:00-17:00"]')
    now = 3.0
    assert (hours.zone.key, hours.is_open(MONDAY_AT_TEN)) == ("UTC", True)
    assert hours.next_opening(MONDAY_AT_TEN) == MONDAY_AT_TEN.replace(hour=13)
    assert str(hours) == "Mon 09:00-12:00, 13:00-17:00 UTC"


def test_a_file_emptied_while_running_is_a_half_written_one(tmp_path: Path) -> None:
    now = 0.0
    path = written(tmp_path, "[approvals]\nexpires_hours = 1")
    policies = PolicyFile(path, clock=lambda: now)
    for said in ("", "# the new policy\n"):
        path.write_text(said)
        now += 3.0
        assert policies().expires_hours == 1
        assert policies.problem == f"{path}: says nothing any more; it may be half written."
    path.write_text("[approvals]\nexpires_hours = 2")
    now += 3.0
    assert policies().expires_hours == 2
    assert policies.problem is None


def test_whatever_a_file_holds_the_last_good_value_stays(tmp_path: Path) -> None:
    now = 0.0
    path = written(tmp_path, "1")

    def load(file: Path) -> int:
        if file.read_text() == "deep":
            raise RecursionError
        return int(file.read_text())

    wrong: list[str] = []
    followed = WatchedFile(
        path,
        load=load,
        invalid=PolicyInvalid,
        loaded=lambda _: None,
        wrong=lambda error: wrong.append(str(error)),
        clock=lambda: now,
    )
    for said in ("deep", "9" * 5000):
        path.write_text(said)
        now += 3.0
        assert followed() == 1
    assert wrong == [f"{path}: can't be read ({kind})." for kind in ("RecursionError", "ValueError")]
