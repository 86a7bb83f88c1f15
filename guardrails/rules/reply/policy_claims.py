"""What a reply says of returns, refunds, warranty, shipping and so on must stand in a passage or result."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType

from guardrails.claims.clauses import Phrase, asks, denied
from guardrails.claims.grounding import contradicted
from guardrails.draft import Draft, ReplySentence
from guardrails.evidence import Evidence
from guardrails.facts.day_facts import Day
from guardrails.facts.figures import amounts, durations, percentages
from guardrails.facts.index import FactIndex
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "policy_claims"

_RETURN = (
    r"\breturn(?!s? to (?:you|the chat))|\bsend(?:ing)? (?:it|them|this|items?|goods)? ?back"
    r"|\bgive (?:it )?back|\btakes? (?:\w{1,12} ){0,3}back\b|rückgabe|retour|rücksend"
    r"|zurück(?:geb|schick|send|gegeben|geschickt)"
    r"|\bexchang|umtausch"
)
_TOPICS: Mapping[str, Phrase] = MappingProxyType(
    {
        "returns": Phrase(
            ("return", "back", "exchang", "rückgabe", "retour", "rücksend", "zurück", "umtausch"),
            re.compile(_RETURN),
        ),
        "refunds": Phrase(
            ("refund", "money back", "reimburs", "erstatt", "geld zurück", "rückzahlung", "gutschrift"),
            re.compile(r"\brefund|money back|reimburs|erstatt|geld zurück|rückzahlung|gutschrift"),
        ),
        "cancelling": Phrase(
            ("cancel", "storn", "widerruf", "withdraw"),
            re.compile(r"\bcancel|stornier|\bstorno|widerruf|\bwithdraw"),
        ),
        "the warranty": Phrase(
            ("warrant", "guarantee", "repair", "garantie", "gewährleist", "repar"),
            re.compile(r"warrant|\bguarantee|\brepair|garantie|gewährleist|reparatur|reparier"),
        ),
        "shipping": Phrase(
            (
                "ship",
                "deliver",
                "postage",
                "courier",
                "carrier",
                "express",
                "customs",
                "duty",
                "duties",
                "versand",
                "versend",
                "liefer",
                "zustell",
                "porto",
                "zoll",
                "arrive",
            ),
            re.compile(
                r"\bship|\bdeliver|\bpostage|\bcourier|\bcarrier|\bexpress|\bcustoms|\bdut(?:y|ies)\b"
                r"|versand|versend|\bliefer|zustell|\bporto|\bzoll|\barrive"
            ),
        ),
        "payment": Phrase(
            (
                "pay",
                "invoice",
                "charge",
                "fee",
                "vat",
                "gift",
                "voucher",
                "rechnung",
                "zahl",
                "gebühr",
                "gutschein",
                "geschenk",
            ),
            re.compile(
                r"\bpay(?:ment|ing)?\b|\binvoice|\bcharge|\bfees?\b|\bvat\b|\bgift card|\bvoucher"
                r"|rechnung|zahlung|\bzahlen|\bgebühr|gutschein|geschenkkarte"
            ),
        ),
        "opening hours": Phrase(
            ("open", "hours", "available", "öffn", "erreichbar"),
            re.compile(r"\bopen(?:ing)?\b|\bhours\b|\bavailable\b|geöffnet|öffnungszeit|erreichbar"),
        ),
        "answers": Phrase(
            (
                "answer",
                "repl",
                "respond",
                "back to you",
                "hear",
                "contact",
                "call",
                "touch",
                "look into",
                "resolve",
                "antwort",
                "meld",
                "rückruf",
                "bearbeit",
                "kümmer",
            ),
            re.compile(
                r"\b(?:answer|repl(?:y|ies)|respond|get back to you|hear from|contact you|call you"
                r"|be in touch|look into|resolve)|antwort|meld(?:en|et)|rückruf|bearbeit|kümmer"
            ),
        ),
        "data": Phrase(
            ("delete", "privacy", "gdpr", "lösch", "datenschutz", "dsgvo"),
            re.compile(r"\bdelete|\bprivacy|\bgdpr|lösch|datenschutz|dsgvo"),
        ),
    }
)
_COUNTRY = re.compile(
    r"\b(?:worldwide|weltweit|overseas|abroad|ausland|everywhere|überall|united states|america|amerika"
    r"|canada|kanada|mexico|mexiko|brazil|brasilien|japan|china|india|indien|australia|australien"
    r"|new zealand|neuseeland|turkey|türkei|russia|russland|ukraine|norway|norwegen|switzerland|schweiz"
    r"|austria|österreich|united kingdom|great britain|england|großbritannien|ireland|irland|france"
    r"|frankreich|spain|spanien|italy|italien|portugal|poland|polen|sweden|schweden|denmark|dänemark"
    r"|finland|finnland|netherlands|niederlande|belgium|belgien|greece|griechenland|czechia|tschechien"
    r"|hungary|ungarn|korea|singapore|singapur|africa|afrika|asia|asien|u\.?s\.?a)\b"
)
_NOT_CHARGED = re.compile(
    r"\b(?:never|don't|do not|won't|will not) charge\b|\b(?:berechnen|verlangen) (?:wir )?(?:nie|keine?n?)\b"
)
_MAY = Phrase(
    (
        "can",
        "may",
        "must",
        "have to",
        "need to",
        "allow",
        "accept",
        "offer",
        "cover",
        "könn",
        "dürf",
        "müss",
        "kann",
        "darf",
        "muss",
        "akzept",
        "biet",
    ),
    re.compile(
        r"\bcan (?:also )?be (?:returned|refunded|exchanged|cancell?ed|repaired|paid out)\b|\b(?:you"
        r"|customers?|items?|goods|products?|orders?|everything|anything|it|they|returns?"
        r"|we)(?: \w{1,12}){0,2} (?:can|may|must|have to|need to|can't|cannot|are allowed to|accept"
        r"|allow|offer|cover)\b(?! (?:help|look|see|tell|ask|find|answer|also help|assist))"
        r"|\b(?:sie|kunden|man|artikel|waren?|wir) (?:\w{1,14} )?(?:können|dürfen|müssen|kann|darf|muss"
        r"|akzeptieren|bieten)\b|\b(?:können|dürfen|müssen|kann|darf) (?:sie|kunden|man|der artikel"
        r"|die ware|wir)\b"
    ),
)
_STRONG_TOPICS = ("returns", "the warranty", "cancelling", "refunds")
_FREE = Phrase(
    (
        "free",
        "no c",
        "no f",
        "without",
        "kostenlos",
        "kostenfrei",
        "gratis",
        "umsonst",
        "gebührenfrei",
        "pay",
        "zahlen",
    ),
    re.compile(
        r"(?<!feel )(?<!toll-)(?<!toll )\bfree\b(?! to (?:ask|write|contact|call|reach|reply|get"
        r"|message))|\bno (?:charge|cost|fee)|\bwithout (?:charge|cost|fee)|\bkostenlos|\bkostenfrei"
        r"|\bgratis\b|\bumsonst\b|\bgebührenfrei|\bwe (?:always )?pay\b|\bzahlen (?:immer )?wir\b"
        r"|\bwir zahlen\b|\bversandkostenfrei"
    ),
)
_FREE_GIVEN = re.compile(
    r"\bfree\b|kostenlos|kostenfrei|gratis|no customs|we (?:always )?pay|zahlen (?:immer )?wir"
    r"|wir zahlen|without (?:charge|cost)|nothing is charged|kein(?:e)? (?:zoll|kosten|gebühr)"
    r"|rücksendung zahlen"
)
_RIGHT = Phrase(
    (
        "entitled",
        "right",
        "recht",
        "eligible",
        "qualif",
        "anspruch",
        "steht",
        "any time",
        "anytime",
        "whenever",
        "limit",
        "deadline",
        "lifetime",
        "jederzeit",
        "unb",
        "leben",
        "frist",
        "questions",
        "ever",
    ),
    re.compile(
        r"\bentitled\b|\b(?:have|has) (?:the|a) right\b|\byour right\b|\beligible\b|\bqualif(?:y|ies)\b"
        r"|\banspruch\b|\bdas recht\b|\bberechtigt\b|\bsteht ihnen zu\b|\bat any time\b|\banytime\b"
        r"|\bwhenever you\b|\bno (?:time )?limit\b|\bno deadline\b|\bunlimited\b|\blifetime\b"
        r"|\bjederzeit\b|\bunbegrenzt|\bunbefristet|\blebenslang|\bkeine frist|\bno questions asked\b"
        r"|\bforever\b|\bfor ever\b|\bohne frist"
    ),
)
_EXPERIENCE = re.compile(
    r"\b(?:sorry|apolog\w{1,8}|understand|wait(?:ed|ing)|you(?:'ve| have) been|frustrat\w{1,6}"
    r"|thank you for|leid|verstehe|gewartet|warten|entschuldig\w{1,5}|ärgerlich|danke)\b"
)
_PROMISE = re.compile(
    r"\b(?:can|may|will|within|entitled|guarantee\w{0,2}|innerhalb|können|dürfen|werden|bekommen"
    r"|erhalten|up to|bis zu)\b|'ll\b"
)
_FEE = re.compile(r"\b(?:cost|fee|charge|price|from|over|above|ab|kostet|kosten|gebühr|über)\w{0,4}\b")
_NEAR = 30  # characters behind a claim in which it may still be denied
_SMALL = re.compile(r"(?<![\w.,:])\d{1,2}(?![\w.,:]?\d)")


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block what is said of a policy and stands in no passage or result of this turn."""
    for sentence in draft.sentences:
        topics = [topic for topic, pattern in _TOPICS.items() if pattern.search(sentence.lower)]
        if not topics or asks(sentence.lower):
            continue
        for what, invents in _CLAIMS.items():
            if invents(sentence, topics, evidence):
                return block(
                    NAME,
                    f"The reply says {what} about {topics[0]}, which stands in no passage or result of this"
                    " turn. Say only what they say, or search for it.",
                )
    return ALLOWED


