"""The settings tree (docs/operations.md): what can be set, its defaults and its limits.

Names are environment variables with the prefix `SWITCHBOARD_`, groups are joined by `__`
(`SWITCHBOARD_TURN__DEADLINE`). `sources.py` reads them: use its `load_settings()`. Durations are seconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    DirectoryPath,
    Field,
    FilePath,
    SecretStr,
)
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from switchboard.business_file import SHIPPED, business_folder, path_in_business, read_business_file

ROOT = Path(__file__).resolve().parent.parent


def _items(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(item.strip() for item in value.split(",") if item.strip())
    return value


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _url(*schemes: str) -> Callable[[str], str]:
    wanted = " or ".join(f"{scheme}://" for scheme in schemes)

    def check(value: str) -> str:
        try:
            parts = urlsplit(value)
            _ = parts.port
        except ValueError:
            raise ValueError(f"it must be a URL that begins with {wanted}") from None
        if parts.scheme not in schemes or not (parts.hostname or parts.query or parts.path.strip("/")):
            raise ValueError(f"it must be a URL that begins with {wanted}")
        return value

    return check


def _web_url(value: str) -> str:
    value = _url("http", "https")(value)
    parts = urlsplit(value)
    if not parts.hostname or parts.query or parts.fragment:
        raise ValueError("it must be a URL of host and path only, such as https://support.example.com")
    return value.rstrip("/")


def _origin(value: str) -> str:
    if value == "self":
        return value
    value = _web_url(value)
    if urlsplit(value).path or urlsplit(value).username:
        raise ValueError("an origin is scheme, host and port only, such as https://www.example.com")
    return value.lower()


def _secret_url(*schemes: str) -> Callable[[SecretStr], SecretStr]:
    check = _url(*schemes)

    def check_secret(value: SecretStr) -> SecretStr:
        check(value.get_secret_value())
        return value

    return check_secret


def _token(value: SecretStr) -> SecretStr:
    """Refuse what can't travel in an HTTP header."""
    if not re.fullmatch(r"[\x21-\x7e]+", value.get_secret_value()):
        raise ValueError("it must be printable ASCII without spaces")
    return value


def _host(value: str) -> str:
    if not re.fullmatch(r"[\w.:%-]{1,255}", value):
        raise ValueError("it must be a host name or an IP address")
    return value


def _transcriber(value: str) -> str:
    if value != "whisper" and not value.startswith("fixed:"):
        raise ValueError("it must be whisper or fixed:TEXT")
    return value


def _folder(value: Path) -> Path:
    try:
        return value.expanduser().absolute()
    except RuntimeError:
        raise ValueError("the home folder of that user is not known") from None


def _network(value: str) -> str:
    try:
        return str(ip_network(value))
    except ValueError:
        raise ValueError(f"{value!r} is not a network such as 10.0.0.0/8") from None


def _address(value: str) -> str:
    if not re.fullmatch(r"[^\s@,<>]+@[^\s@,<>]+", value):
        raise ValueError(f"{value!r} is not an e-mail address")
    return value.lower()


def _sender(value: str) -> str:
    """Take an address, or `@domain` for all of a domain."""
    if value.startswith("@"):
        return _address(f"any{value}").removeprefix("any")
    return _address(value)


def _domain(value: str) -> str:
    if not re.fullmatch(r"(?!-)[a-zA-Z0-9-]{1,63}(\.(?!-)[a-zA-Z0-9-]{1,63})+", value):
        raise ValueError(f"{value!r} is not a domain such as lists.example.com")
    return value.lower()


def _business(value: str) -> str:
    if (folder := business_folder(value)) is not None:
        read_business_file(folder)
        return str(folder)
    return value


def _in_business(part: str) -> Callable[[dict[str, Any]], Path]:
    """Return what says where a file of the business is, once the business is known to be right."""
    return lambda known: path_in_business(known.get("business", str(SHIPPED)), part)


