"""A reply reviewed while it streamed gets, at its end, the verdict of one never seen before; for less."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from guardrails.claims import clauses
from guardrails.draft import Draft, ReplySentence
from guardrails.evidence import Evidence
from guardrails.rule_book import review_reply
from guardrails.rules import policy_claims
from guardrails.verdict import Verdict
from tests.unit.guardrails.reply.bad_replies import BAD
from tests.unit.guardrails.reply.facts import Case, evidence
from tests.unit.guardrails.reply.good_replies import GOOD

CASES = st.sampled_from([*GOOD, *BAD])


def judged(text: str, case: Case, facts: Evidence, *, whole: bool = True) -> Verdict:
    return review_reply(Draft(text=text, channel=case.channel, language=case.language, whole=whole), facts)


@given(case=CASES, cuts=st.lists(st.integers(1, 400), max_size=8))
def test_the_last_verdict_is_that_of_the_whole(case: Case, cuts: list[int]) -> None:
    facts = evidence(case)
    for cut in sorted(cuts):
        judged(case.reply[max(0, cut - 240) : cut], case, facts, whole=False)
    assert judged(case.reply, case, facts) == judged(case.reply, case, evidence(case))


@given(one=CASES, other=CASES)
def test_replies_reviewed_before_change_nothing(one: Case, other: Case) -> None:
    facts, text = evidence(one), f"{other.reply}\n{one.reply}"
    for each in (other.reply, one.reply, text):
        judged(each, one, facts)
    assert judged(text, one, facts) == judged(text, one, evidence(one))


def test_a_sentence_is_looked_at_once() -> None:
    looked: list[str] = []

    def find(sentence: ReplySentence, facts: Evidence) -> None:
        looked.append(sentence.text)

    facts = Evidence()
    sentences = [f"This is the sentence called {chr(97 + each) * 3}. " for each in range(12)]
    for place in range(len(sentences)):
        draft = Draft(text="".join(sentences[max(0, place - 3) : place + 1]), whole=False)
        facts.first_problem(policy_claims.NAME, draft, find)
    facts.first_problem(policy_claims.NAME, Draft(text="".join(sentences)), find)
    assert looked == list(clauses.sentences("".join(sentences)))
