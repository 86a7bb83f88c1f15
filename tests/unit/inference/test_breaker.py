"""When the provider and its models are left alone, and who may try whether they answer again."""

from __future__ import annotations

import pytest

from orchestrator.inference.breaker import PROVIDER, Permit, ProviderHealth, Resting


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> ProviderHealth:
    return ProviderHealth(clock=clock)


async def ask(health: ProviderHealth, model: str, outcome: str, retry_after: float | None = None) -> None:
    permit = await health.admit(model, again=True)
    if outcome in ("ok", "invalid"):
        health.heard(permit)
    await health.note(permit, outcome, retry_after)


async def refused(health: ProviderHealth, model: str = "a") -> Resting:
    with pytest.raises(Resting) as caught:
        await health.admit(model)
    return caught.value


@pytest.mark.parametrize(
    "outcome",
    ["http_429", "http_500", "http_503", "http_529", "timeout", "unreachable", "not_json", "http_403"],
)
async def test_three_refusals_in_a_row_close_the_provider_for_everybody(
    health: ProviderHealth, outcome: str
) -> None:
    for model in ("a", "b", "c"):
        await ask(health, model, outcome)
    rest = await refused(health, "d")
    assert (rest.part, rest.reason) == (PROVIDER, outcome)


@pytest.mark.parametrize("outcome", ["ok", "invalid", "http_400", "context_too_long"])
async def test_an_answer_between_refusals_keeps_the_provider_open(
    health: ProviderHealth, outcome: str
) -> None:
    for each in ("http_500", "http_500", outcome, "http_500", "http_500"):
        await ask(health, "a" if each == "http_500" else "b", each)
    assert health.cooling(PROVIDER) == 0


async def test_a_refused_key_closes_at_once(health: ProviderHealth) -> None:
    await ask(health, "a", "http_401")
    assert (await refused(health, "b")).reason == "http_401"


async def test_after_its_rest_one_at_a_time_tries(health: ProviderHealth, clock: Clock) -> None:
    for model in "abc":
        await ask(health, model, "http_500")
    clock.now += health.cooling(PROVIDER)
    trying = await health.admit("d")
    assert (await refused(health, "e")).seconds < 1
    health.heard(trying)
    await health.note(trying, "ok")
    await health.admit("e")
    await health.admit("d")


async def test_every_try_that_fails_doubles_the_rest_within_bounds(
    health: ProviderHealth, clock: Clock
) -> None:
    for model in "abc":
        await ask(health, model, "http_500")
    rests = []
    for number in range(8):
        rests.append(health.cooling(PROVIDER))
        clock.now += rests[-1]
        await health.note(await health.admit(f"m{number}"), "http_500")
    assert rests == [5, 10, 20, 40, 60, 60, 60, 60]


async def test_a_minute_of_refusals_costs_few_tries(health: ProviderHealth, clock: Clock) -> None:
    ends, asked = clock.now + 60, 0
    while clock.now < ends:
        try:
            permit = await health.admit("a", again=True)
        except Resting:
            clock.now += 0.5
            continue
        asked += 1
        await health.note(permit, "http_429")
    assert asked <= 8


@pytest.mark.parametrize(("said", "rest"), [(40.0, 40.0), (0.0, 1.0), (86_400.0, 600.0), (None, 5.0)])
async def test_retry_after_is_honoured_within_bounds(
    health: ProviderHealth, said: float | None, rest: float
) -> None:
    await ask(health, "a", "http_429", said)
    assert health.cooling("a") == rest
    for model in "bc":
        await ask(health, model, "http_429", said)
    assert health.cooling(PROVIDER) == rest


async def test_what_failed_before_says_nothing_while_the_breaker_is_open(health: ProviderHealth) -> None:
    early = [await health.admit("a") for _ in range(7)]
    for permit in early:
        await health.note(permit, "http_500")
    assert health.cooling(PROVIDER) == 5


async def test_a_try_that_was_broken_off_leaves_it_to_the_next(health: ProviderHealth, clock: Clock) -> None:
    for model in "abc":
        await ask(health, model, "http_500")
    clock.now += health.cooling(PROVIDER)
    await health.note(await health.admit("d"), "cancelled")
    await health.admit("e")


async def test_one_model_may_be_out_while_the_others_go_on(health: ProviderHealth, clock: Clock) -> None:
    await ask(health, "a", "http_404")
    assert (await refused(health)).part == "a"
    await health.admit("b")
    clock.now += 601
    await ask(health, "a", "ok")
    assert health.cooling("a") == 0
    await health.admit("a")


async def test_a_provider_fallen_silent_is_not_asked_by_everybody(
    health: ProviderHealth, clock: Clock
) -> None:
    first: list[Permit] = [await health.admit("a") for _ in range(8)]
    clock.now += 3
    assert (await refused(health)).unsure
    health.heard(first[0])
    await health.admit("a")
