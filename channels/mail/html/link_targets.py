"""Addresses of links, as a reader can use them: wrappers taken off, trackers not spelled out."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from channels.mail.mime.decoding import clean_line

LONGEST = 200  # characters; longer ones are for machines

_TRACKER = re.compile(
    r"^(?:(?:www\.)?(?:click|clicks|trk|track|tracking|link|links|email|e|el|r|t|go|url\d*|ct|lnk)\.(?:[\w-]+\.)+\w+$|.*"
    r"(?:sendgrid\.net|mailchimp\.com|list-manage\.com|mandrillapp\.com|awstrack\.me|hubspotlinks\.com|"
    r"mailgun\.org|sparkpostmail\.com|exct\.net|mjt\.lu|rs6\.net|sendibm\d*\.com|klclick\d*\.com|cmail\d*\.com)$)"
)
_JUNK_PARAMETER = re.compile(
    r"^(?:utm_\w+|fbclid|gclid|mc_[ce]id|_hs\w+|mkt_tok|vero_\w+|oly_\w+|ref_src|igshid|si|trk\w*)$"
)
_PROOFPOINT = re.compile(r"/v3/__(.+?)__;")
_SCHEMES = {"http", "https", "mailto", "tel", "ftp"}


def readable(href: str, text: str) -> str:
    """What to show behind a link's text: '' when the text says it already or it is of no use."""
    url = _unwrapped(clean_line("".join(href.split()), 2_000))
    scheme, _, rest = url.partition(":")
    scheme = scheme.lower()
    if scheme not in _SCHEMES or not rest.strip("/"):
        return ""
    if scheme in {"mailto", "tel"}:
        target = unquote(rest.partition("?")[0])
        return "" if _bare(target) in _bare(text) else clean_line(target, 120)
    shown = _without_junk(url)
    if _bare(shown) == _bare(text) or (text and _bare(url) == _bare(text)):
        return ""
    return "" if len(shown) > LONGEST or _tracks(shown) else shown


def _bare(url: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?|[\s<>()]+|[/.]+$", "", url.strip().lower())


def _unwrapped(url: str) -> str:
    """The target inside Outlook's Safe Links, Google's redirects and Proofpoint's URL Defense."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        query = dict(parse_qsl(parts.query, max_num_fields=100))
    except ValueError:
        return url
    if host.endswith("safelinks.protection.outlook.com"):
        return query.get("url", url)
    if host in {"www.google.com", "google.com"} and parts.path == "/url":
        return query.get("q") or query.get("url") or url
    if host.endswith(("urldefense.com", "urldefense.proofpoint.com")):
        inner = _PROOFPOINT.search(url)
        return inner[1] if inner else url
    return url


def _without_junk(url: str) -> str:
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return url
    kept = [(name, value) for name, value in query if not _JUNK_PARAMETER.match(name.lower())]
    if len(kept) == len(query):
        return url
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(kept), parts.fragment))


def _tracks(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    longest = max((len(piece) for piece in re.split(r"[/?&=]", parts.path + "?" + parts.query)), default=0)
    return longest > 80 or (_TRACKER.match((parts.hostname or "").lower()) is not None and longest > 20)