def _period_invented(sentence: ReplySentence, topics: list[str], evidence: Evidence) -> bool:
    spans = _spans(sentence, evidence)
    return any(not _period(each, evidence) and not _counted_down(each, evidence) for each in spans)


def _share_invented(sentence: ReplySentence, topics: list[str], evidence: Evidence) -> bool:
    shares = percentages(sentence.counted)
    return bool(shares) and not shares <= _shares(evidence)


def _free_invented(sentence: ReplySentence, topics: list[str], evidence: Evidence) -> bool:
    said = _asserts(_FREE, sentence.lower) or _NOT_CHARGED.search(sentence.lower) is not None
    return said and not _free(sentence, topics, evidence)


def _right_invented(sentence: ReplySentence, topics: list[str], evidence: Evidence) -> bool:
    # "write to us at any time" is no right
    return topics != ["answers"] and _asserts(_RIGHT, sentence.lower) and not _right(topics, evidence)


def _fee_invented(sentence: ReplySentence, topics: list[str], evidence: Evidence) -> bool:
    unknown = any(not _priced(amount.values, evidence) for amount in amounts(sentence.counted))
    return unknown and _FEE.search(sentence.lower) is not None


def _hour_invented(sentence: ReplySentence, topics: list[str], evidence: Evidence) -> bool:
    if topics[0] != "opening hours":
        return False
    return any(not _listed(number, evidence) for number in _SMALL.findall(sentence.counted))


