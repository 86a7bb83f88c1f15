from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.hours import BusinessHours
from tools.settings import ToolSettings, ToolSettingsError, load_tool_settings

EXAMPLE = Path(__file__).parents[3] / "examples" / "shop" / "tools.toml"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tools.toml"


def test_the_shops_file_mounts_its_package_and_else_says_the_defaults() -> None:
    hours = load_tool_settings(Path("/dev/null"), zone="Europe/Berlin").hours
    assert load_tool_settings(EXAMPLE) == ToolSettings(python=True, hours=hours)


def test_an_empty_file_means_the_defaults(file: Path) -> None:
    file.write_text("")
    assert load_tool_settings(file) == ToolSettings()


def test_everything_can_be_set(file: Path) -> None:
    file.write_text(
        'python = false\nregion = "US"\n[hours]\nzone = "America/Denver"\nopens = 08:30:00\ndays = [6, 7, 6]'
    )
    settings = load_tool_settings(file)
    assert (settings.python, settings.region) == (False, "US")
    assert isinstance(settings.hours, BusinessHours)
    assert (settings.hours.zone.key, settings.hours.opens, settings.hours.days) == (
        "America/Denver",
        time(8, 30),
        (6, 7),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("python = tru", "not valid TOML"),
        ('python = "yes"', "python: Input should be a valid boolean"),
        ("python = 1", "python: "),
        ("shopp = true", "shopp: Extra inputs are not permitted"),
        ('region = "Germany"', "region: no such country"),
        ('[hours]\nzone = "Mars/Base"', "hours.zone: no such time zone"),
        ('[hours]\nzone = "../etc/passwd"', "hours.zone: no such time zone"),
        ("[hours]\nopens = 18:00:00", "hours: opens must be before closes"),
        ("[hours]\nopens = 1.5", "hours: opens must be before closes"),
        ("[hours]\ndays = []", "hours.days: "),
        ("[hours]\ndays = [8]", "hours.days.0: "),
        ("mcp = 3", "mcp: "),
        ("[mcp.crm]", "mcp.crm: give either url or command"),
        ('[mcp.crm]\nurl = "ftp://x"', "mcp.crm.url: "),
        ('[mcp.crm]\nurl = "http://x"\ncommand = ["y"]', "mcp.crm: give either url or command"),
        ('[mcp.crm]\ncommand = ["y"]\ndefault = { trust = 4 }', "mcp.crm.default.trust: "),
        (
            '[mcp.crm]\ncommand = ["y"]\n[mcp.crm.tools.find]\nsensitivity = "odd"',
            "mcp.crm.tools.find.sensitivity: ",
        ),
    ],
)
def test_wrong_settings_are_one_sentence_that_names_the_place(file: Path, text: str, said: str) -> None:
    file.write_text(text)
    with pytest.raises(ToolSettingsError) as caught:
        load_tool_settings(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert said in message
    assert "\n" not in message
    assert message.endswith(".")


def test_a_missing_file_a_folder_and_bytes_are_told(file: Path) -> None:
    for path in (file, file.parent):
        with pytest.raises(ToolSettingsError, match="can't be read"):
            load_tool_settings(path)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ToolSettingsError, match="not valid TOML"):
        load_tool_settings(file)


@given(text=st.text(max_size=80))
def test_any_text_is_settings_or_one_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.getbasetemp() / "any-tools.toml"
    file.write_bytes(text.encode())
    try:
        load_tool_settings(file)
    except ToolSettingsError as error:
        assert str(error).startswith(str(file))  # noqa: PT017


@pytest.mark.parametrize("text", [f"shop = {'9' * 5000}", f"shop = {'[' * 5000}"], ids=["digits", "nested"])
def test_digits_and_nesting_without_end_are_told(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(ToolSettingsError, match="is not valid TOML"):
        load_tool_settings(file)
