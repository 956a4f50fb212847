"""Cars that are missing from the list of cars."""

from datetime import UTC, datetime, timedelta
import json

import pytest

from custom_components.stellantis.account import absences
from custom_components.stellantis.account.absences import GONE_AFTER, GONE_AFTER_LISTS, Absences


class Clock:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, tzinfo=UTC)

    def pass_hours(self, hours: float) -> None:
        self.now += timedelta(hours=hours)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(absences, "utcnow", lambda: made.now)
    return made


CARS = {"one", "two"}


def test_a_car_is_gone_after_several_lists_over_a_day(clock: Clock) -> None:
    noted = Absences()
    for _ in range(4):
        assert noted.note(CARS, {"one"}) == set()
        clock.pass_hours(5)
    assert "two" in noted
    clock.pass_hours(5)
    assert noted.note(CARS, {"one"}) == {"two"}
    assert not noted


def test_a_day_with_two_lists_is_not_enough(clock: Clock) -> None:
    noted = Absences()
    for _ in range(GONE_AFTER_LISTS - 1):
        assert noted.note(CARS, {"one"}) == set()
        clock.pass_hours(100)
    assert noted.note(CARS, {"one"}) == {"two"}


def test_many_lists_in_an_hour_are_not_enough(clock: Clock) -> None:
    noted = Absences()
    for _ in range(60):
        assert noted.note(CARS, {"one"}) == set()
        clock.pass_hours(1 / 60)


def test_a_car_that_is_back_starts_anew(clock: Clock) -> None:
    noted = Absences()
    for listed in ({"one"}, {"one"}, CARS, {"one"}, {"one"}):
        assert noted.note(CARS, listed) == set()
        clock.pass_hours(GONE_AFTER.total_seconds() / 3600)
    assert noted.note(CARS, {"one"}) == {"two"}


def test_each_car_has_its_own(clock: Clock) -> None:
    noted = Absences()
    noted.note(CARS, {"two", "three"})
    clock.pass_hours(20)
    noted.note(CARS, {"three"})
    clock.pass_hours(4)
    assert noted.note(CARS, {"three"}) == {"one"}
    assert "two" in noted


@pytest.mark.usefixtures("clock")
def test_it_is_stored(clock: Clock) -> None:
    noted = Absences()
    noted.note(CARS, {"one"})
    noted.note(CARS, {"one"})
    assert noted.as_dict("one") is None
    again = Absences()
    again.restore("two", json.loads(json.dumps(noted.as_dict("two"))))
    assert "two" in again
    clock.pass_hours(23)
    assert again.note(CARS, {"one"}) == {"two"}


@pytest.mark.parametrize(
    "junk", [None, "junk", {}, {"since": "2026-03-01T00:00:00Z"}, {"lists": 3}, {"since": 7, "lists": 0}]
)
def test_junk_that_is_stored_is_no_absence(junk: object) -> None:
    noted = Absences()
    noted.restore("one", junk)
    assert not noted