Port = Annotated[int, Field(ge=0, le=65535)]
Host = Annotated[str, BeforeValidator(_stripped), AfterValidator(_host)]
Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]
WebUrl = Annotated[str, BeforeValidator(_stripped), AfterValidator(_web_url)]
Origin = Annotated[str, AfterValidator(_origin)]
Network = Annotated[str, AfterValidator(_network)]
Domain = Annotated[str, AfterValidator(_domain)]
Address = Annotated[str, AfterValidator(_address)]
Sender = Annotated[str, AfterValidator(_sender)]
KeyFile = Annotated[FilePath, AfterValidator(Path.absolute)]
BusinessPath = Annotated[FilePath, AfterValidator(Path.absolute)]
Secret = Annotated[SecretStr, BeforeValidator(_stripped), Field(min_length=1)]
Token = Annotated[Secret, AfterValidator(_token)]


class Group(BaseModel):
    """A part of the tree; names it does not know are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ChatLimits(Group):
    """Limits of the web chat. Whoever goes over one is told when to come back."""

    text_chars: Annotated[int, Field(ge=1, le=15_000)] = 8_000
    """Characters in one message; four bytes each still fit into a frame of 64 KiB."""
    sockets: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    sockets_per_address: Annotated[int, Field(ge=1, le=1_000_000)] = 200
    messages_burst: Annotated[int, Field(ge=1, le=100_000)] = 30
    """Messages that one session may send at once, before the rate below holds."""
    messages_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 60
    messages_per_minute_per_address: Annotated[int, Field(ge=1, le=1_000_000)] = 600
    limit_loopback: bool = False
    """Whether the limits per address hold for this machine's own address too."""
    reply_wait: Seconds = 60.0
    """How long POST /chat waits before it answers `deferred`."""
    file_bytes: Annotated[int, Field(ge=1, le=100_000_000)] = 5 * 1024 * 1024


class TurnLimits(Group):
    """Limits of one turn, from the customer's message to the answer."""

    deadline: Seconds = 60.0
    """For the whole turn, all model requests and tools together."""
    first_byte: Seconds = 20.0
    """Until the provider's first byte of one answer."""
    idle: Seconds = 10.0
    """Between two pieces of one answer."""
    concurrency: Annotated[int, Field(ge=1, le=10_000)] = 64
    """Turns that run side by side in this process."""
    mail_concurrency: Annotated[int, Field(ge=1, le=10_000)] = 16
    """How many of them may be mails."""
    mail_beside_live: Annotated[int, Field(ge=1, le=10_000)] = 2
    """How many of them may be mails while somebody waits in chat or on the phone."""
    max_steps: Annotated[int, Field(ge=1, le=50)] = 12
    """Decisions in one turn before the assistant must close it with what it has."""


class HttpSection(Group):
    """`SWITCHBOARD_HTTP__…`: seconds, and connections before they become sockets."""

    head_timeout: Annotated[float, Field(ge=0.5, le=600.0)] = 10.0
    """For the head of a request to arrive."""
    body_timeout: Annotated[float, Field(ge=0.5, le=600.0)] = 30.0
    """Between two pieces of a request's body."""
    idle_timeout: Annotated[float, Field(ge=1.0, le=3600.0)] = 75.0
    """Between two requests on one connection."""
    connections_per_address: Annotated[int, Field(ge=1, le=1_000_000)] = 200
    """Not counted: trusted proxies and, unless `chat.limit_loopback`, this machine."""
    silent_per_address: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    """That have brought no request yet; the one silent for longest makes room for a newcomer."""


class RelaySection(Group):
    """The way to the smarthost; the time limits are those of RFC 5321 4.5.3.2."""

    connections: Annotated[int, Field(ge=2, le=500)] = 20
    """At the same time; a quarter of them is for notifications (codes, follow-ups)."""
    per_domain: Annotated[int, Field(ge=1, le=500)] = 10
    """Mails on their way to one recipient domain; others go past a domain that hangs."""
    connect: Seconds = 30.0
    greeting: Seconds = 300.0
    command: Seconds = 300.0
    """EHLO, STARTTLS, AUTH, MAIL, RCPT, each."""
    data: Seconds = 120.0
    """Until DATA is answered."""
    block: Seconds = 180.0
    """Until the line has taken 64 KiB more."""
    dot: Seconds = 600.0
    """Until the answer after the final dot; a shorter wait makes second copies."""
    doubt: Seconds = 900.0
    """Until what may have arrived is sent once more, with the same Message-ID."""


