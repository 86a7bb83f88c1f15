"""A reply claims and promises only what was done and what a source gives, and plays nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guardrails.claims.clauses import asks, conditional, denied
from guardrails.claims.grounding import grounded
from guardrails.draft import Draft, ReplySentence
from guardrails.evidence import Evidence
from guardrails.facts.figures import amounts, percentages
from guardrails.facts.index import FactIndex
from guardrails.facts.result_facts import SEARCH
from guardrails.verdict import ALLOWED, Verdict, block
from guardrails.vocabulary import EffectWording

PRETENCE = "pretence"


def check_pretence(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply that plays a human, or asks for a secret."""
    reason = evidence.first_problem(PRETENCE, draft, _pretends)
    return block(PRETENCE, reason) if reason else ALLOWED


def _pretends(sentence: ReplySentence, evidence: Evidence) -> str | None:
    reason = _pretence(sentence, evidence)
    return reason if reason and not evidence.quotes(sentence.text) else None


def _pretence(sentence: ReplySentence, evidence: Evidence) -> str | None:
    said = evidence.vocabulary.wording
    if said("plays a human").search(sentence.lower) or _plays_somebody(sentence.text, evidence):
        return "The reply pretends to come from a human. You are the assistant: leave it out."
    if _asks_a_secret(sentence, evidence):
        return "The reply asks for a secret. Nobody here may ask for one."
    if said("fee by gift").search(sentence.lower):
        return "The reply asks to pay a fee in a way that nobody here takes. Leave it out."
    return None


def _asks_a_secret(sentence: ReplySentence, evidence: Evidence) -> bool:
    lower, said = sentence.lower, evidence.vocabulary.wording
    if said("secret").search(lower) is None or said("asks for").search(lower) is None:
        return False
    return said("harmless with secrets").search(lower) is None


def _plays_somebody(text: str, evidence: Evidence) -> bool:
    """Say whether the assistant gives itself a name; the company's own is fine."""
    named = evidence.vocabulary.wording("names itself").pattern
    known = f"{evidence.business} {evidence.name} switchboard".lower()
    return any(name.lower() not in known for found in named.findall(text) for name in found if name)


ACTION_CLAIMS = "action_claims"
ANY = "*"
"""The effect that stands for whatever a tool may do: nothing can be done where none was run."""

_SO_FAR = re.compile(r"\b(?:so far|already|in total|in all|altogether|bisher|bereits|schon|insgesamt)\b")
_OURS = re.compile(r"\b(?:i|i'll|i'm|ich)\b")


