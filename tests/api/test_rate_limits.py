"""What is not asked, so that the vendor has something left for commands."""

from collections.abc import Callable

import pytest

from custom_components.stellantis.api import rate_limits
from custom_components.stellantis.api.rate_limits import RESERVE_RETRY, RateLimits, SavingError


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let time pass."""
    now = [1000.0]
    monkeypatch.setattr(rate_limits, "monotonic", lambda: now[0])

    def pass_time(seconds: float) -> None:
        now[0] += seconds

    return pass_time


def told(limit: object = 1000, remaining: object = 500, burst: object = 10) -> dict[str, str]:
    return {
        "X-RateLimit-Limit-1": str(limit),
        "X-RateLimit-Remaining-1": str(remaining),
        "X-RateLimit-Limit-2": "50",
        "X-RateLimit-Remaining-2": str(burst),
    }


def waits(made: RateLimits) -> float:
    """Return how long nothing may be read."""
    try:
        made.check()
    except SavingError as err:
        return err.retry_after
    return 0


@pytest.mark.parametrize(
    ("limit", "remaining", "saves"),
    [(1000, 1000, False), (1000, 101, False), (1000, 100, True), (1000, 0, True), (10, 1, True), (10, 2, False)],
)
def test_a_tenth_of_the_day_is_left_for_commands(
    later: Callable[[float], None], limit: int, remaining: int, saves: bool
) -> None:
    made = RateLimits()
    made.note(told(limit, remaining))
    assert waits(made) == (RESERVE_RETRY if saves else 0)


def test_after_a_while_it_is_tried_again(later: Callable[[float], None]) -> None:
    made = RateLimits()
    made.note(told(remaining=5))
    later(RESERVE_RETRY - 1)
    assert waits(made) == RESERVE_RETRY
    later(1)
    assert waits(made) == 0
    made.note(told(remaining=4))
    assert waits(made) == RESERVE_RETRY
    made.note(told(remaining=999))
    assert waits(made) == 0


def test_what_is_not_told_forbids_nothing(later: Callable[[float], None]) -> None:
    made = RateLimits()
    assert waits(made) == 0
    made.note({})
    assert waits(made) == 0
    made.note({"X-RateLimit-Limit-1": "1000"})
    assert waits(made) == 0


@pytest.mark.parametrize(
    "junk",
    [
        "",
        "-1",
        "many",
        "1.5",
        "²",
        "٣",
        "1 0",
        "1e2",
        pytest.param("9" * 400, id="400 digits"),
        pytest.param("9" * 5000, id="5000 digits"),
    ],
)
def test_junk_is_not_believed(later: Callable[[float], None], junk: str) -> None:
    made = RateLimits()
    made.note(told(remaining=5))
    made.note(told(junk, junk, junk))
    assert (made.daily_limit, made.daily_remaining, made.burst_remaining) == (1000, 5, None)
    assert waits(made) == RESERVE_RETRY


def test_blanks_around_a_number_do_not_count(later: Callable[[float], None]) -> None:
    made = RateLimits()
    made.note(told(" 1000 ", "\t5", "0 "))
    assert (made.daily_limit, made.daily_remaining, made.burst_remaining) == (1000, 5, 0)


def test_after_too_many_requests_nothing_is_read_until_the_vendor_allows_it(later: Callable[[float], None]) -> None:
    made = RateLimits()
    made.pause(300)
    assert waits(made) == 300
    later(100)
    assert waits(made) == 200
    later(200)
    assert waits(made) == 0


async def test_when_the_requests_of_a_second_are_used_up_the_next_one_waits(
    later: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("custom_components.stellantis.api.rate_limits.asyncio.sleep", sleep)
    made = RateLimits()
    await made.pace()
    made.note(told(burst=1))
    await made.pace()
    assert slept == []
    made.note(told(burst=0))
    later(0.25)
    await made.pace()
    await made.pace()
    assert slept == [0.75]
    made.note(told(burst=0))
    later(5)
    await made.pace()
    assert slept == [0.75, 0]
