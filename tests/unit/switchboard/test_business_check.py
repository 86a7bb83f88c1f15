"""Every mistake in a business's folder is found, each with its file and line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from switchboard.business_check import check_business
from switchboard.business_file import SHIPPED

VELO = SHIPPED.parent / "velo"
MISTAKES: dict[str, tuple[str, str, str]] = {
    "no toml": ("business.toml", 'name = "X"\nname =', "business.toml:2: not valid TOML"),
    "unknown key": (
        "business.toml",
        'name = "X"\ncolour = "red"',
        "business.toml:2: colour: nothing of this name",
    ),
    "no name": ("business.toml", 'languages = ["fr"]', "business.toml:1: name: Field required"),
    "no such zone": (
        "business.toml",
        'name = "X"\ntimezone = "Mars/Base"',
        "business.toml:2: timezone: no such time zone",
    ),
    "twice": (
        "business.toml",
        'name = "X"\nlanguages = ["fr", "fr"]',
        "business.toml:2: languages: fr is named",
    ),
    "no package": ("business.toml", 'name = "X"\npython = "shop"', "business.toml:2: "),
    "policy type": (
        "policy.toml",
        (
            '[tools.a]\ndefault = "ask"\n[[tools.a.rules]]\nverdict = "run"\n'
            '[[tools.a.rules]]\nverdict = "perhaps"'
        ),
        "policy.toml:6: tools.a.rules.1.verdict: ",
    ),
    "policy tool": (
        "policy.toml",
        '# ours\n[tools.fly]\ndefault = "run"',
        "policy.toml:2: [tools.fly] names no tool",
    ),
    "catalog": (
        "catalog.toml",
        '[[model]]\nname = "a"\nwindow = "big"\n[routes]\ndefault = ["a"]',
        "catalog.toml:3: model.0.window: ",
    ),
    "tools": (
        "tools.toml",
        'region = "FR"\n[mcp.a]\nallow = ["*"]',
        "tools.toml:2: mcp.a: give either url or command",
    ),
    "script": (
        "tools.toml",
        '[mcp.a]\npython = "nothing.py"\nallow = ["*"]',
        "tools.toml:2: mcp.a.python: there is no ",
    ),
    "vocabulary": ("vocabulary/fr.toml", "[ids.a]\nnouns = 3", "vocabulary/fr.toml:2: ids.a.nouns: "),
    "pattern": (
        "vocabulary/fr.toml",
        "[states.a]\nstems = ['a']\nsaid = ['(']",
        "vocabulary/fr.toml:3: ",
    ),
    "sandbox": (
        "sandbox.toml",
        '[intents.a]\ntool = "fly"',
        "sandbox.toml:2: intents.a.tool: no tool is called fly",
    ),
    "article": (
        "knowledge/new.md",
        "---\ntitle: A\ncolour: red\n---\n\nText.",
        "knowledge/new.md:3: colour: nothing",
    ),
    "front matter": ("knowledge/new.md", "---\ntitle: A\nhm\n---\n\nText.", "knowledge/new.md:3: "),
    "empty": ("knowledge/new.md", "", "knowledge/new.md: The article has no text."),
}


async def check(folder: Path) -> list[str]:
    """Return the mistakes, as they are told from within the folder."""
    return [str(mistake).replace(f"{folder}/", "", 1) for mistake in await check_business(folder)]


@pytest.fixture
def velo(tmp_path: Path) -> Path:
    """A business without an MCP server to start, which takes a while."""
    folder = tmp_path / "velo"
    shutil.copytree(VELO, folder)
    (folder / "tools.toml").write_text('region = "FR"')
    (folder / "policy.toml").write_text("")
    (folder / "sandbox.toml").unlink()
    return folder


@pytest.mark.parametrize("folder", [SHIPPED, VELO], ids=lambda folder: folder.name)
async def test_the_shipped_businesses_are_right(folder: Path) -> None:
    assert await check(folder) == []


@pytest.mark.parametrize("case", MISTAKES)
async def test_a_mistake_is_told_with_file_and_line(velo: Path, case: str) -> None:
    name, text, said = MISTAKES[case]
    (velo / name).write_text(text)
    (mistake,) = await check(velo)
    assert mistake.startswith(said)


async def test_all_mistakes_are_found_at_once(velo: Path) -> None:
    cases = [MISTAKES[case] for case in ("policy type", "catalog", "vocabulary", "article", "tools")]
    for name, text, _ in cases:
        (velo / name).write_text(text)
    found = await check(velo)
    assert all(any(mistake.startswith(said) for mistake in found) for _, _, said in cases)


@pytest.mark.parametrize("name", ["policy.toml", "catalog.toml", "tools.toml", "knowledge", "business.toml"])
async def test_what_is_missing_is_told(velo: Path, name: str) -> None:
    path = velo / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    (mistake,) = await check(velo)
    assert name in mistake


async def test_a_package_that_breaks_is_told_by_its_own_line(velo: Path) -> None:
    (velo / "broken_one").mkdir()
    (velo / "broken_one" / "__init__.py").write_text("from broken_one.things import x\n")
    (velo / "broken_one" / "things.py").write_text("x = 1\n\ny = x / 0\n")
    (velo / "business.toml").write_text('name = "X"\npython = "broken_one"')
    (mistake,) = await check(velo)
    assert mistake.startswith("broken_one/things.py:3: ")
    assert "ZeroDivisionError" in mistake


async def test_a_server_that_lacks_what_is_allowed_is_told(tmp_path: Path) -> None:
    shutil.copytree(VELO, tmp_path / "velo")
    tools = tmp_path / "velo" / "tools.toml"
    tools.write_text(tools.read_text().replace('"find_booking"', '"find_boking"'))
    found = await check(tmp_path / "velo")
    assert any("find_boking: the server has no such tool." in mistake for mistake in found)
    assert any("no tool is called find_booking" in mistake for mistake in found)