def check_action_claims(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply that claims or promises an effect that no done action has."""
    reason = evidence.first_problem(ACTION_CLAIMS, draft, _first_claim)
    return block(ACTION_CLAIMS, reason) if reason else ALLOWED


def _first_claim(sentence: ReplySentence, evidence: Evidence) -> str | None:
    for tool, effect in evidence.vocabulary.effects.items():
        if effect.may_be_in(sentence.lower) and (reason := _problem(sentence, tool, effect, evidence)):
            return reason
    return None


def _problem(sentence: ReplySentence, tool: str, effect: EffectWording, evidence: Evidence) -> str | None:
    lower = evidence.unquoted(sentence.lower)
    done = effect.done.search(lower) or _moved_money(effect, lower, evidence)
    found = done or effect.promised.search(lower)
    if found is None or asks(lower) or evidence.quotes(sentence.text):
        return None
    if _is_done(tool, effect, evidence, told=done is not None):
        return _wrong_amount(sentence, tool, evidence) if effect.money else None
    if denied(lower, found.start(), found.end()) or _in_general(sentence, lower, found.start()):
        return None
    if done is None and effect.money and not _OURS.search(lower) and grounded(sentence, evidence):
        return None
    return _reason(tool, evidence)


def _reason(tool: str, evidence: Evidence) -> str:
    if tool == ANY:
        return "The reply claims that something was done, and no action was run. Say only what was done."
    waits = " It waits for a colleague's approval: say so." if tool in evidence.held else ""
    return (
        f"The reply claims or promises what only the action {tool} does, and it was not done."
        f" Say only what was done.{waits}"
    )


def _is_done(tool: str, effect: EffectWording, evidence: Evidence, *, told: bool) -> bool:
    """Say whether the effect is there: done in this conversation, or found there by a result of this turn."""
    if tool == ANY:
        ran = (each.tool for each in (*evidence.outcomes, *evidence.earlier) if each.ok)
        return any(each and each != SEARCH for each in (*evidence.done, *ran))
    if evidence.was_done(tool) or any(each.tool == tool and each.found_done for each in evidence.outcomes):
        return True
    return told and effect.money and any(each.paid_back for each in evidence.outcomes if each.about_things)


def _in_general(sentence: ReplySentence, lower: str, at: int) -> bool:
    """Say whether a sentence tells what would happen if, and names no sum."""
    sums = any(amounts(sentence.counted)) or any(percentages(sentence.counted))
    return conditional(lower, at) and not sums


def _moved_money(effect: EffectWording, lower: str, evidence: Evidence) -> re.Match[str] | None:
    """Return where a sentence about money says that it is on its way; other things may be."""
    found = effect.moved.search(lower)
    money = evidence.vocabulary.wording("money").pattern
    return found if found and money.search(lower, 0, found.start()) else None


def _wrong_amount(sentence: ReplySentence, tool: str, evidence: Evidence) -> str | None:
    """Say what is wrong with the amount of a done action; a quoted condition of a passage is none of ours."""
    named = list(amounts(sentence.counted))
    known = frozenset(_moved(tool, evidence)) | frozenset(_paid_back(sentence, tool, evidence))
    if not named or grounded(sentence, evidence):
        return None
    if all(not amount.values.isdisjoint(known) for amount in named):
        return None
    return "The amount in the reply is not the amount that was moved. Name the amount of the result."


def _paid_back(sentence: ReplySentence, tool: str, evidence: Evidence) -> Iterator[str]:
    """Return what results say was paid back in all; of the action itself only where the sentence says so."""
    in_all = _SO_FAR.search(sentence.lower) is not None
    for outcome in (*evidence.outcomes, *evidence.earlier):
        if outcome.about_things and (in_all or outcome.tool != tool):
            yield from FactIndex(outcome.paid_back).numbers


def _moved(tool: str, evidence: Evidence) -> Iterator[str]:
    """Return what the tool moved: in this turn's results, else in earlier ones, else as it was told."""
    for outcome in (*evidence.outcomes, *evidence.earlier):
        if outcome.tool == tool and outcome.ok:
            yield from outcome.amounts
    for told in evidence.told:
        if evidence.vocabulary.effects[tool].done.search(told.lower()):
            for amount in amounts(told.lower()):
                yield from amount.values


PROMISES = "promises"


def check_promises(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a favour that neither a passage nor a result of this turn gives."""
    what = evidence.first_problem(PROMISES, draft, _first_favour)
    if what is None:
        return ALLOWED
    return block(
        PROMISES, f"The reply promises or claims {what} that no passage and no result gives. Leave it out."
    )


def _first_favour(sentence: ReplySentence, evidence: Evidence) -> str | None:
    for what, favour in evidence.vocabulary.favours.items():
        found = favour.search(sentence.lower)
        if found and _promised(what, sentence, found.start(), evidence):
            return what
    return None


def _promised(what: str, sentence: ReplySentence, at: int, evidence: Evidence) -> bool:
    lower, said = sentence.lower, evidence.vocabulary.wording
    if what == "a change of an account" and not said("account changed").search(lower):
        return False
    if not said("gives").search(lower) or said("pleasant").search(lower) or asks(lower):
        return False
    if denied(lower, at, at if what == "a guarantee" else at + 40):
        return False
    if evidence.quotes(sentence.text) or _reported(what, evidence):
        return False
    return what == "a change of an account" or not grounded(
        sentence, evidence, evidence.vocabulary.favours[what]
    )


def _reported(what: str, evidence: Evidence) -> bool:
    """Say whether a result of this turn speaks of the very favour: then a tool gave it."""
    pattern = evidence.vocabulary.favours[what]
    if what == "an approval" and any(pattern.search(each.lower()) for each in evidence.told):
        return True  # our own word on a decision, repeated
    return any(
        each.ok and pattern.search(f"{each.tool.replace('_', ' ')} {each.index.lower}")
        for each in evidence.outcomes
    )
