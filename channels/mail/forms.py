"""Mails that a web form wrote for its visitor: noticed, and told whose words they hold.

A form sends all its mails from one address. Who wrote the words stands in Reply-To, else in a labelled line
of the body ("Email: bert@…"), in any language. Nothing of it is proved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, pairwise

from channels.mail.mime.field_values import read_addresses
from channels.mail.own_addresses import OwnAddresses
from channels.mail.parsed import ParsedMail
from channels.mail.word_lists import words

_MOST_LINES = 80
_LABEL = re.compile(r"[\s>*•\-–|]*+(?P<label>[^:：|=@\n]{1,60}?)\s*[:：|=]\s*(?P<value>\S.*)")
_WORD = re.compile(r"[^\W_]+")
_TOP, _LABELLED = 5, 3  # of the first lines of a mail, so many labelled ones look like a form
_MOST_ABOVE = 15  # words
_MOST_WORDS = 5  # beside an address: a name, or a label
_PARTS = re.compile(r"[-_.+0-9]+")
# Local parts are names that programs' authors chose for programs: they are English in every country.
_NOBODY = re.compile(
    r"(?:^|.*[-_.+])(?:do[-_.]?)?(?:no|not|never|dont|keine?|nicht|ne[-_.]?pas|non|nao|niet|ikke|ej)[-_.]?"
    r"(?:re?pl(?:y|ies)|respon\w{1,6}|answer|antwort\w{0,3}|re?pondre|rispond\w{1,4}|beantwoorden|contest\w{1,4}|"
    r"svar\w{0,3})"
)
_PROGRAMS = frozenset(words("forms")["programs"])

FORM_MARKS = frozenset((
    "auto_submitted", "bulk", "junk", "list", "newsletter", "auto_response_suppress", "autoresponder",
    "null_sender", "mailer_daemon", "own_address",
))  # fmt: skip
"""Marks of automatic mail that say nothing of the visitor of a form which the settings name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WebForm:
    """A mail that a form wrote; `visitor` is '' where nobody can tell whose words it holds.

    `known` says that the settings name `sender`; otherwise the form was noticed by itself.
    """

    sender: str
    visitor: str
    known: bool


def read_form(mail: ParsedMail, *, addresses: OwnAddresses) -> WebForm | None:
    """Return the form behind a mail, None for the mail of a person."""
    sender = mail.from_address.lower()
    if not sender or sender in addresses.staff:
        return None
    told = [each.lower() for each in mail.reply_tos]
    told = [each for each in told if each != sender and _can_be_visitor(each, addresses)]
    if addresses.is_form(sender):
        return WebForm(
            sender=sender, visitor=_first(told) or named_in(mail.text, mail, addresses), known=True
        )
    visitor = _noticed(sender, told, mail, addresses)
    if not visitor and not is_nobody(sender):
        return None
    return WebForm(sender=sender, visitor=visitor, known=False)


def named_in(text: str, mail: ParsedMail, addresses: OwnAddresses) -> str:
    """Return the address that labelled lines of the body name; '' for none or several."""
    lines = list(islice(_lines(text), _MOST_LINES))
    others = {each.lower() for each in (mail.from_address, *mail.to, *mail.cc)}
    for pairs in (_one_line(lines), _two_lines(lines)):
        found = {each for each in pairs if _can_be_visitor(each, addresses)} - others
        away = {each for each in found if not addresses.is_home(each)} or found
        if away:
            return away.pop() if len(away) == 1 else ""
    return ""


def filled_in(mail: ParsedMail, addresses: OwnAddresses) -> str:
    """Return the other address that a mail names as forms do, in labelled lines at its top; '' for none.

    It may be a form's that writes from a person's address, or a person's about somebody else.
    """
    sender = mail.from_address.lower()
    if mail.in_reply_to or mail.references or sender in addresses.staff or sender in mail.text.lower():
        return ""
    top = list(islice(_lines(mail.text), _TOP))
    if sum(_LABEL.fullmatch(line) is not None for line in top) < _LABELLED:
        return ""
    named = named_in(mail.text, mail, addresses)
    same = named.partition("@")[0] == sender.partition("@")[0]
    return "" if same else named


def is_nobody(address: str) -> bool:
    """Say whether an address tells by its name that nobody reads what is sent there."""
    return _NOBODY.match(address.partition("@")[0].lower()) is not None


def _noticed(sender: str, told: list[str], mail: ParsedMail, addresses: OwnAddresses) -> str:
    program = is_nobody(sender) or _is_program(sender) or mail.scripted
    abroad = [each for each in told if each.rpartition("@")[2] != sender.rpartition("@")[2]]
    if program or addresses.is_own(sender):
        return _first(told if program else abroad) or named_in(mail.text, mail, addresses)
    # Somebody who has two addresses mostly has one name in both.
    abroad = [each for each in abroad if each.partition("@")[0] != sender.partition("@")[0]]
    if abroad and (addresses.is_home(sender) or _heads(abroad[0], mail, addresses)):
        return abroad[0]
    return ""


def _heads(address: str, mail: ParsedMail, addresses: OwnAddresses) -> bool:
    """Whether a labelled line names the address above the words; below them it would be a signature."""
    above, _, below = mail.text.partition(address)
    few = len(_WORD.findall(above[:2_000])) <= _MOST_ABOVE and _WORD.search(below) is not None
    return few and named_in(mail.text, mail, addresses) == address


def _is_program(address: str) -> bool:
    parts = [part for part in _PARTS.split(address.partition("@")[0].lower()) if part]
    return bool(_PROGRAMS.intersection(parts))


def _can_be_visitor(address: str, addresses: OwnAddresses) -> bool:
    return bool(address) and not addresses.is_own(address) and not is_nobody(address)


def _lines(text: str) -> Iterator[str]:
    for line in text[:40_000].split("\n"):
        if line.rstrip() == "--":  # the form's own signature
            return
        if line.strip():
            yield line.strip()[:400]


def _one_line(lines: list[str]) -> Iterator[str]:
    """`Email: bert@…`, `From: Bert Moor <bert@…>`, `Courriel | bert@…`."""
    for line in lines:
        found = _LABEL.fullmatch(line)
        if found is not None:
            yield from _lone_address(found["value"])


def _two_lines(lines: list[str]) -> Iterator[str]:
    """A label on a line of its own, and the address below it."""
    for label, value in pairwise(lines):
        if "@" not in label and len(label) <= 60 and len(_WORD.findall(label)) <= _MOST_WORDS:
            yield from _lone_address(value)


def _lone_address(value: str) -> Iterator[str]:
    """The address of a text that holds one, and besides it at most a name."""
    found = read_addresses(value[:500].replace("(mailto:", " (")) if "@" in value else []
    spelled = {address.lower() for _, address in found}
    if len(spelled) == 1:
        [address] = spelled
        rest = re.sub(re.escape(address), " ", value, flags=re.IGNORECASE)
        if len(_WORD.findall(rest)) <= _MOST_WORDS:
            yield address


def _first(addresses: list[str]) -> str:
    return next(iter(addresses), "")
