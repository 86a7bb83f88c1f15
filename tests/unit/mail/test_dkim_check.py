"""DKIM signatures of others: what is believed, what is not, and that no message can hold the worker."""

from __future__ import annotations

import re
import time
from base64 import b64encode
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPrivateNumbers, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from dkim.canonicalization import Relaxed
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.dkim_check import DkimResult, check_dkim, relaxed_body
from channels.mail.dns_lookups import Lookups
from channels.mail.raw_message import read_raw
from channels.mail.signing import Signer
from tests.support.mail_names import DictResolver, ed25519_pem, published, rsa_pem, signer

MAIL = (
    b"From: a@example.com\r\nTo: b@example.net\r\nSubject: hi  there\r\n\r\n"
    b"line one \r\n\r\ntwo\t x\r\n\r\n\r\n"
)
PASS = DkimResult(result="pass", domain="example.com", reason="")


def checked(raw: bytes, resolver: DictResolver | None = None) -> list[DkimResult]:
    lookups = Lookups(resolver or DictResolver(published(signer())), deadline=time.monotonic() + 5)
    return check_dkim(read_raw(raw), lookups)


def signed_with(mail: bytes = MAIL, **changes: Any) -> bytes:
    key = load_pem_private_key(rsa_pem(), None)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    options: dict[str, Any] = {"include_headers": [b"from", b"to", b"subject"], **changes}
    return bytes(dkim.sign(mail, b"s1", b"example.com", pem, **options)) + mail


def record(text: str) -> DictResolver:
    return DictResolver({("s1._domainkey.example.com", "TXT"): [text]})


def own_record() -> str:
    return signer().record[1]


def test_no_signature() -> None:
    assert checked(MAIL) == []


@pytest.mark.parametrize("head", [b"simple", b"relaxed"])
@pytest.mark.parametrize("body", [b"simple", b"relaxed"])
@pytest.mark.parametrize("text", [b"", b"\r\n\r\n", b" \r\n", b"one", b"one  two\r\n\r\n \r\n\r\n"])
def test_every_canonical_form_verifies(head: bytes, body: bytes, text: bytes) -> None:
    mail = MAIL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + text
    assert checked(signed_with(mail, canonicalize=(head, body))) == [PASS]


def test_ed25519_verifies() -> None:
    other = Signer(domain="example.com", selector="e1", private_key=ed25519_pem())
    assert checked(other.sign(MAIL), DictResolver(published(other))) == [PASS]


def test_bare_newlines_verify_like_crlf() -> None:
    assert checked(signer().sign(MAIL).replace(b"\r\n", b"\n")) == [PASS]


def test_each_signature_has_its_own_result() -> None:
    other = Signer(domain="lists.example.net", selector="x", private_key=ed25519_pem())
    raw = other.sign(signer().sign(MAIL))
    results = checked(raw, DictResolver(published(signer())))
    assert results == [DkimResult(result="fail", domain="lists.example.net", reason="no_match"), PASS]


@pytest.mark.parametrize(
    "change",
    [
        (b"two", b"too"),
        (b"Subject: hi", b"Subject: ho"),
        (b"\r\n\r\nline", b"\r\nFrom: evil@example.net\r\n\r\nline"),
    ],
)
def test_a_changed_message_fails(change: tuple[bytes, bytes]) -> None:
    assert [one.result for one in checked(signer().sign(MAIL).replace(*change))] == ["fail"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"length": True}, "body_partly_signed"),
        ({"signature_algorithm": b"rsa-sha1"}, "weak_algorithm"),
    ],
)
def test_what_is_signed_too_weakly_is_not_believed(changes: dict[str, Any], reason: str) -> None:
    assert checked(signed_with(**changes)) == [
        DkimResult(result="policy", domain="example.com", reason=reason)
    ]


def test_a_signature_that_leaves_from_out_is_not_believed() -> None:
    raw = signer().sign(MAIL).replace(b"h=from : from :", b"h=", 1)
    assert checked(raw)[0].reason == "from_not_signed"


@pytest.mark.parametrize(
    "text",
    [
        "v=DKIM1; k=rsa; p=",
        "v=DKIM1; k=rsa",
        "nonsense",
        "v=DKIM1; k=rsa; p=AAAA",
        "v=DKIM1; k=ed25519; p=AAAA",
        "",
    ],
)
def test_unusable_keys_give_no_pass(text: str) -> None:
    assert checked(signer().sign(MAIL), record(text))[0].result in ("fail", "permerror")


@pytest.mark.parametrize("extra", ["t=y; ", "h=sha1; ", "s=tlsrpt; "])
def test_keys_for_something_else_give_no_pass(extra: str) -> None:
    text = own_record().replace("k=rsa; ", f"k=rsa; {extra}")
    assert checked(signer().sign(MAIL), record(text))[0].result != "pass"


