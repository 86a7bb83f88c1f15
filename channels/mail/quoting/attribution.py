"""Finds the line above a quote that says who wrote when: "On 3 May 2024 at 10:00, Anna <a@b.example> wrote:".

Mail programs wrap that line, so up to `MAX_WRAPPED` lines are read as one. Strong evidence (a verb or an
address at the end, with a date and a time or an address) stands alone; weak evidence only counts when
lines marked as quoted follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from channels.mail.quoting.body_lines import BodyLines, is_quote, unquoted
from channels.mail.word_lists import words

_WORDS = words("attribution")
_CUES, _VERBS = _WORDS["cues"], _WORDS["verbs"]
_PRONOUNS, _VERBS_BEFORE_NAME, _WEEKDAYS = (
    frozenset(_WORDS[name]) for name in ("pronouns", "verbs_before_name", "weekdays")
)

# 03.04.2023, 3/4/23, 2023-04-03, 2023年4月3日, 3 mars 2023, March 3, 2023, 3. maalisk. 2023
DATE = re.compile(
    r"\d{1,4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{1,4}"
    r"|\d{1,2}[./-][^\W\d_]{3,10}\.?[./-]\s?\d{2,4}"
    r"|\d{2,4}\s?[年년]\s?\d{1,2}\s?[月월]"
    r"|\d{1,2}(?:st|nd|rd|th|\.|er|º|-?(?:го|е))?,?\s(?:de\s|d['’]|of\s|tháng\s)?[^\W_]{1,14}\.?,?\s(?:de[l]?\s|tháng\s)?\d{2,4}"
    r"|[^\W\d_]{3,12}\.?\s\d{1,2}(?:st|nd|rd|th)?(?:,|\.)?\s\d{2,4}"
    r"|\d{4}\.?\s[^\W\d_]{3,12}\.?\s\d{1,2}"
)
TIME = re.compile(
    r"(?<!\d)\d{1,2}\s?[:.h時시点點]\s?\d{2}(?!\d)|\d\s?[時시点點]|\d\s?(?:am|pm)\b", re.IGNORECASE
)
ADDRESS = re.compile(r"[^\s<>()@\[\]\"',;:]{1,100}@[^\s<>()@\[\]\"',;:]{1,100}")
ENDS_IN_ADDRESS = re.compile(r"[<(\[]\s?(?:mailto:)?[^\s<>()@]{1,100}@[^\s<>()@]{1,100}[>)\]]{1,3}\s?:?\Z")
_FIRST_WORD = re.compile(r"[\W_]{0,6}([^\W\d_]{1,14})")


def opens_with_date(text: str) -> bool:
    """Whether a line begins with a digit or the name of a weekday."""
    stripped = text.lstrip("-*_<>[(\"' \u2010\u2011\u2012\u2013\u2014\u2015")
    if stripped[:1].isdigit():
        return True
    word = _FIRST_WORD.match(stripped)
    return word is not None and word[1].casefold() in _WEEKDAYS


def has_moment(text: str) -> bool:
    """Whether a line names a date together with a time of day."""
    return DATE.search(text) is not None and TIME.search(text) is not None


MAX_WRAPPED = 4
MAX_JOINED = 500
MAX_BEHIND_VERB = 130
_DASHES = "-*_ \u2010\u2011\u2012\u2013\u2014\u2015"
_UNSPACED = frozenset({"zh", "ja", "ko", "th"})


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", r"\s") for word in sorted(words, key=len, reverse=True))


def _verbs() -> re.Pattern[str]:
    spaced = {verb for language, verbs in _VERBS.items() if language not in _UNSPACED for verb in verbs}
    bare = {verb for language in _UNSPACED for verb in _VERBS[language]}
    # A lost line break may glue the address to the verb, so only letters before it forbid the match.
    return re.compile(rf"(?<![^\W\d_])(?:{_any_of(spaced)})(?![^\W\d_])|{_any_of(bare)}", re.IGNORECASE)


_VERB = _verbs()
_WORD = re.compile(r"[^\W\d_]+")
_FIRST_WORDS = frozenset(_WORD.findall(verb.casefold())[0] for verbs in _VERBS.values() for verb in verbs)
_BARE_VERBS = tuple(verb for language in _UNSPACED for verb in _VERBS[language])
_CUE = re.compile(
    rf"[\s\-*_>\u2010-\u2015]{{0,40}}(?:(?:{_any_of(cue for row in _CUES.values() for cue in row)})"
    r"(?=[\s\d.,:،])|[在于於בב]|เมื่อ)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_LABELLED = re.compile(r"[^\d:]{1,30}:\s")
_NUMBER = re.compile(r"\d+")
_BRACKETED = re.compile(r"<(?:mailto:)?[^\s<>()@]{1,100}@[^\s<>()@]{1,100}>")
_ANNOUNCED = re.compile(
    r"message du \d.{4,40}\Z"
    r"|(?:quoting|zitat von|citando|citat|citazione|citaat van|cytowanie|citát) .{0,100}@.{0,100}:\Z",
    re.IGNORECASE,
)
_ISO_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d{1,2}:\d\d GMT[+-]\d\d:?\d\d \S")
_ADDRESSED_WRITER = re.compile(
    r"(?:[^<>]{0,80}<(?:mailto:)?[^\s<>@]{1,100}@[^\s<>@]{1,100}>{1,2}|[^\s<>@]{1,100}@[^\s<>@]{1,100})\s[^<>@]{2,40}:\Z"
)
# "Yes, please. On Mon, May 6, 2024 at 10:00, Anna <a@b> wrote:" from a program that lost a line break.
_SHARED = re.compile(
    r"(?<=[\s-])(?:On|Am|Le|El|Il|Em|Op|Den)\s(?:[^\W\d_]{2,12}[.,]{0,2}\s){0,2}(?=\d.{8,400}:\Z)"
)
_COLON_BEHIND_ADDRESS = re.compile(r"@[^\s<>@]{1,100}>{0,2}(?:\s{1,2}[^\s:]{2,20}){0,3}\s?:(?=\s{1,4}\S|>)")
MAX_SHARED_TRIES = 3


def part_shared(lines: BodyLines) -> BodyLines:
    """The lines, with a break put back where the customer's words and an attribution share one line."""
    raw: list[str] = []
    cleaned: list[str] = []
    for index, text in enumerate(lines.text):
        parts = _shared(text) if _may_share(text) else ()
        raw += parts or (lines.raw[index],)
        cleaned += parts or (text,)
    return BodyLines(raw=raw + lines.raw[len(lines.text) :], text=cleaned)