class MailSettings(Group):
    """Email beside the addresses and ports above."""

    hostname: Host = "localhost"
    """How the gateway names itself to other mail servers."""
    lmtp_port: Port | None = None
    lmtp_path: Path | None = None
    """A unix socket for LMTP."""
    certificate: FilePath | None = None
    """PEM chain; with `key` it turns STARTTLS on."""
    key: FilePath | None = None
    proxy_networks: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_items)] = ()
    """Networks whose connections begin with a PROXY header."""
    size_bytes: Annotated[int, Field(ge=10_000, le=1_000_000_000)] = 25 * 1024 * 1024
    connections: Annotated[int, Field(ge=1, le=100_000)] = 500
    """SMTP and LMTP clients at the same time."""
    connections_per_address: Annotated[int, Field(ge=1, le=100_000)] = 50
    """SMTP clients of one address, the proxied one behind a proxy; LMTP is not counted."""
    authserv_id: str | None = None
    """The server in front of us whose Authentication-Results are believed; unset: we check ourselves."""
    nameservers: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_items)] = ()
    """Asked for SPF, DKIM and DMARC; empty: this machine's."""
    accounts: FilePath | None = None
    """Who may log in (AUTH, over TLS): lines of `user:hash`, made by `switchboard mail password USER`."""
    staff: Annotated[tuple[Address, ...], NoDecode, BeforeValidator(_items)] = ()
    """Colleagues: a mail they forward counts as the original sender's, unproven."""
    form_senders: Annotated[tuple[Sender, ...], NoDecode, BeforeValidator(_items)] = ()
    """What web forms write from: addresses, or `@domain`. Their mails are their visitors', unproven."""
    arc_forwarders: Annotated[tuple[Domain, ...], NoDecode, BeforeValidator(_items)] = ()
    """Domains that forward mail to us and whose ARC seals are believed (RFC 8617)."""
    dkim_selector: str = "switchboard"
    dkim_key: FilePath | None = None
    """PEM of the key that signs answers, for the domain of the first address."""
    answers_per_hour: Annotated[int, Field(ge=1, le=100_000)] = 10
    """Automatic answers to one sender within an hour; more go to a human."""
    reopen_days: Annotated[int, Field(ge=0, le=3650)] = 14
    """How long after it was closed a reply reopens a conversation."""
    relay: RelaySection = RelaySection()


class VoiceSection(Group):
    """Calls, beside the weights and engines above."""

    enabled: bool = True
    """False is `serve --no-voice`."""
    calls: Annotated[int, Field(ge=1, le=10_000)] = 20
    """At once; a further caller hears that all lines are busy."""
    calls_per_address: Annotated[int, Field(ge=1, le=10_000)] = 10
    call_seconds: Seconds = 3600.0
    language: Literal["en", "de"] = "en"
    """What is spoken until the caller's language is known."""
    end_silence_ms: Annotated[int, Field(ge=200, le=5_000)] = 600
    """Silence that ends what a caller says."""
    silence_prompt: Seconds = 8.0
    goodbye: Seconds = 20.0
    filler_after: Seconds = 2.5
    ask_again_below: Annotated[float, Field(ge=0, le=1)] = 0.45
    """Recognition confidence below which the caller is asked to repeat."""
    confirm_below: Annotated[float, Field(ge=0, le=1)] = 0.7
    """Confidence below which a number is confirmed before it is used."""
    whisper_workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Utterances transcribed side by side."""
    whisper_device: Literal["auto", "cpu", "cuda"] = "auto"
    whisper_compute: str = ""
    """A CTranslate2 compute type; empty: int8 on a CPU, float16 on a GPU."""
    whisper_threads: Annotated[int, Field(ge=0, le=256)] = 0
    """Threads per worker; 0: chosen by the machine's cores."""
    whisper_beam: Annotated[int, Field(ge=1, le=20)] = 1
    twilio_auth_token: Secret | None = None
    """Unset: no phone calls are taken from Twilio."""


