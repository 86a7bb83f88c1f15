"""A reply must not say, or promise, that something is done which is not done."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from guardrails.claims.clauses import asks, conditional, denied
from guardrails.claims.grounding import grounded
from guardrails.draft import Draft, ReplySentence
from guardrails.evidence import Evidence
from guardrails.facts.figures import amounts, percentages
from guardrails.facts.index import FactIndex
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "action_claims"

_I_DID = (
    r"\b(?:i|we)(?:'ve| have| had)?(?: (?:just|now|already|also|successfully|personally|gladly|therefore"
    r"|hereby)){0,2} "
)
_I_WILL = (
    r"\b(?:i|we)(?:'ll| will| shall|'m going to| am going to| are going to|'re going to| promise to| can now)"
    r"(?: (?:just|now|also|gladly|happily|immediately|then|certainly|of course|personally|definitely"
    r"|go ahead and)){0,2} "
)
_IS_DONE = (
    r"\b(?:has been|have been|was|were|is being|is|are|will be|got|gets|'s been|'s)(?: (?:now|just"
    r"|already|also|successfully|fully|hereby|going to be"
    r"|being|all|immediately|automatically)){0,2} "
)
_WIRD = r"\b(?:habe|haben|hat|wurde|wurden|wird|werden|werde|ist|sind|worden)\b"
_MONEY = (
    r"(?:money|amount|payment|sum|total|price|refund|€|\$|£|eur\b|usd\b|gbp\b|chf\b|euros?\b|dollars?\b"
    r"|\d[\d.,]*)"
)
_GELD = (
    r"(?:geld|betrag|summe|kaufpreis|preis|zahlung|gutschrift|erstattung|rückzahlung|€|eur\b|euro\b"
    r"|\d[\d.,]*)"
)
_BACK = (
    r"(?:erstattet|rückerstattet|zurückerstattet|gutgeschrieben|überwiesen|zurücküberwiesen"
    r"|zurückgezahlt|ausgezahlt|zurückgebucht)"
)

_NEVER = re.compile(r"(?!)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """How an effect is spoken of: `stems` tell at once that it is not, `done` says it, `promised` promises
    it, `moved` says it where the sentence is about money."""

    stems: tuple[str, ...]
    done: re.Pattern[str]
    promised: re.Pattern[str]
    moved: re.Pattern[str] = _NEVER


_MOVED = re.compile(
    rf"{_IS_DONE}(?:returned to you|transferred|sent back|on (?:its|the) way|back (?:in|on) your)\b"
)
_PAID = re.compile(rf"\b{_MONEY}")

CLAIMS: Mapping[str, Claim] = MappingProxyType(
    {
        "refund_order": Claim(
            stems=(
                "refund",
                "reimburs",
                "credit",
                "back",
                "money",
                "paid",
                "transfer",
                "erstatt",
                "gutschr",
                "gutgeschr",
                "zurück",
                "überw",
                "geld",
                "auszahl",
                "ausgezahlt",
                "rückzahl",
                "payment",
                "€",
                "eur",
                "usd",
                "pay",
            ),
            done=re.compile(
                rf"{_I_DID}(?:refunded|reimbursed|credited)\b"
                rf"|{_I_DID}(?:issued|processed|initiated|triggered|made|sent|approved|completed"
                rf"|authori[sz]ed|arranged|granted)\b.{{0,60}}\b(?:refund|money|reimbursement|credit"
                rf"|payment)"
                rf"|{_I_DID}(?:returned|transferred|paid|sent|wired)\b.{{0,60}}{_MONEY}"
                rf"|\brefund.{{0,70}}{_IS_DONE}(?:issued|processed|sent|approved|made|completed?|done"
                rf"|initiated|paid|on (?:its|the) way|confirmed|granted|booked|transferred|credited"
                rf"|executed|through|guaranteed|authori[sz]ed|arranged|underway)\b"
                rf"|{_IS_DONE}(?:refunded|reimbursed|paid (?:back|out)|credited)\b"
                rf"|\byou(?:'ve| have)?(?: been| were| are)(?: \w{{1,12}})? (?:refunded|reimbursed"
                rf"|credited)\b"
                rf"|\b(?:refund|reimbursement)(?: of .{{1,40}})?(?: is)? (?:approved|confirmed|granted"
                rf"|done|complete|on (?:its|the) way)\b|^refunded\b"
                rf"|{_WIRD}.{{0,90}}\b{_BACK}\b|^(?:erstattung|rückerstattung"
                rf"|rückzahlung).{{0,40}} (?:erledigt|genehmigt|veranlasst)\b"
                rf"|\b(?:rück)?(?:erstattung|zahlung|gutschrift|überweisung"
                rf"|buchung)\b.{{0,70}}{_WIRD}(?: \w{{1,14}}){{0,3}} (?:erfolgt|veranlasst|ausgelöst"
                rf"|genehmigt|durchgeführt|abgeschlossen|eingeleitet|angewiesen|unterwegs|erledigt"
                rf"|bestätigt|bearbeitet|raus)\b"
                rf"|{_WIRD}.{{0,40}}\b(?:erstattung|rückzahlung|gutschrift)\b.{{0,40}}(?:veranlasst"
                rf"|ausgelöst|genehmigt|durchgeführt|abgeschlossen|eingeleitet|angewiesen|bestätigt)\b"
            ),
            moved=_MOVED,
            promised=re.compile(
                rf"{_I_WILL}(?:refund|reimburse|credit)\b|{_I_WILL}(?:issue|pay|transfer|give|return"
                rf"|send|process|arrange|make|get|grant|approve|wire)\b.{{0,70}}(?:refund|reimbursement"
                rf"|money|back\b|{_MONEY})"
                rf"|\byou(?:'ll| will| shall| are going to| can expect to"
                rf"| should)?(?: \w{{1,12}}){{0,2}} (?:get|receive|have|see|be (?:refunded|reimbursed"
                rf"|paid|credited))\b.{{0,70}}(?:\bback\b|refund|reimburse|money|credited|compensation)"
                rf"|\byou(?:'ll| will)(?: \w{{1,12}}){{0,2}} (?:be|get) (?:refunded|reimbursed|credited"
                rf"|repaid|paid back)\b|\byou(?:'ll| will)(?: \w{{1,12}})? (?:get"
                rf"|receive) (?:\w{{1,12}} )?{_MONEY}"
                rf"|\bwe(?: \w{{1,12}})? (?:refund|reimburse)\b|\b(?:expect|a full) refund (?:of|within"
                rf"|in|by|tomorrow|today)\b|\byour (?:money|refund) (?:is|will be) (?:on (?:its|the) way"
                rf"|coming|guaranteed|with you|in your|back)\b"
                rf"|\b(?:will|'ll)(?: \w{{1,12}}){{0,2}} (?:refund|reimburse|pay) you\b|\bwe owe you\b"
                rf"|{_MONEY}.{{0,20}}\b(?:is|are) yours\b|\bconsider it (?:done|refunded|paid)\b"
                rf"|\b(?:sie|du) (?:bekommen|erhalten|bekommst|erhältst|kriegen|kriegst|werden"
                rf"|wirst).{{0,80}}(?:\bzurück|erstatte?t|erstattung|gutschrift|gutgeschrieben"
                rf"|entschädigung)"
                rf"|\b(?:ich|wir)(?: \w{{1,14}}){{0,2}} (?:erstatte|erstatten|überweise|überweisen"
                rf"|zahle[n]? .{{0,60}}(?:zurück|aus)|schreibe[n]? .{{0,60}} gut)\b"
                rf"|\b(?:erstatte|erstatten|überweise|überweisen) (?:ich|wir|ihnen|dir)\b|\b(?:zahle"
                rf"|zahlen|schicke|schicken|schreibe|schreiben|gebe|geben) (?:ich"
                rf"|wir).{{0,60}}{_GELD}.{{0,30}}(?:zurück|gut\b)"
                rf"|\b(?:veranlasse|genehmige|löse)\b.{{0,40}}(?:erstattung|rückzahlung|gutschrift)"
                rf"|\b(?:bekommen|erhalten) sie.{{0,60}}(?:\bzurück\b|erstatte?t|erstattung|gutschrift)"
            ),
        ),
        "cancel_order": Claim(
            stems=("cancel", "storn"),
            done=re.compile(
                rf"{_I_DID}cancell?ed\b|\b(?:order|purchase|bestellung)\b.{{0,40}}(?:has been|was|is now"
                rf"|is) cancell?ed (?:by me|for you|as (?:you )?(?:requested|wished|asked))\b"
                rf"|\byour cancell?ation\b.{{0,40}}{_IS_DONE}(?:done|complete|completed|processed"
                rf"|confirmed|through)\b|\bhabe(?:n)? (?:ich |wir )?.{{0,60}}storniert\b"
                rf"|\bstornierung\b.{{0,40}}(?:ist|wurde) (?:\w{{1,14}} )?(?:erfolgt|durchgeführt"
                rf"|bestätigt|abgeschlossen|erledigt)\b"
            ),
            promised=re.compile(
                rf"{_I_WILL}cancel\b|\b(?:order|it)\b.{{0,30}} will be cancell?ed\b|\bich storniere\b"
                rf"|\b(?:ich|wir) (?:werde|werden).{{0,50}}stornieren\b|\bwird .{{0,40}}storniert\b"
            ),
        ),
        "create_ticket": Claim(
            stems=("ticket", "case", "vorgang", "beschwerde"),
            done=re.compile(
                rf"{_I_DID}(?:created|opened|filed|raised|logged|submitted"
                rf"|registered)\b.{{0,40}}\b(?:tickets?|case)\b|\b(?:ticket|case)\b.{{0,40}}(?:has been"
                rf"|was|is) (?:\w{{1,12}} )?(?:created|opened|filed|raised|logged)\b"
                rf"|\bhabe(?:n)? (?:ich |wir )?.{{0,60}}\b(?:ticket|vorgang)\b.{{0,40}}(?:erstellt"
                rf"|angelegt|eröffnet|aufgemacht)\b|\b(?:ticket|vorgang)\b.{{0,30}}(?:wurde"
                rf"|ist) (?:\w{{1,14}} )?(?:erstellt|angelegt|eröffnet)\b"
            ),
            promised=re.compile(rf"{_I_WILL}(?:create|open|file|raise|log)\b.{{0,30}}\bticket\b"),
        ),
        "schedule_callback": Claim(
            stems=("call", "phone", "ring", "ruf"),
            done=re.compile(
                rf"{_I_DID}(?:scheduled|booked|arranged|set up|organi[sz]ed)\b.{{0,30}}\b(?:call"
                rf"|callback|call-back)\b|\bcall-?back\b.{{0,30}}(?:has been|is"
                rf"|was) (?:\w{{1,12}} )?(?:scheduled|booked|arranged|set|confirmed)\b"
                rf"|\bhabe(?:n)? (?:ich |wir )?.{{0,40}}rückruf\b.{{0,40}}(?:vereinbart|eingetragen"
                rf"|gebucht|eingeplant|notiert)\b|\brückruf\b.{{0,30}}(?:ist"
                rf"|wurde) (?:\w{{1,14}} )?(?:vereinbart|eingetragen|gebucht|eingeplant)\b"
            ),
            promised=re.compile(
                r"(?:\bwill|'ll|\bis going to)(?: \w{1,12}){0,2} (?:call|phone|ring) you\b|\byou(?:'ll"
                r"| will)(?: \w{1,12})? (?:get|receive) a (?:call|callback|phone call)\b"
                r"|\bsie werden\b.{0,50}(?:angerufen|zurückgerufen)\b"
                r"|\b(?:wir|ich|kolleg\w{1,6}|mitarbeiter\w{0,4}|jemand) (?:rufen|rufe|ruft) (?:sie"
                r"|dich)\b|\b(?:rufen wir|rufe ich|ruft) (?:sie|dich|jemand)\b"
            ),
        ),
        "change_address": Claim(
            stems=("address", "adresse", "anschrift"),
            done=re.compile(
                rf"{_I_DID}(?:changed|updated|corrected|replaced|set|redirected)\b.{{0,50}}\baddress"
                rf"|\baddress\b.{{0,50}}(?:has been|was|is now|is) (?:\w{{1,12}} )?(?:changed|updated"
                rf"|corrected|set to)\b"
                rf"|\bhabe(?:n)? (?:ich |wir )?.{{0,60}}(?:adresse|anschrift)\b.{{0,60}}(?:geändert"
                rf"|aktualisiert|korrigiert|angepasst|hinterlegt)\b"
                rf"|(?:adresse|anschrift)\b.{{0,60}}(?:ist|wurde) (?:\w{{1,14}} )?(?:geändert"
                rf"|aktualisiert|korrigiert|angepasst)\b"
            ),
            promised=re.compile(
                rf"{_I_WILL}(?:change|update|correct|redirect)\b.{{0,40}}\baddress|\bich (?:ändere"
                rf"|aktualisiere|korrigiere)\b.{{0,40}}(?:adresse|anschrift)"
            ),
        ),
        "verify_identity": Claim(
            stems=("verif", "identi", "bestätigt", "code"),
            done=re.compile(
                r"\byou(?:'re| are| have been|'ve been)(?: \w{1,10})? verified\b|\byour identity (?:is"
                r"|has been|was)(?: \w{1,10})? (?:verified|confirmed)\b|\bihre identität (?:ist"
                r"|wurde)(?: \w{1,12})? (?:bestätigt|verifiziert|geprüft)\b"
                rf"|{_I_DID}(?:sent|e-?mailed|mailed)\b.{{0,30}}\bcode\b|\bcode\b.{{0,20}} (?:has been"
                rf"|was) sent\b"
            ),
            promised=_NEVER,
        ),
    }
)

_SO_FAR = re.compile(r"\b(?:so far|already|in total|in all|altogether|bisher|bereits|schon|insgesamt)\b")
_OURS = re.compile(r"\b(?:i|i'll|i'm|ich)\b")


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply that claims or promises an effect that no done action has."""
    for sentence in draft.sentences:
        for tool, claim in CLAIMS.items():
            if any(stem in sentence.lower for stem in claim.stems) and (
                reason := _problem(sentence, tool, claim, evidence)
            ):
                return block(NAME, reason)
    return ALLOWED


