"""Private data of all kinds in a text: cards, accounts, identity numbers, passwords, one-time codes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from stdnum import iban, luhn
from stdnum.ch import ssn as swiss
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.us import ssn as american


class PrivateKind(StrEnum):
    """What a piece of private data is."""

    CARD = "card"
    IBAN = "iban"
    NATIONAL_ID = "national_id"
    PASSWORD = "password"
    CODE = "code"
    PHONE = "phone"
    EMAIL = "email"


@dataclass(frozen=True, kw_only=True, slots=True)
class PrivateSpan:
    """A piece of private data at `text[start:end]`."""

    kind: PrivateKind
    start: int
    end: int


_CARD = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w]|[.,]\d)")
_ISSUER = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})$|5[1-5]\d{14}$|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}$"
    r"|3[47]\d{13}$|6(?:011|4[4-9]\d|5\d\d)\d{12}$|3(?:0[0-5]|[689]\d)\d{11}$|35(?:2[89]|[3-8]\d)\d{12}$"
)
"""Visa, Mastercard, American Express, Discover, Diners Club, JCB."""
_OTHER_NUMBER = re.compile(
    r"(?:track|sendung|shipment|parcel|paket|referen[cz]|booking|buchung)[^\d\n]{0,20}$", re.IGNORECASE
)
"""Words before a number that is no card's, whatever its digits say."""


def find_cards(text: str) -> Iterator[PrivateSpan]:
    """Yield the card numbers in `text`, written together or in groups."""
    for match in _CARD.finditer(text):
        digits = "".join(character for character in match[0] if character.isdigit())
        named = _OTHER_NUMBER.search(text, max(0, match.start() - 32), match.start())
        if _ISSUER.match(digits) and luhn.is_valid(digits) and not named:
            yield PrivateSpan(kind=PrivateKind.CARD, start=match.start(), end=match.end())


_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}(?!\w)", re.IGNORECASE)


def find_ibans(text: str) -> Iterator[PrivateSpan]:
    """Yield the IBANs in `text`, written together or in groups."""
    for match in _IBAN.finditer(text):
        length = _iban_length(match[0])
        if length is not None:
            yield PrivateSpan(kind=PrivateKind.IBAN, start=match.start(), end=match.start() + length)


def _iban_length(written: str) -> int | None:
    """Return how many characters belong to the account: a word that follows in capitals does not."""
    ends = [place for place in range(len(written), 15, -1) if written[place - 1].isalnum()]
    # Only where a group ends can the number end.
    ends = [place for place in ends if place == len(written) or not written[place].isalnum()]
    for end in ends:
        if iban.is_valid(written[:end], check_country=False):
            return end
    return None


_IdCheck = Callable[[str], bool]

_TELLING_IDS: tuple[tuple[re.Pattern[str], _IdCheck], ...] = (
    (re.compile(r"\b756[. ]?\d{4}[. ]?\d{4}[. ]?\d{2}\b"), swiss.is_valid),
    (re.compile(r"\b[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]\b", re.IGNORECASE), codicefiscale.is_valid),
    (re.compile(r"\b[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b"), bool),  # a NINO has no check digit
    (re.compile(r"\b\d{8}-?[A-Z]\b", re.IGNORECASE), dni.is_valid),
    (re.compile(r"\b[XYZ]-?\d{7}-?[A-Z]\b", re.IGNORECASE), nie.is_valid),
    (re.compile(r"\b\d{3}-\d{2}-\d{4}\b"), american.is_valid),
    (re.compile(r"\b[12] ?\d{2} ?\d{2} ?\d{2} ?\d{3} ?\d{3} ?\d{2}\b"), nir.is_valid),
)
"""Written so that hardly anything else looks like them."""

_ID_DIGITS = re.compile(r"(?<![\w.])\d(?:[ -]?\d){7,10}(?!\w)")
_ID_CHECKS: tuple[_IdCheck, ...] = (idnr.is_valid, bsn.is_valid, pesel.is_valid, american.is_valid)
_ID_NAMED = re.compile(
    r"(?:steuer-?\s?(?:id|ident|nummer|identifikationsnummer)|sozialversicherung|social security|\bssn\b"
    r"|tax id|national (?:id|insurance)|personalausweis|\bbsn\b|burgerservice|pesel"
    r"|identity (?:card|number)|id card)"
    r"[^\d\n]{0,40}$",
    re.IGNORECASE,
)