def _permission_invented(sentence: ReplySentence, topics: list[str], evidence: Evidence) -> bool:
    strong = [topic for topic in topics if topic in _STRONG_TOPICS]
    if not strong or not _asserts(_MAY, sentence.lower):
        return False
    invented = not _spoken_of(strong, evidence) or contradicted(sentence, evidence)
    return invented and not evidence.quotes(sentence.text)


_CLAIMS: Mapping[str, Callable[[ReplySentence, list[str], Evidence], bool]] = MappingProxyType(
    {
        "a period or deadline": _period_invented,
        "a percentage": _share_invented,
        "that something is free": _free_invented,
        "that there is a right": _right_invented,
        "an amount": _fee_invented,
        "a time": _hour_invented,
        "what customers may do": _permission_invented,
    }
)


def _asserts(phrase: Phrase, lower: str) -> bool:
    found = phrase.search(lower)
    return found is not None and not denied(lower, found.start(), found.end() + _NEAR)


def _spans(sentence: ReplySentence, evidence: Evidence) -> frozenset[tuple[str, str]]:
    """Return the lengths of time a sentence rests on; one the customer went through is theirs to name."""
    spans = durations(sentence.counted)
    if spans and _EXPERIENCE.search(sentence.lower) and not _PROMISE.search(sentence.lower):
        return spans - evidence.words.durations
    return spans


