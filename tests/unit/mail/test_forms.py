"""Web forms: named in the settings or noticed by themselves, and whose words they hold."""

from __future__ import annotations

import pytest

from channels.mail.forms import filled_in, read_form
from channels.mail.own_addresses import OwnAddresses
from channels.mail.parse import parse_mail

OURS = OwnAddresses(
    own=frozenset({"support@desk.example.com"}),
    staff=frozenset({"lee@desk.example.com"}),
    forms=frozenset({"site@desk.example.com", "@forms.example.net"}),
)
BERT = "bert@bert.example.org"


def seen(*head: str, body: str = "The left shoe is broken.") -> tuple[str, bool] | None:
    """Return the visitor of a mail and whether its form is known, None where it is no form."""
    raw = "\n".join([*head, "To: support@desk.example.com", "Subject: Shop form", "", body])
    form = read_form(parse_mail(raw.encode()), addresses=OURS)
    return None if form is None else (form.visitor, form.known)


@pytest.mark.parametrize(
    "sender",
    [
        "no-reply@desk.example.com",
        "noreply@saas.example",
        "forms-receipts-noreply@saas.example",
        "account_no-reply+7@saas.example",
        "svar-ej.ikke-svare@saas.example",
        "do_not_reply@saas.example",
        "nicht-antworten@saas.example",
        "nepasrepondre@saas.example",
        "no-responder@saas.example",
        "form-notifications@saas.example",
        "wordpress@shop.example",
        "mailer@saas.example",
        "www-data@web7.example",
        "info@desk.example.com",
        "support@desk.example.com",
    ],
)
def test_a_program_that_gives_another_reply_address_is_a_form(sender: str) -> None:
    assert seen(f"From: Shop <{sender}>", f"Reply-To: {BERT}") == (BERT, False)


@pytest.mark.parametrize(
    "body",
    [
        f"From: Bert Moor <{BERT}>\nSubject: Broken shoe\n\nMessage Body:\nThe left shoe is broken.",
        f"New message\n\nFrom: Bert Moor <{BERT}>\nDate: 4 May 2026\nSubject: x\n\nThe left shoe is broken.",
        f"Nom : Bert Moor\nCourriel : {BERT}\nMessage : La chaussure est cassée.",
        f"お名前：ベルト\nメールアドレス：{BERT}\nお問い合わせ内容：靴が壊れています。",
        f"Name | Bert Moor\nE-Mail | {BERT}\nNachricht | Der Schuh ist kaputt.",
        f"Name\nBert Moor\n\nEmail\n{BERT}\n\nComment or Message\nThe shoe is broken.",
        f"*Email:* {BERT}\n*To:* support@desk.example.com\n\nThe shoe is broken.",
        f"Email: {BERT}\nEmail again: {BERT}\nMessage: or write me at work, bert@work.example, if you like",
    ],
)
@pytest.mark.parametrize("sender", ["no-reply@saas.example", "site@desk.example.com", "x@forms.example.net"])
def test_the_visitor_stands_in_the_body_in_any_language(sender: str, body: str) -> None:
    visitor = seen(f"From: {sender}", body=body)
    assert visitor is not None
    assert visitor[0] == BERT


@pytest.mark.parametrize(
    "body",
    [
        "The left shoe is broken.",
        "Name: Bert\nMessage: The left shoe is broken.",
        f"Email: {BERT}\nRefer a friend: anna@anna.example.net\nMessage: hello",
        "Email: support@desk.example.com\nMessage: hello",
        f"hello\n-- \nEmail: {BERT}",
    ],
)
def test_a_visitor_who_cannot_be_told_is_nobody(body: str) -> None:
    assert seen("From: site@desk.example.com", body=body) == ("", True)
    assert seen("From: no-reply@desk.example.com", body=body) == ("", False)


def test_reply_to_counts_before_the_body_and_never_names_us() -> None:
    body = "Email: anna@anna.example.net\n\nHello"
    known = "From: site@desk.example.com"
    assert seen(known, f"Reply-To: {BERT}", body=body) == (BERT, True)
    assert seen(known, f"Reply-To: support+x@desk.example.com, {BERT}", body=body) == (BERT, True)
    assert seen(known, "Reply-To: support@desk.example.com", body=body) == ("anna@anna.example.net", True)
    assert seen(known, "Reply-To: postmaster@desk.example.com", body=body) == ("anna@anna.example.net", True)
    assert seen(known, "Reply-To: no-reply@saas.example", body=body) == ("anna@anna.example.net", True)


def test_a_head_in_the_body_that_names_the_reply_address_tells_a_form_by_any_sender() -> None:
    body = f"From: Bert Moor <{BERT}>\nDate: 4 May 2026\n\nThe left shoe is broken."
    assert seen("From: Ann <ann@agency.example>", f"Reply-To: {BERT}", body=body) == (BERT, False)


def test_a_signature_with_the_reply_address_makes_no_form() -> None:
    words = "Hello, my order 1042 has not come yet, can you please see where it is? Thank you!"
    body = f"{words}\n\nEmail: {{}}\nPhone: 1"
    assert seen("From: Ann <ann@agency.example>", f"Reply-To: {BERT}", body=body.format(BERT)) is None
    assert (
        seen("From: Bert <bert@work.example>", f"Reply-To: {BERT}", body=f"Email: {BERT}\nPhone: 1") is None
    )


def test_whom_the_mail_was_sent_to_is_no_visitor() -> None:
    body = f"From: Bert Moor <{BERT}>\nTo: shop@other.example\nSubject: x\n\nThe left shoe is broken."
    assert seen("From: no-reply@saas.example", "Cc: shop@other.example", body=body) == (BERT, False)


@pytest.mark.parametrize(
    "head",
    [
        ["From: Kim <kim@customer.example.com>"],
        ["From: Kim <kim@customer.example.com>", "Reply-To: kim@home.example"],
        ["From: Lee <lee@desk.example.com>", f"Reply-To: {BERT}"],
        ["From: Mia <mia@desk.example.com>", "Reply-To: support@desk.example.com"],
        ["From: Mia <mia@desk.example.com>"],
    ],
)
def test_people_are_no_forms(head: list[str]) -> None:
    assert (
        seen(*head, body="See below.\n\nFrom: Parcel Team <help@parcel.example.net>\nSent: May\n\nx") is None
    )


def test_a_form_from_a_persons_address_is_doubtful() -> None:
    def named(body: str, *head: str) -> str:
        raw = "\n".join(["From: kontakt@shop.example", "To: support@desk.example.com", *head, "", body])
        return filled_in(parse_mail(raw.encode()), OURS)

    form = f"Anrede: Herr\nName: Bert Moor\nE-Mail: {BERT}\nNachricht:\nDer Schuh ist kaputt."
    assert named(form) == BERT
    assert named(f"名前：ベルト\nメール：{BERT}\n内容：靴が壊れています。") == BERT
    assert named(form, "In-Reply-To: <1@desk.example.com>") == ""
    assert named(f"From: kontakt@shop.example\nTo: {BERT}\nWhat: a gift\nPlease ship it") == ""
    assert named(f"Hello,\nplease write to my husband.\nHis address: {BERT}\nThank you\nAnn") == ""
