"""The mail inside a forwarded mail: attached, or pasted under a header block in any language."""

from __future__ import annotations

import re
from collections.abc import Sequence

from channels.mail.attachments import AttachmentCollector
from channels.mail.bodies import MailBodyReader
from channels.mail.mime.decoding import Notes, clean_line, tidy
from channels.mail.mime.field_values import read_addresses
from channels.mail.mime.parts import MimePart
from channels.mail.parsed import Forwarded
from channels.mail.word_lists import words

# Gmail, Thunderbird, Yahoo and others, between dashes.
_WORDS = words("forwarded")
_BETWEEN_DASHES, _BEGIN, _ORIGINAL, _FORWARD = (
    "|".join(_WORDS[each]) for each in ("between_dashes", "begins", "original", "subject")
)
# Apple Mail, on a line of its own.
MARKER = re.compile(
    rf"(?im)^[ \t>*]{{0,40}}(?:-{{2,80}}[ \t]*(?:{_BETWEEN_DASHES})[ \t]*:?[ \t]*-{{2,80}}|"
    rf"(?:{_BEGIN})[ \t]*[:：])"
    r"[ \t*]{0,40}$"
)
ORIGINAL = re.compile(
    rf"(?im)^[ \t>*]{{0,40}}(?:-{{2,80}}[ \t]*(?:{_ORIGINAL})[ \t]*-{{2,80}}|_{{10,80}})[ \t]{{0,40}}$"
)
SUBJECT = re.compile(rf"(?i)^\s*(?:(?:{_FORWARD})(?:\[\d+\])?\s*[:：]|\[fwd?:)")

FROM, DATE = frozenset(_WORDS["from"]), frozenset(_WORDS["date"])


_MOST_LINES = 30  # of a header block
_LABEL = re.compile(
    r"^[\s>]{0,40}[*_]{0,2}([^:：\n*<>@]{1,30}?)[*_]{0,2}[ \t\u00a0]?[:：][*_]{0,2}(?:\s+(.*)|)$"
)
_QUOTE = re.compile(r"^(?:> ?){1,20}")
_MAILTO = re.compile(r"(?i)[\[(<]?\s*mailto:\s*([^\s\])>]{1,320})\s*[\])>]*")
_PREFIX = re.compile(r"(?i)^(?:\s*[\w.\u0400-\u04ff\u3000-\u9fff\uac00-\ud7af]{1,8}(?:\[\d+\])?\s*[:：]\s*)+")


def is_forward(subject: str) -> bool:
    """Whether a subject begins as those of forwarded mails do."""
    return SUBJECT.match(subject) is not None


def attached_forward(subject: str, text: str, mails: Sequence[MimePart]) -> Forwarded | None:
    """The attached mail, when attaching it was the way of forwarding it."""
    if len(mails) != 1 or not mails[0].children:
        return None
    inner = mails[0].children[0]
    title = inner.headers.text("subject")
    same = bool(title) and _bare(title) == _bare(subject)
    if not (is_forward(subject) or same or not text.strip()):
        return None
    notes = Notes()
    found = read_addresses(inner.headers.get("from"))
    name, address = found[0] if found else ("", "")
    return Forwarded(
        from_address=address,
        from_name=name,
        date=inner.headers.text("date", 100) or None,
        text=MailBodyReader(AttachmentCollector(notes), notes).read(inner).text,
    )


def pasted_forward(subject: str, text: str) -> Forwarded | None:
    """The mail below a line such as "---- Forwarded message ----" or Outlook's header block."""
    marker = MARKER.search(text)
    if marker is not None:
        found = _block(text, marker.end())
        if found is not None:
            return found
    if not is_forward(subject):
        return None
    for marker in ORIGINAL.finditer(text):
        found = _block(text, marker.end())
        if found is not None:
            return found
    return _bare_block(text)


def _bare_block(text: str) -> Forwarded | None:
    """A header block without any line above it, as Outlook writes it."""
    at = 0
    for line in text.split("\n")[:2_000]:
        label = _label(line)
        if label is not None and label[0] in FROM:
            found = _block(text, at)
            if found is not None:
                return found
        at += len(line) + 1
    return None


def _block(text: str, at: int) -> Forwarded | None:
    """Fields from `at` on; None unless there are a sender and at least one more field."""
    sender = ""
    date: str | None = None
    fields = 0
    for line in text[at : at + 20_000].split("\n")[:_MOST_LINES]:
        label = _label(line)
        blank = not _QUOTE.sub("", line).strip()
        if (blank and fields) or (not blank and label is None and fields == 0):
            break
        if label is None and fields > 1 and not _goes_on(text[max(0, at - 3) : at], line):
            break
        at += len(line) + 1
        if label is None:
            continue
        fields += 1
        if label[0] in FROM and not sender:
            sender = label[1]
        elif label[0] in DATE and date is None:
            date = clean_line(label[1], 100) or None
        elif fields == 1 and "@" in label[1]:
            sender = label[1]  # a language we don't know: the sender comes first everywhere
    if fields < 2 or not sender:
        return None
    name, address = _person(sender)
    return Forwarded(from_address=address, from_name=name, date=date, text=_unquoted(text[at:]))


def _goes_on(before: str, line: str) -> bool:
    """Whether a line without a label belongs to the field above it, such as a long list of recipients."""
    return line.startswith((" ", "\t")) or before.rstrip().endswith((",", ";"))


def _label(line: str) -> tuple[str, str] | None:
    match = _LABEL.match(line[:1_000].rstrip())
    if match is None:
        return None
    return match[1].strip(" \t\u00a0*").lower(), (match[2] or "").strip(" \t*")


def _person(value: str) -> tuple[str, str]:
    found = read_addresses(_MAILTO.sub(r"<\1>", value))
    if found:
        name, address = found[0]
        return name if name != address else "", address
    return clean_line(value, 200).strip("\"'<>[] "), ""


def _unquoted(text: str) -> str:
    """Apple Mail quotes what it forwards; one level of that is taken off."""
    lines = text.strip("\n").split("\n")
    if all(line.startswith(">") for line in lines if line.strip()):
        lines = [line[1:].removeprefix(" ") for line in lines]
    return tidy("\n".join(lines))


def _bare(subject: str) -> str:
    return _PREFIX.sub("", subject).strip(" []()").lower()
