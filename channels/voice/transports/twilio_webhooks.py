"""What Twilio posts: a phone call comes in, a stream was closed. Answers are TwiML; all of it is signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

import phonenumbers
from aiohttp import web
from yarl import URL

from channels.chat.gate import Gate, read_body
from channels.voice.calls.call_phrases import locale, phrase
from channels.voice.errors import AllBusy, BadCallFrame, SignatureWrong, TelephonyOff
from channels.voice.settings import VoiceSettings
from channels.voice.transports.capacity import PhoneLines

MOST: Final = 1_000
KEPT_S: Final = 120.0
REGRET: Final = ""
"""In place of a number: the stream broke off on our side, which the caller is told."""


class Transfers:
    """Numbers by call, each for two minutes and for one asking; `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._numbers: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def put(self, call_sid: str, number: str) -> None:
        """Note that the call goes on to `number`."""
        self._numbers[call_sid] = (number, self._clock() + KEPT_S)
        self._numbers.move_to_end(call_sid)
        if len(self._numbers) > MOST:
            self._numbers.popitem(last=False)

    def take(self, call_sid: str) -> str | None:
        """Return the number the call goes on to, REGRET when it broke off, None when it ends."""
        number, until = self._numbers.pop(call_sid, (REGRET, -math.inf))
        return number if until >= self._clock() else None


class PublicUrl:
    """The configured URL, or else the request's own, with X-Forwarded-Proto and -Host of trusted proxies."""

    def __init__(self, public_url: str | None, trusted_proxies: Iterable[str]) -> None:
        self._configured = public_url.rstrip("/") if public_url else None
        self._trusted = tuple(ip_network(network) for network in trusted_proxies)

    def of(self, request: web.Request) -> str:
        """Return scheme, host and port, without a slash at the end."""
        if self._configured:
            return self._configured
        scheme, host = request.scheme, request.host
        if self._by_proxy(request):
            scheme = _last(request, "X-Forwarded-Proto") or scheme
            host = _last(request, "X-Forwarded-Host") or host
        return f"{scheme}://{host}"

    def _by_proxy(self, request: web.Request) -> bool:
        try:
            peer = ip_address((request.remote or "").partition("%")[0])
        except ValueError:
            return False
        peer = (peer.ipv4_mapped if isinstance(peer, IPv6Address) else None) or peer
        return any(peer in network for network in self._trusted)


def socket_url(url: str) -> str:
    """Return an http(s) URL as ws(s)."""
    return "ws" + url.removeprefix("http")


def _last(request: web.Request, header: str) -> str:
    """Return what the proxy next to us wrote; what stands before it may be the client's."""
    return ",".join(request.headers.getall(header, [])).rpartition(",")[2].strip()


HEADER: Final = "X-Twilio-Signature"
_PORTS: Final = {"http": 80, "https": 443}

Fields = Iterable[tuple[str, str]]


def sign(url: str, fields: Fields, *, secret: str) -> str:
    """Return the signature: base64 of HMAC-SHA1 over the URL and then each field, sorted, name and value.

    A name that comes twice counts once per value, as Twilio's own libraries have it.
    """
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    digest = hmac.new(secret.encode(), text.encode("utf-8", "surrogatepass"), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def is_signed(url: str, fields: Fields, *, secret: str, signature: str) -> bool:
    """Say whether `signature` is right for the URL with or without its standard port; in constant time."""
    fields = list(fields)
    given = signature.encode("utf-8", "replace")
    right = [
        hmac.compare_digest(sign(written, fields, secret=secret).encode(), given) for written in _ways(url)
    ]
    return any(right)


def _ways(url: str) -> list[str]:
    """Return the URL as it stands and with its standard port: which of them is signed varies."""
    parsed = URL(url, encoded=True)
    port = _PORTS.get(parsed.scheme)
    if port is None or parsed.explicit_port is not None or not parsed.raw_host:
        return [url]
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return [url, f"{scheme}://{authority}:{port}{slash}{path}"]


MEDIA_TYPE: Final = "application/xml"


def stream(*, url: str, action: str, token: str) -> str:
    """Return what connects the call to the socket at `url`; `action` is asked when the socket is closed.

    The token goes as a parameter because Twilio drops the query of a stream's URL.
    """
    response = ET.Element("Response")
    connect = ET.SubElement(response, "Connect", action=action, method="POST")
    media = ET.SubElement(connect, "Stream", url=url)
    ET.SubElement(media, "Parameter", name="token", value=token)
    return _written(response)


def farewell(name: str, language: str) -> str:
    """Return what says one of our sentences (`busy`, `regret`) and ends the call."""
    response = ET.Element("Response")
    ET.SubElement(response, "Say", language=locale(language)).text = phrase(name, language)
    ET.SubElement(response, "Hangup")
    return _written(response)


def dial(number: str) -> str:
    """Return what puts the caller through to `number` (E.164); the call ends when that one does."""
    response = ET.Element("Response")
    called = ET.SubElement(response, "Dial")
    ET.SubElement(called, "Number").text = number
    return _written(response)


def hang_up() -> str:
    """Return what ends the call."""
    response = ET.Element("Response")
    ET.SubElement(response, "Hangup")
    return _written(response)


def _written(response: ET.Element) -> str:
    return '<?xml version="1.0" encoding="UTF-8"?>' + ET.tostring(response, encoding="unicode")


STREAM: Final = "/voice/twilio"
INCOMING: Final = "/voice/twilio/incoming"
NEXT: Final = "/voice/twilio/next"
FORM: Final = "application/x-www-form-urlencoded"
MOST_FIELDS: Final = 200
LONGEST_SID: Final = 64
WITHHELD: Final = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
"""What Twilio gives as the number of a caller who withholds it: ANONYMOUS, RESTRICTED and so on in keys."""


class PhoneCalls:
    """Answers Twilio's requests."""

    def __init__(
        self,
        *,
        settings: VoiceSettings,
        gate: Gate,
        lines: PhoneLines,
        transfers: Transfers,
        public_url: PublicUrl,
    ) -> None:
        self._settings = settings
        self._gate = gate
        self._lines = lines
        self._transfers = transfers
        self._public_url = public_url

    async def incoming(self, request: web.Request) -> web.Response:
        """Connect a call to its stream, or say that all lines are busy."""
        fields = await self._signed(request)
        call_sid = _call_sid(fields)
        try:
            if self._gate.draining:
                raise AllBusy("The server restarts.")
            token = self._lines.keep(call_sid=call_sid, phone=caller_id(fields.get("From", "")))
        except AllBusy:
            return _answer(farewell("busy", self._settings.default_language))
        base = self._public_url.of(request)
        return _answer(stream(url=f"{socket_url(base)}{STREAM}", action=f"{base}{NEXT}", token=token))

    async def next(self, request: web.Request) -> web.Response:
        """Say how a call goes on after its stream: with a transfer, a word of regret, or not at all."""
        fields = await self._signed(request)
        number = self._transfers.take(_call_sid(fields))
        if number is None:
            return _answer(hang_up())
        if number == REGRET:
            return _answer(farewell("regret", self._settings.default_language))
        return _answer(dial(number))

    async def _signed(self, request: web.Request) -> Mapping[str, str]:
        """Return the fields of the form; raises TelephonyOff, BadFrame or SignatureWrong."""
        secret = self._settings.twilio_auth_token
        if not secret:
            raise TelephonyOff("Phone calls are off: no Twilio auth token is set.")
        fields = await self._form(request)
        url = self._public_url.of(request) + request.raw_path
        given = request.headers.get(HEADER, "")
        if not is_signed(url, fields, secret=secret, signature=given):
            raise SignatureWrong("The signature is not that of our Twilio account for this URL.")
        return dict(fields)

    async def _form(self, request: web.Request) -> list[tuple[str, str]]:
        if request.content_type != FORM:
            raise BadCallFrame(f"Send {FORM}.", code="media_type")
        body = await read_body(
            request, most=self._settings.form_bytes, timeout=self._settings.hello_timeout_s
        )
        try:
            return parse_qsl(
                body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
            )
        except ValueError:
            raise BadCallFrame("The form can't be read.", code="invalid_message") from None


def caller_id(text: str) -> str | None:
    """Return a caller's number in E.164 where it can be one, else None. It is a claim: anyone can set it."""
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written if phonenumbers.is_possible_number(number) and written not in WITHHELD else None


def _call_sid(fields: Mapping[str, str]) -> str:
    call_sid = fields.get("CallSid", "")
    if not 0 < len(call_sid) <= LONGEST_SID:
        raise BadCallFrame("CallSid is missing.", code="invalid_message")
    return call_sid


def _answer(document: str) -> web.Response:
    return web.Response(text=document, content_type=MEDIA_TYPE, charset="utf-8")