def _problem(sentence: ReplySentence, tool: str, claim: Claim, evidence: Evidence) -> str | None:
    lower = evidence.unquoted(sentence.lower)
    done = claim.done.search(lower) or _moved_money(claim, lower)
    found = done or claim.promised.search(lower)
    if found is None or asks(lower) or evidence.quotes(sentence.text):
        return None
    if _is_done(tool, evidence, told=done is not None):
        return _wrong_amount(sentence, tool, evidence) if tool == "refund_order" else None
    if denied(lower, found.start(), found.end()) or _in_general(sentence, lower, found.start()):
        return None
    if done is None and tool == "refund_order" and not _OURS.search(lower) and grounded(sentence, evidence):
        return None
    waits = " It waits for a colleague's approval: say so." if tool in evidence.held else ""
    return (
        f"The reply claims or promises what only the action {tool} does, and it was not done."
        f" Say only what was done.{waits}"
    )


def _is_done(tool: str, evidence: Evidence, *, told: bool) -> bool:
    """Say whether the effect is there: done in this conversation, or found there by a result of this turn."""
    if evidence.was_done(tool) or any(each.tool == tool and each.found_done for each in evidence.outcomes):
        return True
    refunded = any(each.refunded for each in evidence.outcomes if each.about_orders)
    return told and tool == "refund_order" and refunded


