"""Settings: defaults, sources, precedence, and one clear sentence for what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from switchboard.errors import SettingsError
from switchboard.settings import ROOT, Settings
from switchboard.sources import known_keys, load_settings, variable

CONTRACT = {
    "OXLO_API_KEY": None,
    "OXLO_BASE_URL": "https://api.oxlo.ai/v1",
    "SWITCHBOARD_DATABASE_URL": None,
    "SWITCHBOARD_HTTP_HOST": "127.0.0.1",
    "SWITCHBOARD_HTTP_PORT": 8080,
    "SWITCHBOARD_PUBLIC_URL": None,
    "SWITCHBOARD_SMTP_HOST": "127.0.0.1",
    "SWITCHBOARD_SMTP_PORT": 2525,
    "SWITCHBOARD_MAIL_ADDRESSES": ("support@localhost",),
    "SWITCHBOARD_SMARTHOST": None,
    "SWITCHBOARD_WHISPER_MODEL": "base",
    "SWITCHBOARD_TRANSCRIBER": "whisper",
    "SWITCHBOARD_SPEAKER": "pyttsx3",
    "SWITCHBOARD_CHAT_ORIGINS": (),
    "SWITCHBOARD_IDENTITY_SECRET": None,
    "SWITCHBOARD_OPERATOR_TOKEN": None,
    "SWITCHBOARD_REQUESTS_PER_DAY": 60,
    "SWITCHBOARD_CATALOG": ROOT / "examples" / "shop" / "catalog.toml",
    "SWITCHBOARD_POLICY": ROOT / "examples" / "shop" / "policy.toml",
    "SWITCHBOARD_TOOLS": ROOT / "examples" / "shop" / "tools.toml",
    "SWITCHBOARD_KNOWLEDGE": ROOT / "examples" / "shop" / "knowledge",
}


def _value(settings: Settings, name: str) -> object:
    found = {variable(key): key for key in known_keys()}
    value: object = settings
    for part in found[name].split("."):
        value = getattr(value, part)
    return value


@pytest.mark.parametrize(("name", "default"), CONTRACT.items())
def test_defaults_are_those_of_the_contract(name: str, default: object) -> None:
    assert _value(load_settings().settings, name) == default


def test_home_is_var_where_we_are(clean_environment: Path) -> None:
    assert load_settings().settings.home == clean_environment / "var"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("SWITCHBOARD_HTTP_PORT", "0", 0),
        ("SWITCHBOARD_HTTP_HOST", "::1", "::1"),
        (
            "SWITCHBOARD_MAIL_ADDRESSES",
            "Help@Shop.example, orders@shop.example,",
            ("help@shop.example", "orders@shop.example"),
        ),
        (
            "SWITCHBOARD_CHAT_ORIGINS",
            "https://Shop.example, http://localhost:3000",
            ("https://shop.example", "http://localhost:3000"),
        ),
        ("SWITCHBOARD_CHAT_ORIGINS", "self,https://shop.example", ("self", "https://shop.example")),
        ("SWITCHBOARD_PUBLIC_URL", " https://support.shop.example/ ", "https://support.shop.example"),
        ("OXLO_BASE_URL", "http://127.0.0.1:9000/v1/", "http://127.0.0.1:9000/v1"),
        ("SWITCHBOARD_TRUSTED_PROXIES", "10.0.0.0/8,::1", ("10.0.0.0/8", "::1/128")),
        ("SWITCHBOARD_TRANSCRIBER", "fixed:where is my order", "fixed:where is my order"),
        ("SWITCHBOARD_REQUESTS_PER_DAY", "0", 0),
        ("SWITCHBOARD_TURN__DEADLINE", "7.5", 7.5),
        ("SWITCHBOARD_LOG__FORMAT", "json", "json"),
        ("SWITCHBOARD_HTTP_PORT", "", 8080),
    ],
)
def test_a_variable_sets_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: object
) -> None:
    monkeypatch.setenv(name, text)
    assert _value(load_settings().settings, name) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("OXLO_API_KEY", "two words"),
        ("OXLO_API_KEY", "k\u00e9y"),
        ("OXLO_BASE_URL", "api.oxlo.ai/v1"),
        ("OXLO_BASE_URL", "https://api.oxlo.ai/v1?key=1"),
        ("SWITCHBOARD_DATABASE_URL", "sqlite:///hush.db"),
        ("SWITCHBOARD_HTTP_HOST", "http://localhost"),
        ("SWITCHBOARD_HTTP_PORT", "http"),
        ("SWITCHBOARD_HTTP_PORT", "65536"),
        ("SWITCHBOARD_PUBLIC_URL", "support.shop.example"),
        ("SWITCHBOARD_PUBLIC_URL", "http://[::1"),
        ("SWITCHBOARD_MAIL_ADDRESSES", "support"),
        ("SWITCHBOARD_MAIL_ADDRESSES", ","),
        ("SWITCHBOARD_SMARTHOST", "mail.shop.example:hush"),
        ("SWITCHBOARD_TRANSCRIBER", "parrot"),
        ("SWITCHBOARD_SPEAKER", "shout"),
        ("SWITCHBOARD_CHAT_ORIGINS", "*"),
        ("SWITCHBOARD_CHAT_ORIGINS", "https://shop.example/chat"),
        ("SWITCHBOARD_TRUSTED_PROXIES", "nginx"),
        ("SWITCHBOARD_REQUESTS_PER_DAY", "-1"),
        ("SWITCHBOARD_CATALOG", "/nowhere/catalog.toml"),
        ("SWITCHBOARD_KNOWLEDGE", "/nowhere"),
        ("SWITCHBOARD_TURN__DEADLINE", "0"),
        ("SWITCHBOARD_TURN__DEADLINE", "nan"),
        ("SWITCHBOARD_TURN", '{"deadline": 3}'),
        ("SWITCHBOARD_CHAT__TEXT_CHARS", "1000000"),
        ("SWITCHBOARD_LOG__LEVEL", "chatty"),
        ("SWITCHBOARD_CONFIG", "/nowhere/switchboard.toml"),
        ("SWITCHBOARD_OPERATOR_TOKEN_FILE", "/nowhere/token"),
    ],
)
def test_a_wrong_value_is_one_sentence_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    (problem,) = caught.value.problems
    assert problem.startswith(f"{name} is wrong: ")
    assert problem.endswith(".")
    assert "\n" not in problem
    assert "hush" not in problem
    assert caught.value.exit_code == 2


def test_two_wrong_values_are_two_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHBOARD_HTTP_PORT", "x")
    monkeypatch.setenv("SWITCHBOARD_TURN__IDLE", "-1")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert [problem.split()[0] for problem in caught.value.problems] == [
        "SWITCHBOARD_HTTP_PORT",
        "SWITCHBOARD_TURN__IDLE",
    ]


def test_an_unknown_variable_is_a_warning_with_the_nearest_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHBOARD_HTTP_PROT", "9000")
    monkeypatch.setenv("SWITCHBOARD_TURN__IDEL", "9")
    loaded = load_settings()
    assert loaded.settings.http_port == 8080
    assert loaded.settings.turn.idle == 10.0
    assert loaded.warnings == (
        "SWITCHBOARD_HTTP_PROT is not a setting and has no effect; did you mean SWITCHBOARD_HTTP_PORT?",
        "SWITCHBOARD_TURN__IDEL is not a setting and has no effect; did you mean SWITCHBOARD_TURN__IDLE?",
    )


def test_known_variables_give_no_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t" * 40)
    (tmp_path / "our.toml").write_text("http_port = 1")
    monkeypatch.setenv("SWITCHBOARD_OPERATOR_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("SWITCHBOARD_CONFIG", str(tmp_path / "our.toml"))
    monkeypatch.setenv("SWITCHBOARD_CHAT__REPLY_WAIT", "5")
    assert load_settings().warnings == ()


def test_a_short_identity_secret_is_taken_with_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHBOARD_IDENTITY_SECRET", "short")
    loaded = load_settings()
    assert loaded.settings.identity_secret is not None
    assert "SWITCHBOARD_IDENTITY_SECRET is shorter" in loaded.warnings[0]


def test_environment_goes_over_the_file_and_the_file_over_the_default(
    monkeypatch: pytest.MonkeyPatch, clean_environment: Path
) -> None:
    (clean_environment / "switchboard.toml").write_text(
        'http_port = 9000\nsmtp_port = 9025\noxlo_base_url = "http://localhost/v1"\n'
        'chat_origins = ["https://a.example"]\n[turn]\ndeadline = 5\nidle = 2\n'
    )
    monkeypatch.setenv("SWITCHBOARD_HTTP_PORT", "9001")
    monkeypatch.setenv("SWITCHBOARD_TURN__IDLE", "3")
    loaded = load_settings()
    settings = loaded.settings
    assert (settings.http_port, settings.smtp_port, settings.turn.deadline, settings.turn.idle) == (
        9001,
        9025,
        5.0,
        3.0,
    )
    assert settings.chat_origins == ("https://a.example",)
    assert settings.oxlo_base_url == "http://localhost/v1"
    assert loaded.origins == {
        "http_port": "SWITCHBOARD_HTTP_PORT",
        "turn.idle": "SWITCHBOARD_TURN__IDLE",
        "smtp_port": "switchboard.toml",
        "oxlo_base_url": "switchboard.toml",
        "chat_origins": "switchboard.toml",
        "turn.deadline": "switchboard.toml",
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("http_prot = 1", "'http_prot' is not a setting; did you mean http_port?"),
        ("[turn]\ndeadlin = 1", "'turn.deadlin' is not a setting; did you mean turn.deadline?"),
        ("http_port = ", "switchboard.toml can't be read"),
        ("http_port = 70000", "SWITCHBOARD_HTTP_PORT (`http_port` in switchboard.toml) is wrong"),
        ("turn = 3", "'turn' is not a setting"),
        (f"http_port = 0x{'f' * 5000}", "(it is a number of thousands of digits)"),
        ("a." * 3000 + "b = 1", "'a.a.a.a"),
    ],
)
def test_a_wrong_file_is_one_sentence_that_names_the_place(
    clean_environment: Path, text: str, words: str
) -> None:
    (clean_environment / "switchboard.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert len(caught.value.problems) == 1
    assert words in str(caught.value)


def test_secrets_come_from_files_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-123\n")
    monkeypatch.setenv("OXLO_API_KEY_FILE", str(tmp_path / "key"))
    loaded = load_settings()
    assert loaded.settings.oxlo_api_key is not None
    assert loaded.settings.oxlo_api_key.get_secret_value() == "sk-123"
    assert loaded.settings.model == "oxlo"
    assert loaded.origins["oxlo_api_key"] == "OXLO_API_KEY_FILE"


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe", b"x" * 20_000])
def test_an_unusable_secret_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "key").write_bytes(content)
    monkeypatch.setenv("SWITCHBOARD_SMARTHOST_FILE", str(tmp_path / "key"))
    with pytest.raises(SettingsError, match="SWITCHBOARD_SMARTHOST_FILE is wrong"):
        load_settings()


def test_a_secret_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-123")
    monkeypatch.setenv("OXLO_API_KEY", "sk-456")
    monkeypatch.setenv("OXLO_API_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(SettingsError, match="Set OXLO_API_KEY or OXLO_API_KEY_FILE, not both"):
        load_settings()


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OXLO_API_KEY", "hush-1")
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", "postgresql://u:hush-2@db/x")
    monkeypatch.setenv("SWITCHBOARD_IDENTITY_SECRET", "hush-3" * 6)
    settings = load_settings().settings
    assert "hush" not in f"{settings} {settings!r} {settings.model_dump_json()}"


def test_settings_made_in_code_do_not_read_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SWITCHBOARD_HTTP_PORT", "9000")
    settings = Settings(home=tmp_path)
    assert (settings.http_port, settings.home) == (8080, tmp_path)


def test_the_sandbox_answers_without_a_key() -> None:
    assert load_settings().settings.model == "sandbox"
