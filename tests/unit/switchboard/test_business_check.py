"""Every mistake in a business's folder is found, each with its file and line."""

from __future__ import annotations

import os
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
    "no name": ("business.toml", 'languages = ["fr"]', "business.toml:1: name: it must be there"),
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
    if name == "business.toml":
        shutil.rmtree(velo / "vocabulary")  # of languages that it no longer names
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
    (velo / "business.toml").write_text('name = "X"\npython = "broken_one"\nlanguages = ["fr", "es", "en"]')
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


async def test_a_wrong_business_file_hides_no_other_mistake(velo: Path) -> None:
    (velo / "business.toml").write_text("name = 3\n")
    (velo / "catalog.toml").write_text("rutes = 1\n")
    found = await check(velo)
    assert found[0] == "business.toml:1: name: it must be a text in quotes."
    assert any(each.startswith("catalog.toml:1: rutes: ") for each in found)


async def test_a_byte_order_mark_is_no_mistake(velo: Path) -> None:
    for path in [*velo.glob("*.toml"), *velo.glob("*/*.toml"), *velo.glob("*/*.md")]:
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert await check(velo) == []


async def test_what_is_no_file_is_told_and_not_waited_for(velo: Path) -> None:
    for name in ("catalog.toml", "policy.toml"):
        (velo / name).unlink()
    os.mkfifo(velo / "catalog.toml")
    (velo / "policy.toml").symlink_to("policy.toml")
    (velo / "knowledge" / "loop.md").symlink_to("loop.md")
    found = await check(velo)
    assert [each.partition(":")[0] for each in found] == ["policy.toml", "catalog.toml", "knowledge/loop.md"]


async def test_a_large_file_is_told(velo: Path) -> None:
    (velo / "tools.toml").write_text("#" + "x" * 1_000_000)
    assert await check(velo) == ["tools.toml: is larger than 1000000 bytes."]


async def test_words_of_a_language_nobody_speaks_here_are_told(velo: Path) -> None:
    (velo / "vocabulary" / "de.toml").write_text("")
    (mistake,) = await check(velo)
    assert mistake.startswith("vocabulary/de.toml: de is none of the business's languages")


async def test_everything_a_sandbox_names_is_looked_for(velo: Path) -> None:
    (velo / "sandbox.toml").write_text(
        "abilities.fly.fr = 'voler'\nsentences.bonjour.fr = 'Bonjour.'\n"
        "[intents.a]\noffered = 'b'\nafter = ['c']\ntool = 'create_ticket'\n"
        "[intents.a.arguments.d]\npattern = 'd'\nask.fr = 'Quel d'\n"
    )
    places = [mistake.split(": ")[:2] for mistake in await check(velo)]
    assert places == [
        ["sandbox.toml:2", "sentences.bonjour"],
        ["sandbox.toml:1", "abilities.fly"],
        ["sandbox.toml:4", "intents.a.offered"],
        ["sandbox.toml:5", "intents.a.after"],
        ["sandbox.toml:9", "intents.a.arguments.d.ask.fr"],
        ["sandbox.toml:7", "intents.a.arguments.d"],
    ]


async def test_servers_that_can_not_be_run_are_told_without_running_them(velo: Path) -> None:
    (velo / "broken.py").write_text("x = 1\ndef y(:\n")
    (velo / "tools.toml").write_text(
        "[mcp.a]\npython = 'broken.py'\nallow = ['*']\n"
        "[mcp.b]\ncommand = ['no-such-program']\nallow = ['*']\n"
    )
    script, program = await check(velo)
    assert script.startswith("broken.py:2: can't be run: ")
    assert program == "tools.toml:5: mcp.b.command: there is no program no-such-program."


@pytest.mark.parametrize(
    ("init", "said"),
    [
        ("\ndef tools(): ...\n", "{}/__init__.py:2: tools must be called as tools(mount)."),
        ("def tools(mount):\n    return 1 / 0\n", "{}/__init__.py:2: {}.tools failed: ZeroDivisionError"),
        ("def tools(mount):\n    return ['x']\n", "{}: {}.tools returned what is none of its kind"),
        (
            "def intents():\n    return [1]\n",
            "business.toml:2: {}: {}.intents returned what is none of its kind",
        ),
        ("raise SystemExit(3)\n", "{}/__init__.py:1: can't be imported: SystemExit: 3."),
    ],
)
async def test_what_a_package_offers_is_called_and_looked_at(velo: Path, init: str, said: str) -> None:
    name = f"offers_{abs(hash(init))}"
    (velo / name).mkdir()
    (velo / name / "__init__.py").write_text(init)
    (velo / "business.toml").write_text(f'name = "X"\npython = "{name}"\nlanguages = ["fr", "es", "en"]')
    (mistake,) = await check(velo)
    assert mistake.replace(f"{velo}/", "").startswith(said.replace("{}", name))
