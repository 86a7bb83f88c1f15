"""`switchboard business`: make the folder of a business, or find every mistake in one."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from switchboard.business_check import Mistake, check_business
from switchboard.business_file import FILE, SHIPPED, BusinessInvalid, business_folder, read_business_file
from switchboard.cli.shared_arguments import add_steps
from switchboard.errors import SettingsError, SwitchboardError
from switchboard.logging import configure_logging
from switchboard.settings import LogSettings

TEMPLATE = Path(__file__).parent.parent / "new_business"
NAME = '"A new business"'
VARIABLE = "SWITCHBOARD_BUSINESS"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `new` and `check`."""
    steps = add_steps(parser)
    new = steps.add_parser("new", help="make a folder that starts and answers", allow_abbrev=False)
    new.add_argument("path", type=Path, metavar="PATH", help="a folder that is not there yet, or is empty")
    new.add_argument("--name", metavar="NAME", help="what the business is called (default: as the folder)")
    check = steps.add_parser("check", help="find every mistake, with file and line", allow_abbrev=False)
    check.add_argument("path", nargs="?", type=Path, metavar="PATH", help=f"default: {VARIABLE}")


def run(options: argparse.Namespace) -> int:
    """Make or check; the exit code is 1 when there are mistakes."""
    if options.step == "new":
        print("\n".join(_made(options.path, options.name)))
        return 0
    configure_logging(LogSettings(level="error"))  # what is wrong is listed, not logged
    folder = _folder(options.path)
    mistakes = asyncio.run(check_business(folder.absolute()))
    for mistake in mistakes:
        print(_shown(mistake))
    print(_verdict(folder, len(mistakes)))
    return 1 if mistakes else 0


def _made(path: Path, name: str | None) -> Iterator[str]:
    """Copy the template and say what comes next."""
    try:
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise SwitchboardError(f"{path} is there already, and is no empty folder.")
        shutil.copytree(TEMPLATE, path, dirs_exist_ok=True)
        file = path / FILE
        called = name or path.absolute().name.replace("-", " ").replace("_", " ").title()
        text = file.read_text("utf-8").replace(NAME, json.dumps(called, ensure_ascii=False))
        file.write_text(text, "utf-8")
    except OSError as error:
        raise SwitchboardError(f"{path} can't be made: {error.strerror}.") from None
    yield f"{path} is a business now. Its files say what can be set; docs/business.md leads through them."
    yield f"  check it:  switchboard business check {path}"
    yield f"  start it:  {VARIABLE}={path} switchboard serve"
    yield '  ask it:    switchboard chat     ("When are you open?")'


def _folder(path: Path | None) -> Path:
    """Return the folder to check: the one given, or the one that is set; raises SettingsError for none."""
    if path is not None:
        if not path.is_dir():
            raise SettingsError(f"{path} is no folder.")
        return path
    try:
        return business_folder(os.environ.get(VARIABLE, "")) or SHIPPED
    except BusinessInvalid as error:
        raise SettingsError(f"{VARIABLE} is wrong: {error}.") from None


def _shown(mistake: Mistake) -> str:
    """Write a path as from here, where it lies below."""
    here = f"{Path.cwd()}{os.sep}"
    return str(mistake).removeprefix(here)


def _verdict(folder: Path, mistakes: int) -> str:
    if mistakes:
        return f"\n{mistakes} {'mistake' if mistakes == 1 else 'mistakes'} in {folder}."
    file = read_business_file(folder)
    articles = len(list((folder / file.knowledge).rglob("*.md")))
    told = (
        f"{file.name}, {', '.join(file.languages)}, {articles} {'article' if articles == 1 else 'articles'}"
    )
    return f"{folder} is right: {told}."