def _in_general(sentence: ReplySentence, lower: str, at: int) -> bool:
    """Say whether a sentence tells what would happen if, and names no sum."""
    sums = any(amounts(sentence.counted)) or any(percentages(sentence.counted))
    return conditional(lower, at) and not sums


def _moved_money(claim: Claim, lower: str) -> re.Match[str] | None:
    """Return where a sentence about money says that it is on its way; a parcel may be."""
    found = claim.moved.search(lower)
    return found if found and _PAID.search(lower, 0, found.start()) else None


def _wrong_amount(sentence: ReplySentence, tool: str, evidence: Evidence) -> str | None:
    """Say what is wrong with the amount of a done action; a quoted condition of a passage is none of ours."""
    named = list(amounts(sentence.counted))
    known = frozenset(_moved(tool, evidence)) | frozenset(_paid_back(sentence, tool, evidence))
    if not named or grounded(sentence, evidence):
        return None
    if all(not amount.values.isdisjoint(known) for amount in named):
        return None
    return (
        "The amount in the reply is not the amount of the refund that was made. Name the amount of the "
        "result."
    )


def _paid_back(sentence: ReplySentence, tool: str, evidence: Evidence) -> Iterator[str]:
    """Return what results say was refunded in all; of the action itself only where the sentence says so."""
    in_all = _SO_FAR.search(sentence.lower) is not None
    for outcome in (*evidence.outcomes, *evidence.earlier):
        if outcome.about_orders and (in_all or outcome.tool != tool):
            yield from FactIndex(outcome.refunded).numbers


def _moved(tool: str, evidence: Evidence) -> Iterator[str]:
    """Return what the tool moved: in this turn's results, else in earlier ones, else as it was told."""
    for outcome in (*evidence.outcomes, *evidence.earlier):
        if outcome.tool == tool and outcome.ok:
            yield from outcome.amounts
    for told in evidence.told:
        if CLAIMS[tool].done.search(told.lower()):
            for amount in amounts(told.lower()):
                yield from amount.values
