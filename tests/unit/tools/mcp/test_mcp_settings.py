"""The tables [mcp.NAME]."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.mcp.settings import Grade, McpServerSettings
from tools.settings import ToolSettingsError, load_tool_settings
from tools.tool import Sensitivity

CRM = """
[mcp.crm]
url = "http://127.0.0.1:9000/mcp"
allow = ["*"]
prefix = "crm_"
default = { sensitivity = "write", trust = 2, idempotent = false }
[mcp.crm.tools.find_user]
sensitivity = "read"
trust = 0
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tools.toml"


def crm(file: Path, text: str) -> McpServerSettings:
    file.write_text(text)
    return load_tool_settings(file).mcp["crm"]


def test_the_table_of_the_contracts_is_read(file: Path) -> None:
    server = crm(file, CRM)
    assert (server.url, server.allow, server.prefix) == ("http://127.0.0.1:9000/mcp", ("*",), "crm_")
    assert server.default == Grade(sensitivity=Sensitivity.WRITE, trust=2)
    assert server.grades["find_user"] == Grade(sensitivity=Sensitivity.READ, trust=0)


def test_what_is_not_graded_is_closed_and_nothing_is_allowed_unless_named(file: Path) -> None:
    server = crm(file, '[mcp.crm]\ncommand = ["crm"]')
    assert server.default == Grade(sensitivity=Sensitivity.SENSITIVE, trust=3, idempotent=False)
    assert server.allow == ()
    assert not server.identity


def test_a_tool_keeps_the_grade_of_its_server_where_it_sets_none_of_its_own(file: Path) -> None:
    server = crm(file, CRM + 'rename = "who"\ntimeout = 3\nneeds = ["email"]\n')
    grade = server.grades["find_user"]
    assert (grade.rename, grade.timeout, grade.needs) == ("who", 3.0, frozenset({"email"}))


def test_secrets_come_from_the_environment_or_a_file_and_are_not_shown(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text("from-a-file\n")
    monkeypatch.setenv("CRM_TOKEN", "hush-hush")
    monkeypatch.setenv("CRM_KEY_FILE", str(tmp_path / "key"))
    server = crm(
        file,
        '[mcp.crm]\nurl = "https://x/mcp"\n[mcp.crm.headers]\n'
        'Authorization = "Bearer env:CRM_TOKEN"\nX-Key = "env:CRM_KEY"\nX-Plain = "plain"',
    )
    values = {name: value.get_secret_value() for name, value in server.headers.items()}
    assert values == {"Authorization": "Bearer hush-hush", "X-Key": "from-a-file", "X-Plain": "plain"}
    assert "hush-hush" not in repr(server)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('url = "http://x"\nheaders = { X = "env:NOT_THERE" }', "NOT_THERE (or NOT_THERE_FILE) is not set"),
        ('url = "http://x"\nheaders = { X = "env:BOTH" }', "set BOTH or BOTH_FILE, not both"),
        ('url = "http://x"\nheaders = { X = "env:GONE" }', "the file that GONE_FILE names can't be read"),
        ('url = "http://x"\nheaders = { X = "two\\nlines" }', "one line of printable text"),
        ('url = "http://x"\nheaders = { Host = "y" }', "can't be set as a header"),
        ('url = "http://user:secret@x"', "mcp.crm.url: "),
        ('url = "http://x"\nenv = { A = "b" }', "env and cwd go with command"),
        ('command = ["x"]\nheaders = { A = "b" }', "headers go with url"),
        ('command = ["x"]\nprefix = "a b"', "mcp.crm.prefix: "),
        ('command = ["x"]\ntools = { find = { rename = "a b" } }', "a name is 1 to 64 letters"),
        ('command = ["x"]\ntools = { find = { timeout = 0 } }', "mcp.crm.tools.find.timeout: "),
        ('command = ["x"]\ntools = { find = { trust = true } }', "mcp.crm.tools.find.trust: "),
    ],
)
def test_wrong_tables_are_one_sentence_without_secrets(
    file: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    monkeypatch.setenv("BOTH", "secret")
    monkeypatch.setenv("BOTH_FILE", "/nowhere")
    monkeypatch.setenv("GONE_FILE", "/nowhere/at/all")
    with pytest.raises(ToolSettingsError) as caught:
        crm(file, f"[mcp.crm]\n{text}")
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)
