"""Links, domains and mail addresses in a text, however they are dressed up."""

from __future__ import annotations

import re
from dataclasses import dataclass

from guardrails.facts.plain_text import holds_any

EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,256}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
SCHEME = re.compile(
    r"\b(?:hxxps?|https?|ftps?|file|javascript|data|vbscript|mailto|tel|sms|wss?"
    r"|intent):(?://)?[^\s<>\"'`]{1,2048}",
    re.IGNORECASE,
)
_TLD_WORDS = """
    com net org edu gov info biz name io dev app ai me tv cc co uk us ca au de at ch li eu fr it es nl
    be se dk no fi pl cz pt ie ru su cn jp in br tr ua gr hu ro xyz top online site shop store club live
    link click pro tk ml ga cf gq ly gl to sh ws id page cloud space website support help zone work
    world today icu vip win bid mobi example test invalid onion zip mov
"""
_TLDS = "|".join(_TLD_WORDS.split())
DOMAIN = re.compile(
    rf"(?<![\w@.-])(?:[\w-]{{1,63}}\.){{1,6}}(?:{_TLDS}|xn--[a-z0-9-]{{2,60}})(?![\w-]"
    rf"|\.\w)(?::\d{{1,5}})?(?:[/?#][^\s<>\"'`]{{0,2048}})?"
)
_SHOUTED = re.compile(r"(?<![\w@.-])(?:[A-Z0-9-]{1,63}\.){1,6}(?:COM|NET|ORG|DE|EU|IO|INFO|RU|CN)\b")
IP_ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])(?::\d{1,5})?(?:/[^\s<>\"'`]{0,2048})?")
MARKUP = re.compile(
    r"!\[[^\]]{0,500}\]\s{0,2}[(\[]|<\s{0,3}/?(?:img|script|iframe|object|embed|svg|video|audio|link"
    r"|form|input|style|meta|base)\b"
    r"|\bsrc\s{0,3}=|\bon(?:error|load|click)\s{0,3}=",
    re.IGNORECASE,
)
_DOT = re.compile(r" ?(?:\[\.\]|\(\.\)|\[dot\]|\(dot\)|\{\.\}| dot | punkt )(?= ?\w)", re.IGNORECASE)
_AT = re.compile(r" ?(?:\[at\]|\(at\)|\{at\}|\[@\]| at | ät )(?=[\w-]{1,63}\.[a-z])", re.IGNORECASE)
_SPACED_DOT = re.compile(rf"(?<=[\w-]) \. ?(?=(?:{_TLDS})\b)|(?<=[\w-])\. (?=(?:com|net|org)\b)")
_DOTS = ("[.]", "(.)", "{.}", "[dot]", "(dot)", " dot ", " punkt ")
_SPACED_DOTS = (" .", ". com", ". net", ". org")
_ATS = ("[at]", "(at)", "{at}", "[@]", " at ", " ät ")
_SCHEME_NAMES = "http https hxxp hxxps ftp ftps file javascript data vbscript mailto tel sms ws wss intent"
_SCHEMES = tuple(f"{name}:" for name in _SCHEME_NAMES.split())
_HOSTLIKE = re.compile(r"\.(?<=\w.)(?=[^\W\d])")
_DIGIT_HOST = re.compile(r"\.(?<=\d.)(?=\d{1,3}\.)")
_TRAILING = " .,;:!?)]}>»”’'\"*_"


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it is compared: lower-case host, and all that follows it."""

    host: str
    rest: str
    written: str


def undisguised(text: str) -> str:
    """Return the text with "dot" and "at" written as signs where they stand in an address."""
    lower = text.lower()
    text = _DOT.sub(".", text) if holds_any(lower, _DOTS) else text
    text = _SPACED_DOT.sub(".", text) if holds_any(lower, _SPACED_DOTS) else text
    return _AT.sub("@", text) if holds_any(lower, _ATS) else text


def emails(text: str) -> list[str]:
    """Return the mail addresses in a text, lower case."""
    return [found.lower().rstrip(".-") for found in EMAIL.findall(text)] if "@" in text else []


def links(text: str) -> list[Link]:
    """Return the links in a text that holds no mail address, with scheme and without."""
    found = [_link(each) for each in SCHEME.findall(text)] if holds_any(text.lower(), _SCHEMES) else []
    rest = SCHEME.sub(" ", text) if found else text
    for pattern in _host_patterns(rest):
        found += [_link(each) for each in pattern.findall(rest)]
    return found


def without_contacts(text: str) -> str:
    """Return the text without links and mail addresses."""
    text = EMAIL.sub(" ; ", text) if "@" in text else text
    text = SCHEME.sub(" ; ", text) if holds_any(text.lower(), _SCHEMES) else text
    for pattern in _host_patterns(text):
        text = pattern.sub(" ; ", text)
    return text


def _host_patterns(text: str) -> list[re.Pattern[str]]:
    """Return the patterns that can find a host in the text: most texts have none."""
    named = [DOMAIN, _SHOUTED] if _HOSTLIKE.search(text) else []
    return [*named, IP_ADDRESS] if _DIGIT_HOST.search(text) else named


def _link(written: str) -> Link:
    bare = written.rstrip(_TRAILING)
    scheme, _, after = bare.partition(":") if SCHEME.match(bare) else ("", "", bare)
    odd = scheme.lower() not in ("", "http", "https", "hxxp", "hxxps", "mailto", "tel")
    host, rest = _split(after.lstrip("/"))
    host = (
        host.lower().removeprefix("www.").partition("@")[2]
        if "@" in host
        else host.lower().removeprefix("www.")
    )
    return Link(f"{scheme.lower()}:{host}" if odd else host, rest.rstrip("/"), written[:80])


def _split(address: str) -> tuple[str, str]:
    at = next((at for at, sign in enumerate(address) if sign in "/?#"), len(address))
    return address[:at], address[at:]