def _shared(text: str) -> tuple[str, ...]:
    """The customer's words and the attribution behind them; nothing when the line has not both."""
    for found in islice(_SHARED.finditer(text), MAX_SHARED_TRIES):
        own = text[: found.start()].rstrip(" -")
        if own and not _opened(text) and _strength(text[found.start() :]) == 2:
            return own, text[len(own) :].strip()
    return ()


def _may_share(text: str) -> bool:
    return (
        text.endswith(":") and len(text) <= MAX_JOINED and not is_quote(text) and _last_verb(text) is not None
    )


def behind_arrows(lines: BodyLines, index: int) -> int:
    """How many lines say who wrote when, as GroupWise does: ">>> Anna 3.5.2024 10:00 >>>"; 0 for none.

    Newer ones end in a colon, in the line below where they are long: ">>> Anna wrote on … in", "… <1@c>:".
    """
    text = lines.text[index]
    if text[:3] != ">>>" or text[3:4] == ">" or len(text) > MAX_JOINED or not has_moment(text):
        return 0
    if text.endswith(">>>"):
        return 1
    if index and is_quote(lines.text[index - 1]):
        return 0  # deep in a quote of marked lines
    below = lines.text[index + 1] if index + 1 < len(lines.text) else ""
    if below.endswith(":") and len(below) <= MAX_BEHIND_VERB and not is_quote(below):
        return 2 if ADDRESS.search(f"{text} {below}") is not None else 0
    return int(text.endswith(":"))


