"""What Twilio posts: a phone call comes in, a stream was closed. Answers are TwiML; all of it is signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

import phonenumbers
from aiohttp import web

from channels.chat.body import read_body
from channels.chat.gate import Gate
from channels.voice.settings import VoiceSettings
from channels.voice.transports import twiml
from channels.voice.transports.capacity import PhoneLines
from channels.voice.transports.errors import AllBusy, BadCallFrame, SignatureWrong, TelephonyOff
from channels.voice.transports.public_url import PublicUrl, socket_url
from channels.voice.transports.signature import HEADER, is_signed
from channels.voice.transports.transfers import REGRET, Transfers

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
            return _answer(twiml.busy(self._settings.default_language))
        base = self._public_url.of(request)
        return _answer(twiml.stream(url=f"{socket_url(base)}{STREAM}", action=f"{base}{NEXT}", token=token))

    async def next(self, request: web.Request) -> web.Response:
        """Say how a call goes on after its stream: with a transfer, a word of regret, or not at all."""
        fields = await self._signed(request)
        number = self._transfers.take(_call_sid(fields))
        if number is None:
            return _answer(twiml.hang_up())
        if number == REGRET:
            return _answer(twiml.regret(self._settings.default_language))
        return _answer(twiml.dial(number))

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
    return web.Response(text=document, content_type=twiml.MEDIA_TYPE, charset="utf-8")
