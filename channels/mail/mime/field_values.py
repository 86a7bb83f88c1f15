"""Header values as people and programs write them: parameters (RFC 2231), Message-IDs, dates, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import unquote_to_bytes

import idna

from channels.mail.mime.decoding import clean_line, decode_bytes
from channels.mail.mime.encodings import decode_words

_LARGEST = 16_384  # characters of one header
_PARAMETER = re.compile(
    r';\s*([^\s=;"]{1,60})\s*=\s*(?:"((?:[^"\\]|\\.){0,4000}+)(?:"|$)|([^;]{0,4000}))', re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PIECE = re.compile(r"^([^*]+)\*(\d{1,3})?(\*)?$")
_NO_SEMICOLON = re.compile(r"^(\s*[\w.+-]+/[\w.+-]+)[\s,]+(?=\w+=)")
_TYPE = re.compile(r"^[\w.+-]{1,60}/[\w.+-]{1,90}$", re.ASCII)


def read_parameters(value: str) -> tuple[str, dict[str, str]]:
    """The value before the first `;` in lower case, and its parameters by lower-case name."""
    value = _NO_SEMICOLON.sub(r"\1; ", value[:_LARGEST])
    head = value.partition(";")[0].strip().lower()
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for match in _PARAMETER.finditer(value):
        name = match[1].lower()
        text = _ESCAPED.sub(r"\1", match[2]) if match[2] is not None else match[3].strip().strip("'\"")
        piece = _PIECE.match(name)
        if piece is None:
            plain.setdefault(name, text)
        else:
            number, encoded = int(piece[2] or 0), piece[3] is not None or piece[2] is None
            pieces.setdefault(piece[1], {})[number] = (text, encoded)
    plain.update({name: _joined_pieces(parts) for name, parts in pieces.items()})
    return head, plain


def media_type(head: str) -> str:
    """`type/subtype`, or '' when `head` is no such thing."""
    compact = "".join(head.split())
    return compact if _TYPE.match(compact) else ""


def text_parameter(parameters: Mapping[str, str], name: str) -> str:
    """A parameter as text: encoded words inside are against the rules, and everywhere."""
    return clean_line(decode_words(parameters.get(name, "")))


def _joined_pieces(parts: Mapping[int, tuple[str, bool]]) -> str:
    """RFC 2231: pieces in order, charset'language' before the first when it is percent-encoded."""
    charset = None
    data = b""
    for number in sorted(parts):
        text, encoded = parts[number]
        if encoded and charset is None and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        raw = text.encode("utf-8", "surrogateescape")
        data += unquote_to_bytes(raw) if encoded else raw
    return decode_bytes(data, charset or "utf-8")[0]


MOST_IDS = 500
_LONGEST_ID = 998  # one line of a mail

_BRACKETED = re.compile(r"<([^<>]{1,1100})>")
_BARE = re.compile(r"[^\s<>,;()\"]{1,500}@[^\s<>,;()\"]{1,400}")


def read_ids(value: str) -> list[str]:
    """Every id in a References, In-Reply-To or Message-ID header, in order, each once.

    White space inside brackets is what broken folding left; it is removed. Of more than 500 ids the
    first and the last 499 stay: the beginning of the thread and what is being answered.
    """
    found = ["".join(match.split()) for match in _BRACKETED.findall(value)]
    if not found:
        found = _BARE.findall(value)
    ids = list(dict.fromkeys(f"<{text}>" for text in found if text and len(text) <= _LONGEST_ID))
    return ids if len(ids) <= MOST_IDS else [ids[0], *ids[-(MOST_IDS - 1) :]]


def read_message_id(values: list[str]) -> str | None:
    """The first usable id of these headers; one without @ is taken when nothing better is there."""
    for value in values:
        found = read_ids(value)
        if found:
            return found[0]
    bare = next((value.strip() for value in values if value.strip()), "")
    compact = "".join(bare.split()).strip("<>")
    return f"<{compact}>" if compact and len(compact) <= _LONGEST_ID and len(bare.split()) == 1 else None


_DATE_COMMENT = re.compile(r"\([^()]{0,60}\)")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_OFFSET = re.compile(r"([+-]\d{2}):?(\d{2})\b")
_DOTS = re.compile(r"(\d{1,2})\.(\d{2})\.(\d{2})(?=\s)")  # 21.43.05: hours with dots


def read_date(value: str) -> datetime | None:
    """The moment, in UTC, or None when `value` is no date between 1971 and 2199."""
    text = _DATE_COMMENT.sub(" ", value[:200]).strip()
    for read in (_standard, _standard_with_dots, _iso):
        try:
            moment = read(text)
            if moment is not None and 1971 <= moment.year < 2200:
                return moment
        except Exception:  # the standard library raises half a dozen kinds here
            continue
    return None


def _standard(text: str) -> datetime | None:
    return _utc(parsedate_to_datetime(text))


def _standard_with_dots(text: str) -> datetime | None:
    return _utc(parsedate_to_datetime(_DOTS.sub(r"\1:\2:\3", text)))


def _iso(text: str) -> datetime | None:
    if re.match(r"\d{4}-\d{2}-\d{2}T", text):
        try:
            return _utc(datetime.fromisoformat(text.split(maxsplit=1)[0]))
        except ValueError:
            pass  # nearly ISO: the pattern below takes it
    match = _ISO.search(text)
    if match is None:
        return None
    offset = _OFFSET.search(text, match.end())
    zone = f"{offset[1]}:{offset[2]}" if offset else "+00:00"
    day = f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}"
    time = f"{int(match[4] or 0):02}:{match[5] or '00'}:{match[6] or '00'}"
    return _utc(datetime.fromisoformat(f"{day}T{time}{zone}"))


def _utc(moment: datetime) -> datetime:
    """Without a zone (`-0000`), the sender meant UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


