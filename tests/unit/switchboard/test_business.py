"""Which business the settings name, and what is loaded of its folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from switchboard.business import Business, load_business, load_package, package_tools
from switchboard.business_file import SHIPPED, BusinessInvalid
from switchboard.errors import SettingsError, StartFailed
from switchboard.sources import load_settings
from tools.tool import Tool

VELO = SHIPPED.parent / "velo"


def business(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Business:
    for name, value in variables.items():
        monkeypatch.setenv(f"SWITCHBOARD_{name}", value)
    return load_business(load_settings().settings)


def own_tools(loaded: Business) -> list[str]:
    made: tuple[Tool, ...] = package_tools(loaded.package, None, loaded.tools)
    return [tool.name for tool in made]


def make(folder: Path, package: str = "", init: str = "", **files: str) -> Path:
    """Write a business of one's own, with what is given."""
    (folder / "knowledge").mkdir(parents=True)
    for name in ("policy", "catalog", "tools"):
        (folder / f"{name}.toml").write_text(files.get(name, ""))
    named = f'\npython = "{package}"' if package else ""
    (folder / "business.toml").write_text(f'name = "Mine"\nlanguages = ["es", "en"]{named}')
    if package:
        (folder / package).mkdir()
        (folder / package / "__init__.py").write_text(init)
    return folder


def test_without_a_setting_it_is_the_example_with_its_tools_words_and_visitors() -> None:
    loaded = load_business(load_settings().settings)
    assert (loaded.name, loaded.languages[0], loaded.folder) == ("Lindenhof Supply", "en", SHIPPED)
    assert "refund_order" in own_tools(loaded)
    assert set(loaded.demo) == {"ada", "bob"}
    assert "order" in loaded.vocabulary.ids
    assert loaded.house


@pytest.mark.parametrize("name", ["Acme", "Nordlys A/S", "examples", "AC/DC & Sons"])
def test_a_plain_name_is_put_in_place_of_the_examples(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    loaded = business(monkeypatch, BUSINESS=f" {name} ")
    assert (loaded.name, loaded.folder) == (name, SHIPPED)
    assert own_tools(loaded)


def test_a_folder_brings_all_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = business(monkeypatch, BUSINESS=str(VELO))
    settings = load_settings().settings
    assert {settings.policy, settings.catalog, settings.tools} == {
        VELO / f"{name}.toml" for name in ("policy", "catalog", "tools")
    }
    assert settings.knowledge == VELO / "knowledge"
    assert (loaded.name, loaded.languages, loaded.zone.key) == (
        "Vélo Garonne",
        ("fr", "es", "en"),
        "Europe/Paris",
    )
    assert str(loaded.tools.hours).endswith("Europe/Paris")
    assert (loaded.package, set(loaded.demo)) == (None, {"lea", "marta"})


def test_a_relative_folder_is_found_from_here(
    monkeypatch: pytest.MonkeyPatch, clean_environment: Path
) -> None:
    make(clean_environment / "mine")
    for written in ("mine", "./mine", "mine/"):
        assert business(monkeypatch, BUSINESS=written).folder == clean_environment / "mine"


@pytest.mark.parametrize("path", ["./nowhere", "/nowhere", "examples/nowhere", "~/nowhere-at-all", "."])
def test_what_can_only_be_a_path_must_be_a_business(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    with pytest.raises(SettingsError) as caught:
        business(monkeypatch, BUSINESS=path)
    (problem,) = caught.value.problems
    assert problem.startswith("SWITCHBOARD_BUSINESS is wrong: ")


def test_a_single_setting_goes_before_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("")
    business(monkeypatch, BUSINESS=str(VELO), POLICY=str(policy))
    settings = load_settings().settings
    assert (settings.policy, settings.catalog) == (policy, VELO / "catalog.toml")


@pytest.mark.parametrize(
    ("text", "mounted"),
    [
        ("", False),
        ("shop = true", True),
        ("python = true", True),
        ("shop = false", False),
        ("python = false", False),
    ],
)
def test_in_a_tool_file_of_ones_own_the_package_is_there_only_when_it_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, mounted: bool
) -> None:
    (tmp_path / "tools.toml").write_text(text)
    loaded = business(monkeypatch, TOOLS=str(tmp_path / "tools.toml"))
    assert bool(own_tools(loaded)) is mounted
    assert bool(loaded.demo) is mounted


def test_in_the_folders_own_file_it_is_there_unless_that_says_no(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    init = "def tools(mount):\n    return ()\n"
    there = make(tmp_path / "a", "mine_one", init)
    assert business(monkeypatch, BUSINESS=str(there)).package is not None
    none = make(tmp_path / "b", "mine_two", init, tools="python = false")
    assert business(monkeypatch, BUSINESS=str(none)).package is None


def test_two_businesses_live_in_one_process_and_their_folders_stay_off_the_path(tmp_path: Path) -> None:
    for name in ("shop_a", "shop_b"):
        make(tmp_path / name, f"{name}_code", f"from {name}_code.part import tools\n")
        (tmp_path / name / f"{name}_code" / "part.py").write_text("def tools(mount):\n    return ()\n")
        loaded = load_package(tmp_path / name, f"{name}_code")
        assert loaded.tools is not None
        assert loaded.tools.__module__ == f"{name}_code.part"
        assert load_package(tmp_path / name, f"{name}_code").tools is loaded.tools
    assert not any(str(tmp_path) in path for path in sys.path)


@pytest.mark.parametrize(
    ("package", "init", "said"),
    [
        ("orchestrator", "", "is called orchestrator already"),
        ("json", "", "is called json already"),
        ("mine_syntax", "def x(:\n", "line 1: "),
        ("mine_raises", "\nraise ValueError('no')\n", "line 2: can't be imported: ValueError: no"),
        ("mine_leaves", "raise SystemExit(3)\n", "SystemExit: 3"),
        ("mine_takes", "def tools(): ...\n", "tools must be called as tools(mount)"),
        ("mine_exits", "\nimport nothing_like_it\n", "ModuleNotFoundError"),
        ("mine_value", "tools = 3\n", "tools must be a function"),
        ("mine_sync", "def prepare(connection): ...\n", "prepare must be an async function"),
    ],
)
def test_a_package_that_can_not_be_used_stops_the_start_with_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, package: str, init: str, said: str
) -> None:
    folder = make(tmp_path / "mine", package, init)
    with pytest.raises(StartFailed) as caught:
        business(monkeypatch, BUSINESS=str(folder))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_package_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BusinessInvalid, match=r"__init__\.py is missing"):
        load_package(tmp_path, "nothing")


def test_a_house_text_that_is_too_long_for_every_request_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = make(tmp_path / "mine")
    (folder / "house.md").write_text("x" * 30_000)
    with pytest.raises(StartFailed, match=r"house\.md: has more than"):
        business(monkeypatch, BUSINESS=str(folder))