def find_national_ids(text: str) -> Iterator[PrivateSpan]:
    """Yield the identity numbers in `text`."""
    for pattern, valid in _TELLING_IDS:
        for match in pattern.finditer(text):
            if valid(match[0]):
                yield PrivateSpan(kind=PrivateKind.NATIONAL_ID, start=match.start(), end=match.end())
    for match in _ID_DIGITS.finditer(text):
        named = _ID_NAMED.search(text, max(0, match.start() - 90), match.start())
        if named and any(valid(match[0]) for valid in _ID_CHECKS):
            yield PrivateSpan(kind=PrivateKind.NATIONAL_ID, start=match.start(), end=match.end())


_PASSWORD = re.compile(
    r"\b(?:password|passwort|kennwort|passcode|passphrase|passwd|pin)\b(?P<link>\s{0,3}[:=]\s{0,3}"
    r"|\s{1,3}(?:is|ist|lautet|was|war)\s{1,3}[:\"'„“]?)"
    r"(?P<secret>[^\s\"'“”„]{3,100})",
    re.IGNORECASE,
)
_TELLING_SIGN = re.compile(r"\d|[^\w\s.,!?;:…-]|[a-z][A-Z]")
"""A digit, a sign or a capital in the middle: what a word of a sentence does not have."""
_PUNCTUATION = ".,!?;:)…"


def find_passwords(text: str) -> Iterator[PrivateSpan]:
    """Yield the passwords in `text`: 'my password is wrong' holds none."""
    for match in _PASSWORD.finditer(text):
        secret = match["secret"].rstrip(_PUNCTUATION)
        if len(secret) > 2 and _TELLING_SIGN.search(secret):
            start = match.start("secret")
            yield PrivateSpan(kind=PrivateKind.PASSWORD, start=start, end=start + len(secret))


_CODE = re.compile(
    r"\b(?:otp|m?tan|passcode|(?:(?:one[- ]time|verification|security|confirmation|sms|login"
    r"|access|my|mein|the)[- ])code"
    r"|(?:bestätigungs|einmal|sicherheits|verifizierungs|zugangs|sms-?)code)\b[^\d\n]{0,24}"
    r"(?P<code>\d(?:[ -]?\d){3,7})(?![\d-]|[.,]\d)",
    re.IGNORECASE,
)


def find_codes(text: str) -> Iterator[PrivateSpan]:
    """Yield the one-time codes in `text`."""
    for match in _CODE.finditer(text):
        yield PrivateSpan(kind=PrivateKind.CODE, start=match.start("code"), end=match.end("code"))


FINDERS: Mapping[PrivateKind, Callable[[str], Iterable[PrivateSpan]]] = {
    PrivateKind.CARD: find_cards,
    PrivateKind.IBAN: find_ibans,
    PrivateKind.NATIONAL_ID: find_national_ids,
    PrivateKind.PASSWORD: find_passwords,
    PrivateKind.CODE: find_codes,
}
_WORTH_A_LOOK = re.compile(r"\d[ -]?\d|passw|passc|passp|kennw|\bpin\b", re.IGNORECASE)


def find(text: str, kinds: Iterable[PrivateKind] = FINDERS) -> list[PrivateSpan]:
    """Return the private data in `text`, in order; of two that overlap the longer one."""
    if not _WORTH_A_LOOK.search(text):
        return []
    found = [span for kind in kinds if kind in FINDERS for span in FINDERS[kind](text)]
    kept: list[PrivateSpan] = []
    for span in sorted(found, key=lambda each: (each.start, -each.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def replaced(text: str, spans: Iterable[PrivateSpan], stand_in: Callable[[PrivateKind, str], str]) -> str:
    """Return `text` with each piece replaced by what `stand_in` says for its kind and value."""
    parts: list[str] = []
    place = 0
    for span in spans:
        parts += [text[place : span.start], stand_in(span.kind, text[span.start : span.end])]
        place = span.end
    return "".join([*parts, text[place:]])