class LogSettings(Group):
    """What is logged, and how."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "text"] = "auto"
    """auto: text on a terminal, JSON lines elsewhere."""


class Settings(BaseSettings):
    """All settings, frozen. Paths are absolute; unset secrets are None until `secrets.py` makes them."""

    model_config = SettingsConfigDict(
        env_prefix="SWITCHBOARD_",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        nested_model_default_partial_update=True,
        populate_by_name=True,
        validate_default=False,
    )

    oxlo_api_key: Token | None = Field(default=None, validation_alias="OXLO_API_KEY")
    """Unset: the sandbox model answers."""
    oxlo_base_url: WebUrl = Field(default="https://api.oxlo.ai/v1", validation_alias="OXLO_BASE_URL")

    home: Annotated[Path, AfterValidator(_folder)] = Field(default=Path("var"), validate_default=True)
    database_url: Annotated[Secret, AfterValidator(_secret_url("postgresql", "postgres"))] | None = None
    """Unset: PostgreSQL embedded under `home`."""
    database_pool: Annotated[int, Field(ge=2, le=500)] = 10
    """Connections that this process holds at most."""

    http_host: Host = "127.0.0.1"
    http_port: Port = 8080
    public_url: WebUrl | None = None
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode, BeforeValidator(_items)] = ()
    """Networks (CIDR) of proxies whose X-Forwarded-For is believed."""
    drain_seconds: Seconds = 15.0
    """How long running turns may take to finish after SIGTERM."""

    smtp_host: Host = "127.0.0.1"
    smtp_port: Port = 2525
    mail_addresses: Annotated[tuple[Address, ...], NoDecode, BeforeValidator(_items), Field(min_length=1)] = (
        "support@localhost",
    )
    smarthost: Annotated[Secret, AfterValidator(_secret_url("smtp", "smtps"))] | None = None

    whisper_model: Annotated[str, Field(min_length=1)] = "base"
    transcriber: Annotated[str, AfterValidator(_transcriber)] = "whisper"
    speaker: Literal["pyttsx3", "tone"] = "pyttsx3"

    chat_origins: Annotated[tuple[Origin, ...], NoDecode, BeforeValidator(_items)] = ()
    """Empty: same origin only; `self` in a list stands for it."""
    identity_secret: Secret | None = None
    identity_public_key: Annotated[tuple[KeyFile, ...], NoDecode, BeforeValidator(_items)] = ()
    """PEM files (comma list) of the host site's Ed25519 keys, for identity tokens signed with EdDSA. A
    token's `kid` names its key by the file's name without ending, or by its thumbprint (RFC 7638)."""
    identity_require_jti: bool = False
    """Whether an identity token needs an id (`jti`), which binds it to the first session that uses it."""
    operator_token: Token | None = None
    business: Annotated[
        str, BeforeValidator(_stripped), AfterValidator(_business), Field(min_length=1, max_length=4000)
    ] = str(SHIPPED)
    """The folder of the business; a name that is no folder is put in place of the example's own."""
    requests_per_day: Annotated[int, Field(ge=0, le=1_000_000_000)] = 60
    """0: no limit."""

    catalog: BusinessPath = Field(default_factory=_in_business("catalog"), validate_default=True)
    policy: BusinessPath = Field(default_factory=_in_business("policy"), validate_default=True)
    tools: BusinessPath = Field(default_factory=_in_business("tools"), validate_default=True)
    knowledge: Annotated[DirectoryPath, AfterValidator(Path.absolute)] = Field(
        default_factory=_in_business("knowledge"), validate_default=True
    )

    http: HttpSection = HttpSection()
    chat: ChatLimits = ChatLimits()
    turn: TurnLimits = TurnLimits()
    mail: MailSettings = MailSettings()
    voice: VoiceSection = VoiceSection()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *others: PydanticBaseSettingsSource,
        **named: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take arguments only: `sources.py` reads the environment and remembers what came from where."""
        return (init_settings,)

    @property
    def model(self) -> Literal["sandbox", "oxlo"]:
        """Which model answers: without a key the sandbox, and every surface says so."""
        return "oxlo" if self.oxlo_api_key else "sandbox"
