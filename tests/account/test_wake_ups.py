"""How often a car has been woken this month."""

from collections.abc import Callable, Generator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from homeassistant.util import dt as dt_util
import pytest

from custom_components.stellantis.account.wake_ups import WakeUps

JANUARY = datetime(2020, 1, 31, 22, 59, 59, tzinfo=UTC)
FEBRUARY = datetime(2020, 1, 31, 23, tzinfo=UTC)
"""The month begins an hour earlier in the time zone of the tests than in UTC."""

type Travel = Callable[[datetime], None]


@pytest.fixture
def travel() -> Generator[Travel]:
    """Set Home Assistant's clock, which begins in January."""
    now = [JANUARY]

    def set_clock(to: datetime) -> None:
        now[0] = to

    # The test plugin checks the time zone before `monkeypatch` would have put it back.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dt_util, "DEFAULT_TIME_ZONE", ZoneInfo("Europe/Paris"))
        patch.setattr(dt_util, "utcnow", lambda: now[0])
        yield set_clock


def woken(times: int) -> WakeUps:
    made = WakeUps(None)
    for _ in range(times):
        made.add(dt_util.utcnow())
    return made


def test_wake_ups_are_counted(travel: Travel) -> None:
    assert woken(0).as_dict() == {"month": "", "count": 0, "refused": False}
    assert woken(0).count == 0
    assert woken(1).count == 1
    assert woken(3).count == 3


def test_a_month_begins_with_none_at_local_midnight(travel: Travel) -> None:
    made = woken(3)
    made.refuse(JANUARY)
    travel(FEBRUARY)
    assert (made.count, made.refused) == (0, False)
    made.add(dt_util.utcnow())
    assert (made.count, made.refused) == (1, False)


def test_the_same_month_of_another_year_is_another_month(travel: Travel) -> None:
    made = woken(3)
    travel(JANUARY.replace(year=2021))
    assert made.count == 0


@pytest.mark.parametrize(("counted", "left"), [(True, 2), (False, 3)])
def test_a_wake_up_that_is_refused_does_not_count(travel: Travel, counted: bool, left: int) -> None:
    made = woken(3)
    assert not made.refused
    made.refuse(JANUARY)
    if counted:
        made.take_back(JANUARY)
    assert (made.count, made.refused) == (left, True)
    made.add(dt_util.utcnow())
    assert (made.count, made.refused) == (left + 1, True)


def test_a_refusal_of_a_wake_up_that_was_counted_last_month_leaves_none_owing(travel: Travel) -> None:
    made = woken(1)
    travel(FEBRUARY)
    made.refuse(FEBRUARY)
    made.take_back(FEBRUARY)
    assert (made.count, made.refused) == (0, True)
    made.add(dt_util.utcnow())
    assert made.count == 1


def test_a_wake_up_of_last_month_that_is_told_late_does_not_count(travel: Travel) -> None:
    travel(FEBRUARY)
    made = WakeUps(None)
    made.add(JANUARY)
    assert made.count == 0
    made.add(dt_util.utcnow())
    made.take_back(JANUARY)
    made.refuse(JANUARY)
    assert (made.count, made.refused) == (1, False)


def test_a_refusal_of_last_month_says_nothing_of_this_one(travel: Travel) -> None:
    """The vendor tries for three days to deliver a message."""
    made = woken(1)
    travel(FEBRUARY)
    made.add(dt_util.utcnow())
    made.refuse(JANUARY)
    made.take_back(JANUARY)
    assert (made.count, made.refused) == (1, False)


def test_it_outlives_a_restart(travel: Travel) -> None:
    made = woken(3)
    assert made.as_dict() == {"month": "2020-01", "count": 3, "refused": False}
    made.refuse(JANUARY)
    assert made.as_dict() == {"month": "2020-01", "count": 3, "refused": True}
    restored = WakeUps(made.as_dict())
    assert (restored.count, restored.refused) == (3, True)
    restored.add(dt_util.utcnow())
    assert restored.count == 4


def test_what_is_restored_in_another_month_is_over(travel: Travel) -> None:
    stored = woken(3).as_dict() | {"refused": True}
    travel(FEBRUARY)
    restored = WakeUps(stored)
    assert (restored.count, restored.refused) == (0, False)


@pytest.mark.parametrize(
    ("stored", "count"),
    [
        (None, 0),
        ("junk", 0),
        ({"count": 3, "refused": True}, 0),
        ({"month": 202001, "count": 3, "refused": True}, 0),
        ({"month": "2020-01", "count": "3", "refused": "true"}, 0),
        ({"month": "2020-01", "count": -1, "refused": 1}, 0),
        ({"month": "2020-01", "count": True, "refused": None}, 0),
        ({"month": "2020-01", "count": 2.5}, 2),
        ({"month": "2020-01", "count": 1}, 1),
    ],
)
def test_junk_counts_as_none(travel: Travel, stored: object, count: int) -> None:
    restored = WakeUps(stored)
    assert (restored.count, restored.refused) == (count, False)
    restored.add(dt_util.utcnow())
    assert restored.count == count + 1