def _opened(core: str) -> bool:
    return _CUE.match(core) is not None or opens_with_date(core)


def attribution_at(lines: BodyLines, index: int) -> int:
    """How many lines, from `index` on, are one attribution; 0 when there is none."""
    first = lines.text[index]
    if _runs_on(first):
        return 1
    if not _may_open(first):
        return 0
    joined, position = "", index
    for _ in range(MAX_WRAPPED):
        joined = f"{joined} {_part(lines.text[position], first=position == index)}".strip()
        if len(joined) > MAX_JOINED:
            return 0
        strength = _strength(joined) or _unknown_strength(joined, lines.text[position], position - index)
        if strength == 2 or (strength == 1 and _quote_follows(lines, position + 1)):
            return position + 1 - index
        position = _next_part(lines, position, first)
        if position < 0:
            return 0
    return 0


def _runs_on(text: str) -> bool:
    """Whether the quoted text stands on the attribution's own line: "On …, Anna <a@b> wrote: Hello"."""
    head = text[:MAX_JOINED]
    found = _COLON_BEHIND_ADDRESS.search(head)
    if found is None or found.end() == len(text):
        return False
    start = head[: found.end()]
    return ADDRESS.search(start) is not None and _opened(start) and _strength(start) == 2


def _may_open(text: str) -> bool:
    if len(text) > MAX_JOINED or text[-1:] in "?!":
        return False
    head = text[:90]
    if any(character.isdigit() for character in head) or opens_with_date(head):
        if _CUE.match(text) is not None or opens_with_date(head) or _names_writer(text):
            return True
        return has_moment(head) and _LABELLED.match(head) is None
    return _names_writer(text) or (len(text) < 40 and text[-1:] == "," and _CUE.match(text) is not None)


def _names_writer(text: str) -> bool:
    return "@" in text or "<" in text or _last_verb(text) is not None


def _part(text: str, *, first: bool) -> str:
    return text if first else unquoted(text)


def _next_part(lines: BodyLines, position: int, first: str) -> int:
    """The line an attribution may go on in, or -1: no paragraph break, no new attribution, no long quote."""
    following = position + 1
    if following < len(lines.text) and not lines.text[following]:
        # Some programs leave a blank line inside; only an unmistakable opening reaches over it.
        if not (DATE.search(first) and TIME.search(first) and _CUE.match(first)):
            return -1
        following += 1
    if following >= len(lines.text) or not lines.text[following]:
        return -1
    text = lines.text[following]
    if is_quote(text) and not _is_verb(text):
        return -1
    if _CUE.match(text) is not None and DATE.search(text[:80]) is not None:
        return -1
    return following


def _strength(joined: str) -> int:
    """2: certainly an attribution; 1: one if a marked quote follows; 0: none."""
    text = joined.rstrip()
    core = text.strip(_DASHES)
    if not core:
        return 0
    dashed = text.endswith(("--", "\u2014", "\u2010\u2010"))
    if _ANNOUNCED.match(core) is not None:
        return 1
    if ENDS_IN_ADDRESS.search(core) is not None and _dated_opening(core):
        return 2 if core.endswith(":") or (opens_with_date(core) and core[:4].isdigit()) else 1
    if _ISO_MOMENT.match(core) is not None and len(core) < 80:
        return 2
    verb = _last_verb(core)
    if verb is None or not _well_ended(core, verb, dashed=dashed):
        return 0
    return _weigh(core, verb, dashed=dashed)


def _unknown_strength(joined: str, last: str, lines_above: int) -> int:
    """As `_strength`, in any language: who and when; one whose last line is all of it has none above."""
    core = joined.strip(_DASHES)
    if not tells_who_and_when(core) or (lines_above and tells_who_and_when(last)):
        return 0
    writer = _BRACKETED.search(core)
    dated = DATE.search(core) is not None or _YEAR.search(core) is not None
    return 2 if writer is not None and dated and TIME.search(core) is not None else 1


