"""DKIM signatures of ours, checked with dkimpy and a published key."""

from __future__ import annotations

from collections.abc import Callable

import dkim
import pytest

from channels.mail.compose import compose
from channels.mail.signing import INLINE, Signer, SigningKeyInvalid
from tests.support.mail_names import ed25519_pem, rsa_pem
from tests.unit.mail.answers import answer

CASES = [pytest.param(rsa_pem, id="rsa"), pytest.param(ed25519_pem, id="ed25519")]


def verified(signed: bytes, signer: Signer) -> bool:
    name, record = signer.record
    keys = {name.encode() + b".": record.encode()}
    return bool(dkim.verify(signed, dnsfunc=lambda asked, timeout=5: keys[asked]))


@pytest.mark.parametrize("make_key", CASES)
def test_a_signed_answer_verifies(make_key: Callable[[], bytes]) -> None:
    signer = Signer(domain="Bücher.example", selector="s1", private_key=make_key())
    signed = signer.sign(compose(answer(subject="Größe " * 30, text="Zeile  mit \n\n\nBlanks \t")))
    assert signed.startswith(b"DKIM-Signature: v=1; a=")
    assert b"c=relaxed/relaxed;" in signed
    assert b" d=xn--bcher-kva.example;" in signed
    assert max(len(line) for line in signed.split(b"\r\n")) <= 998
    assert verified(signed, signer)


@pytest.mark.parametrize("make_key", CASES)
@pytest.mark.parametrize(
    "added",
    [b"From: evil@example.net", b"Subject: other", b"Reply-To: evil@example.net", b"Cc: evil@example.net"],
)
def test_a_second_header_breaks_the_signature(make_key: Callable[[], bytes], added: bytes) -> None:
    signer = Signer(domain="example.com", selector="s1", private_key=make_key())
    signed = signer.sign(compose(answer()))
    assert not verified(added + b"\r\n" + signed, signer)


async def test_a_changed_body_breaks_the_signature() -> None:
    signer = Signer(domain="example.com", selector="s1", private_key=rsa_pem())
    signed = await signer.signed(
        compose(answer(attachments=(("a.bin", "application/x", b"x" * 2 * INLINE),)))
    )
    assert verified(signed, signer)
    assert not verified(signed.replace(b"Monday", b"Sunday"), signer)


@pytest.mark.parametrize(
    ("domain", "selector", "key"),
    [
        ("example.com", "s1", b"no key"),
        ("example.com", "s1", b""),
        ("exa mple.com", "s1", None),
        ("example.com", "s;1", None),
    ],
)
def test_unusable_settings_are_refused(domain: str, selector: str, key: bytes | None) -> None:
    with pytest.raises(SigningKeyInvalid):
        Signer(domain=domain, selector=selector, private_key=rsa_pem() if key is None else key)
