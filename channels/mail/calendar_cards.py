"""Calendar entries (RFC 5545) and contact cards (RFC 6350), told in a few lines."""

from __future__ import annotations

import re

from channels.mail.mime.decoding import clean_line, clean_text

_LARGEST = 200_000  # characters
_FOLD = re.compile(r"\n[ \t]")
_LINE = re.compile(
    r"^([A-Za-z0-9.-]{1,60})((?:;[^:\n\"]{0,200}(?:\"[^\"\n]{0,200}\")?){0,10}):(.*)$", re.MULTILINE
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_LONGEST = {"DESCRIPTION": 1_000, "COMMENT": 4_000}  # characters; a comment is what somebody wrote
_MOMENT = re.compile(r"^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(?:\d\d)?(Z)?)?$")
_EVENT = (("SUMMARY", "Summary"), ("DTSTART", "Start"), ("DTEND", "End"), ("LOCATION", "Location"),
          ("ORGANIZER", "Organizer"), ("STATUS", "Status"), ("DESCRIPTION", "Description"),
          ("COMMENT", "Comment"))  # fmt: skip
_CARD = (("FN", "Name"), ("ORG", "Organization"), ("TITLE", "Title"), ("EMAIL", "E-mail"), ("TEL", "Phone"),
         ("URL", "Website"))  # fmt: skip

_Lines = list[tuple[str, str, str]]


def describe_calendar(text: str) -> str:
    """Method and first event of a calendar object; '' when there is none."""
    lines = _lines(text)
    if not any(name == "BEGIN" and value.upper() == "VCALENDAR" for name, _, value in lines):
        return ""
    method = next((value for name, _, value in lines if name == "METHOD"), "")
    told = [f"[Calendar: {clean_line(method, 30).lower() or 'event'}]"]
    told += _told(_first(lines, "VEVENT") or _first(lines, "VTODO"), _EVENT)
    return "\n".join(told)


def describe_card(text: str) -> str:
    """Name, organization and ways to reach the first contact of a vCard; '' when there is none."""
    card = _first(_lines(text), "VCARD")
    return "\n".join(["[Contact card]", *_told(card, _CARD)]) if card else ""


def _lines(text: str) -> _Lines:
    text = _FOLD.sub("", clean_text(text[:_LARGEST]))
    found = _LINE.findall(text)
    return [(name.rpartition(".")[2].upper(), parameters, value.strip()) for name, parameters, value in found]


def _first(lines: _Lines, component: str) -> _Lines:
    """The properties of the first such component, without those of components inside it."""
    found: _Lines = []
    depth = 0
    for name, parameters, value in lines:
        kind = value.upper()
        if name == "BEGIN" and (depth or kind == component):
            depth += 1
        elif name == "END" and depth:
            depth -= 1
            if depth == 0:
                return found
        elif depth == 1:
            found.append((name, parameters, value))
    return found


def _told(lines: _Lines, wanted: tuple[tuple[str, str], ...]) -> list[str]:
    told: list[str] = []
    for name, label in wanted:
        values = [_value(name, parameters, value) for found, parameters, value in lines if found == name]
        shown = [value for value in values[:3] if value]
        if shown:
            told.append(f"{label}: {', '.join(shown)}")
    return told


def _value(name: str, parameters: str, value: str) -> str:
    if name in {"DTSTART", "DTEND"}:
        return _moment(parameters, value)
    if name == "ORGANIZER":
        common = re.search(r'CN=(?:"([^"]{1,100})"|([^;:]{1,100}))', parameters, re.IGNORECASE)
        address = re.sub(r"(?i)^mailto:", "", value)
        return clean_line(f"{common[1] or common[2]} <{address}>" if common else address, 200)
    if name == "ORG":
        value = value.replace(";", " ")
    return clean_line(
        _ESCAPED.sub(lambda match: " " if match[1] in "nN" else match[1], value), _LONGEST.get(name, 300)
    )


def _moment(parameters: str, value: str) -> str:
    match = _MOMENT.match(value)
    if match is None:
        return clean_line(value, 40)
    zone = re.search(r'TZID="?([^";:]{1,60})', parameters, re.IGNORECASE)
    time = f" {match[4]}:{match[5]}" if match[4] else ""
    where = " UTC" if match[6] else f" ({zone[1]})" if zone else ""
    return f"{match[1]}-{match[2]}-{match[3]}{time}{where}"