def announces_quote(text: str) -> bool:
    """Whether a line may be an attribution that nothing proves."""
    return (
        _last_verb(text) is not None
        or ADDRESS.search(text) is not None
        or DATE.search(text) is not None
        or TIME.search(text) is not None
    )


def tells_who_and_when(core: str) -> bool:
    """Whether a line in any language names an address and a moment and ends in a colon."""
    if not core.endswith(":") or ADDRESS.search(core) is None:
        return False
    rest = ADDRESS.sub(" ", core)
    if DATE.search(rest) is not None or TIME.search(rest) is not None:
        return True
    return _YEAR.search(rest) is not None and len(_NUMBER.findall(rest)) > 1


def _dated_opening(core: str) -> bool:
    return DATE.search(core[:80]) is not None and (opens_with_date(core) or _CUE.match(core) is not None)


def _last_verb(text: str) -> re.Match[str] | None:
    """The last verb of writing, near the end of a line; cheap for lines that have none."""
    start = max(0, len(text) - MAX_BEHIND_VERB - 40)
    tail = text[start:].casefold()
    bare = not tail.isascii() and any(verb in tail for verb in _BARE_VERBS)
    if not bare and _FIRST_WORDS.isdisjoint(_WORD.findall(tail)):
        return None
    last = None
    for last in _VERB.finditer(text, start):  # noqa: B007
        pass
    return last


def _well_ended(core: str, verb: re.Match[str], *, dashed: bool) -> bool:
    behind = core[verb.end() :].strip(" :\u00ab\u00bb\"'()")
    if core.endswith(":") or dashed:
        return len(behind) <= MAX_BEHIND_VERB and ". " not in behind[:-1].replace(". ", "", 3)
    return not behind


def _weigh(core: str, verb: re.Match[str], *, dashed: bool) -> int:
    dated, timed = DATE.search(core) is not None, TIME.search(core) is not None
    addressed = ADDRESS.search(core) is not None
    opened = _opened(core)
    ended = core.endswith(":") or dashed or verb.end() == len(core)
    if not ended or not _fitting_behind(core, verb):
        return 0
    if dated and (timed or addressed) and (opened or core.endswith(":")):
        return 2
    if (
        opened
        and dated
        and core.endswith(":")
        and _YEAR.search(core) is not None
        and not _by_pronoun(core, verb)
    ):
        return 2
    if _ADDRESSED_WRITER.match(core) is not None or (dashed and verb.end() == len(core)):
        return 2
    return 1 if opened or dated or addressed or (len(core) < 80 and _named(core, verb)) else 0


def _named(core: str, verb: re.Match[str]) -> bool:
    """Whether what stands before the verb may be a name: "Anna Berg wrote:", not "The message says:"."""
    words = _WORD.findall(core[: verb.start()])
    return len(words) < 2 or not any(len(word) > 3 and word[0].islower() for word in words)


def _fitting_behind(core: str, verb: re.Match[str]) -> bool:
    """Whether the verb ends it, but for a name where the language puts it there, a date or an address."""
    behind = core[verb.end() :]
    if len(behind.strip(" :")) <= 2 or verb[0].casefold() in _VERBS_BEFORE_NAME:
        return True
    return ADDRESS.search(behind) is not None or DATE.search(behind) is not None


def _by_pronoun(core: str, verb: re.Match[str]) -> bool:
    before = core[: verb.start()].split()
    after = core[verb.end() :].strip(" :").split()
    return (before or [""])[-1].casefold() in _PRONOUNS or (after or [""])[0].casefold() in _PRONOUNS


def _is_verb(text: str) -> bool:
    """Whether a line seems quoted only because the closing bracket of an address was wrapped onto it."""
    return len(text) <= 30 and text.endswith(":") and _last_verb(text) is not None


def _quote_follows(lines: BodyLines, start: int) -> bool:
    index = lines.next_filled(start)
    return index < len(lines.text) and is_quote(lines.text[index]) and not _is_verb(lines.text[index])
