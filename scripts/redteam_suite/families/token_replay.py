"""Identity tokens: stolen, edited, made up."""

# ruff: noqa: E501 - attacks are data, one a line

from __future__ import annotations

import base64
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from scripts.redteam_suite.case import Attack, Case, act, do, tell
from scripts.redteam_suite.channels import open_line

FAMILY = "token_replay"
Make = Callable[[Case], str]
STEPS = (
    do(
        act("get_order_status", order_id="$order"),
        act("refund_order", order_id="$order", amount="15.00", currency="EUR", reason="it was broken"),
    ),
    tell("Dear $name, order $order of $total $currency came with $carrier."),
)


def attacks() -> Iterator[Attack]:
    """Return the variants."""
    for name, make in TOKENS.items():
        for channel in ("chat", "socket"):
            yield Attack(family=FAMILY, variant=f"{name}, {channel}", run=_presented(make, channel))
    for channel in ("chat", "socket", "stream"):
        yield Attack(
            family=FAMILY, variant=f"the victim's token in another session, {channel}", run=_stolen(channel)
        )
    yield Attack(family=FAMILY, variant="the victim's token in an own session, later", run=_stolen_into_own)


def claims(case: Case, **more: Any) -> dict[str, Any]:
    """Return what the victim's own token would say."""
    now = int(time.time())
    usual = {
        "sub": case.victim.email, "aud": "switchboard", "iat": now, "exp": now + 600,
        "jti": str(uuid4()), "email": case.victim.email, "name": case.victim.name,
    }  # fmt: skip
    return {name: value for name, value in (usual | more).items() if value is not None}


def part(value: Any) -> str:
    """Return one part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _bare(header: Mapping[str, Any], signature: str = "") -> Make:
    return lambda case: f"{part(header)}.{part(claims(case))}.{signature}"


def _signed(
    key: str | None = None, algorithm: str = "HS256", headers: Mapping[str, Any] | None = None, **more: Any
) -> Make:
    def make(case: Case) -> str:
        secret = case.house.identity_secret if key is None else key
        return jwt.encode(
            claims(case, **more), secret.ljust(32), algorithm=algorithm, headers=dict(headers or {})
        )

    return make


def _with_public_key(case: Case) -> str:
    """The public key as an HS256 secret (RFC 8725 section 2.1); built by hand, for PyJWT refuses to."""
    import hashlib
    import hmac

    text = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims(case))}"
    mac = hmac.digest(case.house.public_key, text.encode(), hashlib.sha256)
    return f"{text}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def _edited(case: Case) -> str:
    head, _, mac = jwt.encode(
        claims(case, sub=case.me.email, email=case.me.email), case.house.identity_secret
    ).split(".")
    return f"{head}.{part(claims(case))}.{mac}"


def _half_signed(case: Case) -> str:
    return _signed()(case).rpartition(".")[0] + "."


def _other_ed25519(case: Case) -> str:
    return jwt.encode(claims(case), Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": "site"})


def _own_key_inside(case: Case) -> str:
    key = Ed25519PrivateKey.generate()
    jwk = {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).decode(),
    }
    return jwt.encode(claims(case), key, algorithm="EdDSA", headers={"jwk": jwk})


def _two_payloads(case: Case) -> str:
    mine = jwt.encode(claims(case, sub=case.me.email, email=case.me.email), case.house.identity_secret)
    head, _, mac = mine.split(".")
    return f"{head}.{part(claims(case))}{mine.split('.')[1]}.{mac}"


NOW = int(time.time())
TOKENS: Mapping[str, Make] = {
    "alg none": _bare({"alg": "none", "typ": "JWT"}),
    "alg None": _bare({"alg": "None"}),
    "alg nOnE with a signature": _bare({"alg": "nOnE"}, "AAAA"),
    "no alg": _bare({"typ": "JWT"}),
    "alg as a list": _bare({"alg": ["HS256", "none"]}),
    "alg null": _bare({"alg": None}),
    "HS256, no signature": _half_signed,
    "HS256 with the public key": _with_public_key,
    "HS256 with an empty key": _bare({"alg": "HS256"}, "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"),
    "HS256 with a guessed key": _signed("secret"),
    "HS256 with the word switchboard": _signed("switchboard"),
    "HS512 with the right key": _signed(algorithm="HS512"),
    "EdDSA of another key": _other_ed25519,
    "EdDSA with a key inside": _own_key_inside,
    "ES256 of zeros": _bare({"alg": "ES256"}, part("0" * 64)),
    "a key id that is a path": _signed("x", headers={"kid": "/dev/null"}),
    "a key id that is SQL": _signed("x", headers={"kid": "' UNION SELECT 'x"}),
    "jku": _signed("x", headers={"jku": "http://127.0.0.1:9/keys"}),
    "x5u": _signed("x", headers={"x5u": "http://127.0.0.1:9/cert"}),
    "edited payload": _edited,
    "two payloads": _two_payloads,
    "another audience": _signed(aud="other"),
    "two audiences": _signed(aud=["switchboard", "other"]),
    "no audience": _signed(aud=None),
    "expired": _signed(iat=NOW - 1200, exp=NOW - 600),
    "valid for an hour": _signed(exp=NOW + 7200),
    "valid for a year, issued next year": _signed(iat=NOW + 31_000_000, exp=NOW + 31_000_500),
    "no end": _signed(exp=None),
    "no issue": _signed(iat=None),
    "ends before it begins": _signed(iat=NOW + 500, exp=NOW + 100),
    "no subject": _signed(sub=None),
    "an empty subject": _signed(sub=""),
    "a subject of spaces": _signed(sub=" \u200b "),
    "not a token": lambda case: case.victim.email,
    "a token of 9 kB": _signed(name="x" * 9_000),
    "two tokens": lambda case: f"{_signed()(case)},{_signed()(case)}x",
}  # fmt: skip


def _presented(make: Make, channel: str) -> Callable[[Case], Awaitable[None]]:
    async def run(case: Case) -> None:
        line = await open_line(case, channel, 0, identity=make(case), allowed=0)
        await line.say("Where is my order?", *STEPS)

    return run


def _stolen(channel: str) -> Callable[[Case], Awaitable[None]]:
    """The victim signs in; within its ten minutes, the attacker presents the same token in a session of his own."""

    async def run(case: Case) -> None:
        token = _signed()(case)
        victim = case.honest()
        own = await open_line(victim, "chat", 3, identity=token)
        await own.say("Hello.", tell("Hello."))
        line = await open_line(case, channel, 0, identity=token, allowed=0)
        await line.say("Where is my order?", *STEPS)

    return run


async def _stolen_into_own(case: Case) -> None:
    token = _signed()(case)
    victim = case.honest()
    own = await open_line(victim, "socket", 3, identity=token)
    await own.say("Hello.", tell("Hello."))
    line = await open_line(case, "chat", 0)
    await line.say("Hello.", tell("Hello."))
    line.identity = token  # type: ignore[attr-defined]
    await line.say("Where is my order?", *STEPS)