@pytest.mark.parametrize("extra", ["t=s; ", "h=sha1:sha256; ", "s=email; ", "n=note; "])
def test_keys_with_harmless_tags_pass(extra: str) -> None:
    text = own_record().replace("k=rsa; ", f"k=rsa; {extra}")
    assert checked(signer().sign(MAIL), record(text)) == [PASS]


def test_a_small_key_gives_no_pass() -> None:
    small = load_pem_private_key(rsa_pem(1024), None)
    public = small.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert checked(signer().sign(MAIL), record(f"k=rsa; p={b64encode(public).decode()}"))[0].result == "fail"


def test_a_huge_key_is_not_worked_with() -> None:
    numbers = RSAPublicNumbers(e=2**4095 + 1, n=2**16_000 + 1)
    public = numbers.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    started = time.process_time()
    assert checked(signer().sign(MAIL), record(f"k=rsa; p={b64encode(public).decode()}"))[0].result != "pass"
    assert time.process_time() - started < 3


def test_an_unusual_exponent_is_not_worked_with() -> None:
    key = load_pem_private_key(rsa_pem(), None)
    assert isinstance(key, RSAPrivateKey)
    numbers = key.private_numbers()
    p, q, e = numbers.p, numbers.q, 2**61 - 1
    d = pow(e, -1, (p - 1) * (q - 1))
    public = RSAPublicNumbers(e=e, n=p * q)
    odd = RSAPrivateNumbers(
        p=p, q=q, d=d, dmp1=d % (p - 1), dmq1=d % (q - 1), iqmp=numbers.iqmp, public_numbers=public
    ).private_key(unsafe_skip_rsa_key_validation=True)
    pem = odd.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    mail = bytes(dkim.sign(MAIL, b"s1", b"example.com", pem, include_headers=[b"from"])) + MAIL
    der = public.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    text = f"k=rsa; p={b64encode(der).decode()}"
    assert dkim.verify(mail, dnsfunc=lambda name, timeout=5: text.encode())  # right, but not for us
    assert checked(mail, record(text))[0].result == "fail"


@pytest.mark.parametrize("blanks", [b" " * 65, b"\r\n " * 2_000, b"\r\n x" * 2_500])
def test_a_signature_that_would_take_long_is_not_looked_at(blanks: bytes) -> None:
    raw = signer().sign(MAIL).replace(b" q=dns/txt;", b" q=dns/txt; z=a b" + blanks + b"!;", 1)
    started = time.process_time()
    assert checked(raw)[0].reason == "signature_too_long"
    assert time.process_time() - started < 3


def test_a_name_server_that_fails_is_temporary() -> None:
    resolver = DictResolver({}, failing=["s1._domainkey.example.com"])
    assert checked(signer().sign(MAIL), resolver)[0].result == "temperror"


def test_many_signatures_cost_bounded_lookups() -> None:
    raw = signer().sign(MAIL)
    head = raw[: raw.index(b"From:")]
    resolver = DictResolver(published(signer()))
    assert len(checked(head * 50 + MAIL, resolver)) == 8
    assert len(resolver.asked) == 8


@pytest.mark.parametrize(
    "hostile",
    [
        b"v=1; a=rsa-sha256; b" + b"\r\n " * 20_000 + b"!",
        b"v=1; b" + b" " * 7_000 + b"!",
        b"h=" + b" " * 8_000 + b"x",
        b";" * 8_000,
        b"v=1; a=rsa-sha256; d=x.y; s=s; bh=AAAA; b=AAAA; h=from" + b":a" * 3_000,
        b"v=1; a=rsa-sha256; d=x.y; s=s; bh=AAAA; b=AAAA; h=from; x=" + b"9" * 8_000,
        b"\xff",
    ],
)
def test_hostile_signatures_are_quick_and_never_pass(hostile: bytes) -> None:
    started = time.process_time()
    results = checked(b"DKIM-Signature: " + hostile + b"\r\n" + MAIL)
    assert results[0].result in ("policy", "permerror", "fail")
    assert time.process_time() - started < 3


def test_a_body_of_blanks_is_quick() -> None:
    raw = signed_with(MAIL).replace(b"line one", b" " * 2_000_000 + b"x")
    started = time.process_time()
    assert checked(re.sub(rb"c=\S+;", b"c=relaxed/relaxed;", raw))[0].result == "fail"
    assert time.process_time() - started < 8


@given(st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"a", b" \r\n", b"bc"]), max_size=30).map(b"".join))
def test_the_relaxed_body_is_dkimpys(body: bytes) -> None:
    expected = Relaxed.canonicalize_body(body)
    ours = relaxed_body(body)
    assert ours in (expected, expected.removesuffix(b"\r\n"))
    assert Relaxed.canonicalize_body(ours) == expected or not ours