MOST_ADDRESSES = 500
_LONGEST_ADDRESS = 320  # RFC 5321: 64 + @ + 255

_TOKEN = re.compile(r'[^"()<>,;:\\\[\]]+|\\.|.', re.DOTALL)
_ADDRESS = re.compile(r"(?<![^\s<>()\",;:])[^\s@<>()\",;:]{1,250}@[^\s@<>()\",;]{1,253}+(?!@)")
_QUOTED_LOCAL = re.compile(r'"(?:[^"\\]|\\.){1,100}"@[^\s@<>()",;]{1,253}')
_SOURCE_ROUTE = re.compile(r"^@[^:]{0,500}:")
_DOMAIN = re.compile(r"^(?:\[[0-9A-Fa-f.:IPv]+\]|[^\s\[\]\\]+)$")


@dataclass(slots=True)
class _WrittenMailbox:
    """What stands between two commas, sorted by where it stood."""

    phrase: list[str] = field(default_factory=list)
    comment: list[str] = field(default_factory=list)
    angle: list[str] | None = None

    def routed(self) -> bool:
        """Inside <@relay,@relay:…>, where a comma does not end the mailbox."""
        angle = "".join(self.angle or ())
        return angle.lstrip().startswith("@") and ":" not in angle

    def words(self) -> list[str]:
        """Where the next word belongs."""
        return self.phrase if self.angle is None else self.angle


def read_addresses(value: str) -> list[tuple[str, str]]:
    """Name and address of every mailbox that has an address; at most 500."""
    found = _read_mailboxes(value)
    if not found and "=?" in value:
        found = _read_mailboxes(decode_words(value))  # the whole header inside an encoded word
    return found


def _read_mailboxes(value: str) -> list[tuple[str, str]]:
    quotes = value.count('"') % 2 == 0
    found: list[tuple[str, str]] = []
    for mailbox in _mailboxes(value, quotes=quotes):
        address = _address_of(mailbox)
        if address:
            found.append((_name_of(mailbox, address), address))
        if len(found) >= MOST_ADDRESSES:
            break
    return found


def normal_address(text: str) -> str:
    """Local part as it is, domain in lower-case ASCII; '' when this is no address."""
    text = _SOURCE_ROUTE.sub("", text.strip().strip("<>").strip())
    if text.lower().startswith("mailto:"):
        text = text[7:]
    if '"@' in text:
        text = text if text.startswith('"') else f'"{text}'
    match = _QUOTED_LOCAL.search(text) or _ADDRESS.search(text) or _ADDRESS.search("".join(text.split()))
    if match is None:
        return ""
    local, _, domain = match[0].rpartition("@")
    domain = _domain(domain)
    local = local.strip("'") if domain else ""
    address = f"{local}@{domain}"
    return address if local and len(address) <= _LONGEST_ADDRESS else ""


def _domain(domain: str) -> str:
    domain = domain.strip(".'`").lower()
    if not _DOMAIN.match(domain):
        return ""
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError, ValueError, IndexError):
        return domain


def _mailboxes(value: str, *, quotes: bool) -> Iterator[_WrittenMailbox]:
    """One pass over the tokens; depth of comments is counted, never recursed into."""
    box, quoted, depth = _WrittenMailbox(), False, 0
    for match in _TOKEN.finditer(value):
        token = match[0]
        if depth:
            depth += (token == "(") - (token == ")")
            box.comment.append(token if depth else " ")
        elif token == '"' and quotes:
            quoted = not quoted
            if box.angle is not None or value.startswith("@", match.end()):
                box.words().append(token)  # belongs to "a b"@example.com
        elif quoted:
            box.words().append(_unescaped(token))
        elif token == "(":
            depth = 1
        elif token in ",;" and not box.routed():
            yield box
            box = _WrittenMailbox()
        else:
            _take(box, token)
    yield box


def _take(box: _WrittenMailbox, token: str) -> None:
    """A token outside quotes and comments."""
    if token == "<":
        box.angle = []
    elif token == ":" and box.angle is None and "@" not in "".join(box.phrase[-3:]):
        box.phrase.clear()  # the name of a group, or mailto
    elif box.angle is not None and token != ">":
        box.angle.append(token)
    elif token not in {'"', ">"}:
        box.phrase.append(_unescaped(token))


def _unescaped(token: str) -> str:
    return token[1:] if len(token) == 2 and token[0] == "\\" else token


def _address_of(box: _WrittenMailbox) -> str:
    if box.angle is not None:
        found = normal_address("".join(box.angle))
        if found:
            return found
    return normal_address("".join(box.phrase)) or normal_address("".join(box.comment))


def _name_of(box: _WrittenMailbox, address: str) -> str:
    """The phrase, or the comment behind a bare address, without quotes around it."""
    name = clean_line(decode_words("".join(box.phrase).strip()), 200)
    if box.angle is None or not name:
        name = clean_line(decode_words("".join(box.comment).strip()), 200)
    if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1].strip()
    return "" if name in {"<>", address} and box.angle is None else name
