"""Identity tokens: who may sign them, how long they hold, what they say."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors import IdentityRejected
from orchestrator.people.identity_tokens import Identities, IdentityKeyInvalid, PublicKey, read_public_key

SECRET = "a secret of at least thirty-two bytes"
HOST_KEY = Ed25519PrivateKey.generate()
OTHER_KEY = Ed25519PrivateKey.generate()


def public_pem(key: Ed25519PrivateKey = HOST_KEY) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def public_key(key: Ed25519PrivateKey = HOST_KEY, name: str = "host") -> PublicKey:
    return read_public_key(public_pem(key), name=name)


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    made = {"sub": "ada", "aud": "switchboard", "iat": now, "exp": now + 300, **changes}
    return {name: value for name, value in made.items() if value is not None}


def eddsa(key: Ed25519PrivateKey = HOST_KEY, kid: str | None = None, **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm="EdDSA", headers={"kid": kid} if kid else None)


def hs256(secret: str = SECRET, **changes: Any) -> str:
    return jwt.encode(claims(**changes), secret, algorithm="HS256")


def signed_by_hand(header: dict[str, Any], key: bytes, body: dict[str, Any] | None = None) -> str:
    parts = [_segment(json.dumps(part).encode()) for part in (header, body or claims())]
    signature = hmac.digest(key, ".".join(parts).encode(), hashlib.sha256)
    return ".".join([*parts, _segment(signature)])


def _segment(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def refused(identities: Identities, token: str) -> bool:
    with pytest.raises(IdentityRejected):
        identities.verify(token)
    return True


def test_a_public_key_checks_tokens() -> None:
    identities = Identities(SECRET, public_keys=[public_key()])
    told = identities.verify(
        eddsa(email="Ada@Example.com", name="Ada Byron", phone="+49 30 901820", locale="de-DE")
    )
    assert (told.subject, told.email, told.name) == ("ada", "ada@example.com", "Ada Byron")
    assert (told.language, told.phone, told.use) == ("de", "+4930901820", None)


def test_the_secret_still_does_beside_a_public_key() -> None:
    assert Identities(SECRET, public_keys=[public_key()]).verify(hs256()).subject == "ada"


def test_a_strangers_key_is_refused() -> None:
    assert refused(Identities(SECRET, public_keys=[public_key()]), eddsa(OTHER_KEY))


def test_without_a_public_key_no_eddsa_token_is_believed() -> None:
    assert refused(Identities(SECRET), eddsa())


@pytest.mark.parametrize("kid", [None, "old", "new", "a name the site gave it"])
def test_both_keys_count_while_one_replaces_the_other(kid: str | None) -> None:
    identities = Identities(SECRET, public_keys=[public_key(OTHER_KEY, "old"), public_key(HOST_KEY, "new")])
    if kid == "old":
        assert refused(identities, eddsa(HOST_KEY, kid))
        assert identities.verify(eddsa(OTHER_KEY, kid)).subject == "ada"
    else:
        assert identities.verify(eddsa(HOST_KEY, kid)).subject == "ada"


def test_a_kid_may_be_the_thumbprint() -> None:
    # RFC 8037 appendix A.3 gives the thumbprint of the key of A.2.
    x = base64.urlsafe_b64decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
    der = bytes.fromhex("302a300506032b6570032100") + x
    pem = b"-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(der) + b"\n-----END PUBLIC KEY-----\n"
    assert read_public_key(pem, name="x").thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    mine = public_key()
    identities = Identities(SECRET, public_keys=[public_key(OTHER_KEY, "old"), mine])
    assert identities.verify(eddsa(kid=mine.thumbprint)).subject == "ada"


@pytest.mark.parametrize("algorithm", ["HS256", "HS512", "EdDSA", "none", "None", "", None, 7, ["HS256"]])
def test_a_public_key_is_never_taken_for_a_secret(algorithm: Any) -> None:
    identities = Identities(SECRET, public_keys=[public_key()])
    raw = HOST_KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    der = HOST_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for key in (public_pem(), public_pem().strip(), raw, der, b""):
        assert refused(identities, signed_by_hand({"alg": algorithm, "typ": "JWT"}, key))
        assert refused(identities, signed_by_hand({"alg": algorithm, "kid": "host"}, key))


def test_no_algorithm_is_no_signature() -> None:
    body = ".".join(_segment(json.dumps(part).encode()) for part in ({"alg": "none"}, claims()))
    for token in (f"{body}.", f"{body}.AAAA", body, jwt.encode(claims(), "", algorithm="none")):
        assert refused(Identities(SECRET, public_keys=[public_key()]), token)


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_only_the_named_algorithm_of_a_key_counts(algorithm: str) -> None:
    long_secret = SECRET * 2
    token = jwt.encode(claims(), long_secret, algorithm=algorithm)
    assert refused(Identities(long_secret), token)


@dataclass(frozen=True)
class Moment:
    """A time that is known only when the test runs: tests are collected minutes before."""

    seconds: int


def in_seconds(seconds: int) -> Moment:
    return Moment(seconds)


def at_last(value: Any) -> Any:
    return int(time.time()) + value.seconds if isinstance(value, Moment) else value


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": None},
        {"sub": ""},
        {"sub": "\0\x07"},
        {"sub": "ada\x07"},
        {"sub": "ada\n"},
        {"sub": "ada\u2028"},
        {"sub": "a" * 256},
        {"sub": 7},
        {"aud": None},
        {"aud": "switchboard2"},
        {"aud": "Switchboard"},
        {"aud": ["switchboard"]},
        {"aud": ["switchboard", "other"]},
        {"iat": None},
        {"exp": None},
        {"exp": in_seconds(3600)},
        {"iat": in_seconds(300), "exp": in_seconds(600)},
        {"iat": in_seconds(-900), "exp": in_seconds(-300)},
        {"iat": in_seconds(-900)},
        {"exp": float("inf")},
        {"exp": "soon"},
        {"nbf": in_seconds(300)},
        {"jti": 7},
    ],
)
def test_what_a_token_must_say(changes: dict[str, Any]) -> None:
    changes = {name: at_last(value) for name, value in changes.items()}
    identities = Identities(SECRET, public_keys=[public_key()])
    assert refused(identities, eddsa(**changes))
    assert refused(identities, hs256(**changes))


def test_clocks_may_differ_a_little() -> None:
    now = int(time.time())
    assert Identities(SECRET).verify(hs256(iat=now + 20, exp=now + 320)).subject == "ada"


@pytest.mark.parametrize("phone", ["030 901820", "+49", "call me", 4930901820, "+" * 5000, None])
def test_a_phone_number_without_its_country_is_none(phone: Any) -> None:
    assert Identities(SECRET).verify(hs256(phone=phone)).phone is None


@pytest.mark.parametrize(
    "subject",
    ["ada ", " ada", "ada\u200b", "a\u00adda", "ad\u0430", "Ada", "\uff41da", "ada\ufeff", "a" * 255],
)
def test_a_subject_is_what_the_token_says(subject: str) -> None:
    assert Identities(SECRET).verify(hs256(sub=subject)).subject == subject


@pytest.mark.parametrize(
    "email",
    [
        *(f"ada{mark}@example.com" for mark in "\u200b\u00ad\ufeff\u200f\u202e\u2060\n\r\t\x07\0 \u00a0"),
        *(f"ada@exam{mark}ple.com" for mark in "\u200b\u00ad\ufeff\u200f\n "),
        "ada@example.com ",
        " ada@example.com",
        "ada@example.com\n",
        "ada@@example.com",
        "ada@example.com,bob@example.com",
        "Ada <ada@example.com>",
        "\u212aate@example.com",  # the Kelvin sign, whose lower case is k
        "a" * 65 + "@example.com",
        "ada",
        "",
        7,
        ["ada@example.com"],
        {"value": "ada@example.com"},
        True,
    ],
)
def test_an_address_is_never_cleaned_into_another(email: Any) -> None:
    told = Identities(SECRET).verify(hs256(email=email))
    assert (told.subject, told.email) == ("ada", None)


def test_the_case_of_an_address_does_not_matter() -> None:
    assert Identities(SECRET).verify(hs256(email="Ada@Example.COM")).email == "ada@example.com"


@pytest.mark.parametrize(
    "verified",
    [False, "false", "False", "True", "TRUE", " true", "yes", "no", "1", "0", "", 0, 1, 1.0, None, [], [True],
     {}, {"true": True}],
)  # fmt: skip
def test_only_true_vouches_for_an_address_or_a_number(verified: Any) -> None:
    told = {**claims(email="ada@example.com", phone="+4930901820"), "email_verified": verified}
    for name in ("phone_verified", "phone_number_verified"):
        read = Identities(SECRET).verify(jwt.encode({**told, name: verified}, SECRET, algorithm="HS256"))
        assert (read.email, read.phone) == (None, None)


@pytest.mark.parametrize("verified", [True, "true"])
def test_a_vouched_address_is_believed(verified: Any) -> None:
    told = Identities(SECRET).verify(
        hs256(
            email="ada@example.com", email_verified=verified, phone="+49 30 901820", phone_verified=verified
        )
    )
    assert (told.email, told.phone) == ("ada@example.com", "+4930901820")


@pytest.mark.parametrize(
    "phone", ["+49\u200b30901820", "\uff0b4930901820", "+\u0664930901820", "+4930901820\n", "+1 800 FLOWERS"]
)
def test_a_number_is_never_cleaned_into_another(phone: str) -> None:
    assert Identities(SECRET).verify(hs256(phone=phone)).phone is None


@pytest.mark.parametrize("name", ["Ada\u202enoryB", "Ada\nByron", "Ada\x07", "\u2066Ada", "a" * 201, " ", 7])
def test_a_name_that_cannot_be_shown_as_it_is_is_none(name: Any) -> None:
    assert Identities(SECRET).verify(hs256(name=name)).name is None


def test_a_name_keeps_what_its_language_needs() -> None:
    persian = "\u0645\u06cc\u200c\u0631\u0648\u062f"  # written with a zero-width non-joiner
    assert Identities(SECRET).verify(hs256(name=persian)).name == persian


def test_an_id_binds_a_token() -> None:
    identities = Identities(SECRET)
    use = identities.verify(hs256(jti="j1")).use
    assert use is not None
    assert abs(use.expires_at.timestamp() - time.time() - 330) < 5
    assert identities.verify(hs256(jti="j1", name="Ada")).use == use
    for other in (hs256(jti="j2"), hs256(jti="j1", sub="bob")):
        told = identities.verify(other).use
        assert told is not None
        assert told.hash != use.hash


def test_an_id_can_be_required() -> None:
    identities = Identities(SECRET, require_jti=True)
    assert refused(identities, hs256())
    assert refused(identities, hs256(jti=""))
    assert identities.verify(hs256(jti="j1")).use is not None


def test_a_secret_that_is_a_key_refuses_everything() -> None:
    assert refused(Identities(public_pem().decode()), signed_by_hand({"alg": "HS256"}, public_pem()))


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b.c", "é.é.é", "\ud800", "[" * 8000, _segment(b"[" * 6000) + ".e30.AA", "x" * 100_000],
)
def test_garbage_is_refused(token: str) -> None:
    assert refused(Identities(SECRET, public_keys=[public_key()]), token)


@given(st.text() | st.lists(st.binary(max_size=50), min_size=3, max_size=3).map(
    lambda parts: ".".join(_segment(part) for part in parts)
))  # fmt: skip
def test_no_text_breaks_it(token: str) -> None:
    assert refused(Identities(SECRET, public_keys=[public_key()]), token)


def test_only_an_ed25519_public_key_is_taken() -> None:
    private = HOST_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    curve = generate_ec_key(SECP256R1()).public_key()
    other = curve.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for pem, why in [(private, "private"), (other, "another kind"), (b"hello", "PEM"), (b"", "PEM")]:
        with pytest.raises(IdentityKeyInvalid, match=why):
            read_public_key(pem, name="k")


@pytest.mark.parametrize("subject", [" ", "   ", "\u00a0", "\u3000"])
def test_blanks_alone_name_nobody(subject: str) -> None:
    with pytest.raises(IdentityRejected):
        Identities(SECRET).verify(hs256(sub=subject))
