"""`switchboard doctor`: the settings in force, and how each part is."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterator
from functools import reduce
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from switchboard import __version__
from switchboard.logging import configure_logging
from switchboard.operations.check_result import CheckResult
from switchboard.operations.checks import examine
from switchboard.settings import LogSettings, Settings
from switchboard.sources import Loaded, known_keys, load_settings, variable

MARKS = {"ok": "ok     ", "warning": "warning", "broken": "BROKEN "}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe what is reported."""
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--probe", action="store_true", help="ask each model of the catalog what it supports (paid requests)"
    )


def run(options: argparse.Namespace) -> int:
    """Print the report; the exit code is 1 when a part is broken."""
    loaded = load_settings()
    configure_logging(LogSettings(level="error"))  # what is wrong is in the report, not in a log
    findings, probed = asyncio.run(_examined(loaded.settings, probe=options.probe))
    report = {
        "ok": not any(finding.state == "broken" for finding in findings),
        "version": __version__,
        "settings": {variable(key): _shown(loaded, key) for key in known_keys()},
        "warnings": list(loaded.warnings),
        "checks": [_plain(finding) for finding in findings],
    }
    if options.probe:
        report["models"] = probed
    print(json.dumps(report, indent=2) if options.json else "\n".join(_lines(report)))
    return 0 if report["ok"] else 1


async def _examined(settings: Settings, *, probe: bool) -> tuple[list[CheckResult], list[dict[str, str]]]:
    findings = await examine(settings)
    if not probe:
        return findings, []
    from switchboard.operations.provider_checks import probe as ask_models

    return findings, await ask_models(settings)


def _plain(finding: CheckResult) -> dict[str, str]:
    return {"part": finding.part, "state": finding.state, "detail": finding.detail}


def _shown(loaded: Loaded, key: str) -> dict[str, Any]:
    value = reduce(getattr, key.split("."), loaded.settings)
    return {"value": masked(value), "source": loaded.origins.get(key, "default")}


def masked(value: Any) -> Any:
    """Return a setting as it may be shown: a secret as ***, a secret URL without user, password and query."""
    if isinstance(value, SecretStr):
        parts = urlsplit(value.get_secret_value())
        if parts.scheme and parts.hostname:
            port = f":{parts.port}" if parts.port else ""
            return f"{parts.scheme}://***@{parts.hostname}{port}{parts.path}"
        return "***"
    return value if value is None or isinstance(value, bool | int | float | str | tuple) else str(value)


def _lines(report: dict[str, Any]) -> Iterator[str]:
    yield f"switchboard {report['version']}\n"
    width = max(map(len, report["settings"]))
    for name, setting in report["settings"].items():
        source = "" if setting["source"] == "default" else f"   ({setting['source']})"
        yield f"  {name:{width}}  {_text(setting['value'])}{source}"
    yield ""
    for text in report["warnings"]:
        yield f"  {MARKS['warning']}  settings  {text}"
    for check in report["checks"]:
        yield f"  {MARKS[check['state']]}  {check['part']:8}  {check['detail']}"
    for model in report.get("models", []):
        yield "  " + "   ".join(f"{name}: {value}" for name, value in model.items())
    yield "\nAll is well." if report["ok"] else "\nSomething is broken."


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "-"
    return "-" if value is None else str(value)