def _period(period: tuple[str, str], evidence: Evidence) -> bool:
    if any(period in index.durations for index in evidence.proven):
        return True
    return any(period in index.durations for index in _indexes(evidence))


def _shares(evidence: Evidence) -> frozenset[str]:
    return evidence.keep(
        "shares", lambda: frozenset().union(*(each.percentages for each in _indexes(evidence)))
    )


def _indexes(evidence: Evidence) -> Iterator[FactIndex]:
    """Return the proven facts, and the same with numbers in digits."""
    for index in evidence.proven:
        yield index
        if index.worded is not None:
            yield index.worded


def _counted_down(period: tuple[str, str], evidence: Evidence) -> bool:
    """Say whether "in 3 days" means a date of the facts, or a count a result gives."""
    number, unit = period
    if unit != "d" or not number.isdecimal() or len(number) > 3:
        return False
    target = evidence.moment.date() + timedelta(days=int(number))
    day = Day(target.year, target.month, target.day)
    return any(index.has_day(day) for index in evidence.proven)


def _spoken_of_country(name: str, evidence: Evidence) -> bool:
    """Say whether a source names the country: what is free at home may cost abroad."""
    return any(name in index.lower for index in evidence.sources)


def _free(sentence: ReplySentence, topics: list[str], evidence: Evidence) -> bool:
    """Say whether a source says so of the topic; "free from 50 EUR" may not become "free"."""
    if any(not _spoken_of_country(name, evidence) for name in _COUNTRY.findall(sentence.lower)):
        return False
    found = frozenset().union(*(_kinds(topic, evidence) for topic in topics))
    return "always" in found or ("from" in found and any(amounts(sentence.counted)))


def _kinds(topic: str, evidence: Evidence) -> frozenset[str]:
    """Return how a topic's sources speak of what is free: always, or from an amount on."""

    def find() -> frozenset[str]:
        return frozenset(kind for index in _about(topic, evidence) for kind in _kinds_in(topic, index))

    return evidence.keep(f"free {topic}", find)


def _kinds_in(topic: str, index: FactIndex) -> Iterator[str]:
    """Look at sentences that name the topic, and at those of its page that name an amount.

    A page on privacy speaks of nothing else.
    """
    titled = _TOPICS[topic].search(index.lower.partition("\n")[0]) is not None
    for sentence in filter(_FREE_GIVEN.search, index.sentences):
        own = topic == "data" or _TOPICS[topic].search(sentence) is not None
        if any(amounts(sentence)) and (own or titled):
            yield "from"
        elif own:
            yield "always"


def _right(topics: list[str], evidence: Evidence) -> bool:
    return any(_RIGHT.search(index.lower) for topic in topics for index in _about(topic, evidence))


def _about(topic: str, evidence: Evidence) -> tuple[FactIndex, ...]:
    """Return the sources of this turn that speak of a topic."""
    found = (index for index in evidence.sources if _TOPICS[topic].search(index.lower))
    return evidence.keep(f"about {topic}", lambda: tuple(found))


def _priced(values: frozenset[str], evidence: Evidence) -> bool:
    return any(not values.isdisjoint(index.numbers) for index in evidence.proven)


def _listed(number: str, evidence: Evidence) -> bool:
    return any((number.lstrip("0") or "0") in index.numbers for index in evidence.proven)


def _spoken_of(topics: list[str], evidence: Evidence) -> bool:
    return any(_about(topic, evidence) or _spoken_before(topic, evidence) for topic in topics)


def _spoken_before(topic: str, evidence: Evidence) -> bool:
    found = (_TOPICS[topic].search(index.lower) is not None for index in evidence.proven)
    return evidence.keep(f"before {topic}", lambda: any(found))
