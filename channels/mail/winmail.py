"""winmail.dat, which Outlook makes of mails to the outside: its text and files (MS-OXTNEF).

A reader of our own: the known library loops four thousand million times where a damaged stream says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from channels.mail.mime.decoding import decode_bytes

SIGNATURE = b"\x78\x9f\x3e\x22"
MOST_OBJECTS = 5_000
MOST_PROPERTIES = 2_000  # of one object
MOST_FILES = 50
DEEPEST = 3  # mails in mails

_BODY, _PROPERTIES, _CODEPAGE = 0x800C, 0x9003, 0x9007  # of the message
_NEXT_FILE, _TITLE, _DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005  # of an attachment
_TEXT, _HTML, _INTERNET_CODEPAGE = 0x1000, 0x1013, 0x3FDE  # MS-OXPROPS
_LONG_NAME, _SHORT_NAME, _DISPLAY_NAME, _CONTENT = 0x3707, 0x3704, 0x3001, 0x3701
_FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0xA: 4, 0xB: 4, 0x14: 8, 0x40: 8, 0x48: 16}  # bytes by type
_UNICODE, _NAMED, _MULTIPLE = 0x1F, 0x8000, 0x1000
_EMBEDDED = bytes.fromhex("0703020000000000c000000000000046")  # IID_IMessage

_Properties = Mapping[int, tuple[int, bytes]]


@dataclass(slots=True)
class WinmailFile:
    """One file inside."""

    name: str = ""
    data: bytes = b""


@dataclass(slots=True)
class Winmail:
    """What was inside, or the problem why nothing could be read."""

    codepage: str = "cp1252"
    text: str = ""
    html: str = ""
    files: list[WinmailFile] = field(default_factory=list)
    problem: str | None = None


def open_winmail(data: bytes) -> Winmail:
    """The body and files of a TNEF stream; never raises, linear time."""
    if not data.startswith(SIGNATURE):
        return Winmail(problem="winmail.dat is damaged and could not be opened.")
    winmail = _read(data, 0)
    winmail.files = [file for file in winmail.files if file.data]
    if not (winmail.files or winmail.text or winmail.html):
        winmail.problem = "Nothing readable was found in winmail.dat."
    return winmail


def _read(data: bytes, depth: int) -> Winmail:
    message = Winmail()
    for level, name, content in _objects(data):
        if level == 1:
            _of_message(message, name, content)
        elif name == _NEXT_FILE:
            if len(message.files) >= MOST_FILES:
                break
            message.files.append(WinmailFile())
        elif message.files:
            _of_file(message, name, content, depth)
    return message


def _objects(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Level, name and content of each object; a cut one is given as far as it goes."""
    at = 6
    for _ in range(MOST_OBJECTS):
        if at + 9 > len(data):
            return
        length = _number(data, at + 5, 4)
        yield data[at], _number(data, at + 1, 2), data[at + 9 : at + 9 + length]
        at += 11 + length  # a checksum follows


def _of_message(message: Winmail, name: int, content: bytes) -> None:
    if name == _CODEPAGE:
        message.codepage = _charset(_number(content, 0, 4))
    elif name == _BODY:
        message.text = _string(0, content, message.codepage)
    elif name == _PROPERTIES:
        found = _properties(content)
        page = _number(found[_INTERNET_CODEPAGE][1], 0, 4) if _INTERNET_CODEPAGE in found else 0
        charset = _charset(page) if page else message.codepage
        message.text = _named(found, charset, _TEXT) or message.text
        message.html = _named(found, charset, _HTML) or message.html


def _of_file(message: Winmail, name: int, content: bytes, depth: int) -> None:
    file = message.files[-1]
    if name == _TITLE:
        file.name = file.name or _string(0, content, message.codepage)
    elif name == _DATA:
        file.data = content
    elif name == _FILE_PROPERTIES:
        found = _properties(content)
        file.name = _named(found, message.codepage, _LONG_NAME, _SHORT_NAME, _DISPLAY_NAME) or file.name
        inner = found.get(_CONTENT, (0, b""))[1]
        if inner.startswith(_EMBEDDED) and depth < DEEPEST:
            nested = _read(inner[len(_EMBEDDED) :], depth + 1)
            file.name, file.data = f"{file.name or 'message'}.txt", nested.text.encode("utf-8", "replace")
            message.files += nested.files[: MOST_FILES - len(message.files)]
        elif inner:
            file.data = inner


def _properties(data: bytes) -> _Properties:
    """Type and first value of each MAPI property, by its id, as far as the data can be followed."""
    found: dict[int, tuple[int, bytes]] = {}
    at = 4
    for _ in range(min(_number(data, 0, 4), MOST_PROPERTIES)):
        if at + 4 > len(data):
            break
        kind, name = _number(data, at, 2), _number(data, at + 2, 2)
        at = _after_name(data, at + 4) if name >= _NAMED else at + 4
        many, kind = bool(kind & _MULTIPLE), kind & ~_MULTIPLE
        count = 1
        if many or kind not in _FIXED:
            count, at = _number(data, at, 4), at + 4
        if count > MOST_PROPERTIES:
            return found
        for number in range(count):
            length, at = (_FIXED[kind], at) if kind in _FIXED else (_number(data, at, 4), at + 4)
            if at >= len(data):
                return found
            if number == 0:
                found.setdefault(name, (kind, data[at : at + length]))
            at += length + (-length % 4)
    return found


def _after_name(data: bytes, at: int) -> int:
    """Properties with names carry a GUID and a number or a string before their value."""
    kind, number = _number(data, at + 16, 4), _number(data, at + 20, 4)
    return at + 24 if kind == 0 else at + 24 + number + (-number % 4)


def _named(found: _Properties, charset: str, *names: int) -> str:
    texts = (_string(*found[name], charset) for name in names if name in found)
    return next((text for text in texts if text), "")


def _string(kind: int, data: bytes, charset: str) -> str:
    text = data.decode("utf-16-le", "replace") if kind == _UNICODE else decode_bytes(data, charset)[0]
    return text.rstrip("\0")


def _charset(codepage: int) -> str:
    return {65001: "utf-8", 20127: "ascii", 28591: "latin-1", 0: "cp1252"}.get(codepage, f"cp{codepage}")


def _number(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")
