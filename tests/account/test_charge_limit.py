"""When a charge is stopped at a level of the battery."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.stellantis.account.charge_limit import MIN_LIMIT, NO_LIMIT, ChargeLimit
from custom_components.stellantis.api.status import Battery, Charging, ChargingStatus, Status

NOW = datetime(2020, 5, 4, 12, tzinfo=UTC)
EARLIER = NOW - timedelta(seconds=1)


def report(
    level: float | None,
    status: str = ChargingStatus.IN_PROGRESS,
    *,
    plugged: bool | None = True,
    level_at: datetime = NOW,
    status_at: datetime = NOW,
) -> Status:
    return Status(
        battery=Battery(at=level_at, level=level), charging=Charging(at=status_at, status=status, plugged=plugged)
    )


def limited(percent: int = 80, **stored: Any) -> ChargeLimit:
    return ChargeLimit({"percent": percent, **stored})


def stops(limit: ChargeLimit, status: Status, *, start_pending: bool = False) -> bool:
    return limit.check(status, start_pending=start_pending)


LATER = [NOW + timedelta(minutes=5 * number) for number in range(20)]
"""The dates of a car that reports every few minutes."""


def later(number: int, level: float = 80, status: str = ChargingStatus.IN_PROGRESS, **more: Any) -> Status:
    """Report at one of these dates."""
    return report(level, status, level_at=LATER[number], status_at=LATER[number], **more)


def fail(limit: ChargeLimit, attempts: int, *, level: float = 80, first: int = 0) -> None:
    """Let the next attempts to stop a charge fail, each after a report of its own."""
    for number in range(first, first + attempts):
        assert stops(limit, later(number, level))
        limit.note_attempt(later(number, level), stopped=False)


def test_a_charge_is_stopped_once() -> None:
    limit = limited(80)
    assert not stops(limit, report(79))
    assert stops(limit, report(80))
    assert not stops(limit, later(1, 81)), "the attempt is under way"
    limit.note_attempt(later(1, 81, ChargingStatus.STOPPED), stopped=True)
    assert not stops(limit, later(2, 81, ChargingStatus.STOPPED))
    assert not stops(limit, later(3, 82)), "somebody has started it again"


@pytest.mark.parametrize(("level", "stopped"), [(79.9, False), (80, True), (80.1, True), (100, True)])
def test_the_limit_is_reached_at_its_level(level: float, stopped: bool) -> None:
    assert stops(limited(80), report(level)) is stopped


@pytest.mark.parametrize(
    "status",
    [
        Status(),
        Status(battery=Battery(at=NOW, level=90)),
        Status(charging=Charging(at=NOW, status=ChargingStatus.IN_PROGRESS)),
        report(None),
    ],
)
def test_a_car_that_does_not_report_enough_is_left_alone(status: Status) -> None:
    limit = limited(80)
    assert not stops(limit, status)
    assert stops(limit, report(80))


@pytest.mark.parametrize("status", [Status(), Status(battery=Battery(at=NOW))])
def test_a_start_at_a_level_that_is_not_known_allows_nothing(status: Status) -> None:
    limit = limited(80)
    limit.allow(status)
    assert stops(limit, report(80))


@pytest.mark.parametrize(
    "status", [ChargingStatus.STOPPED, ChargingStatus.FINISHED, ChargingStatus.DISCONNECTED, "a word of tomorrow"]
)
def test_what_does_not_charge_is_not_stopped(status: str) -> None:
    assert not stops(limited(80), report(90, status))


def test_a_car_that_does_not_say_whether_it_is_plugged_is_stopped() -> None:
    assert stops(limited(80), report(80, plugged=None))


def test_a_level_from_before_the_charge_began_says_nothing_of_it() -> None:
    limit = limited(80)
    assert not stops(limit, report(90, level_at=EARLIER))
    assert stops(limit, report(90, status_at=EARLIER))


def test_each_value_has_its_own_date() -> None:
    battery = Battery(at=NOW, level=90, range=300, earlier={"level": EARLIER})
    charging = Charging(at=NOW, status=ChargingStatus.IN_PROGRESS, plugged=True, earlier={"status": EARLIER})
    limit = limited(80)
    assert not stops(limit, Status(battery=battery, charging=report(90).charging))
    assert stops(limit, Status(battery=battery, charging=charging))


def test_a_car_that_is_unplugged_begins_a_new_charge() -> None:
    limit = limited(80, done=True)
    assert not stops(limit, report(90))
    assert not stops(limit, report(90, plugged=False))
    assert stops(limit, report(90))


@pytest.mark.parametrize(("level", "new"), [(74.9, True), (75, False), (79, False)])
def test_a_charge_far_below_the_limit_is_a_new_one(level: float, new: bool) -> None:
    limit = limited(80, done=True)
    assert not stops(limit, report(level))
    assert stops(limit, report(80)) is new


def test_a_start_that_is_under_way_above_the_limit_is_left_running() -> None:
    limit = limited(80)
    assert not stops(limit, report(80), start_pending=True)
    assert not stops(limit, report(81))
    assert limit.as_dict()["done"] is True


def test_a_start_that_is_under_way_below_the_limit_is_stopped_at_it() -> None:
    limit = limited(80)
    assert not stops(limit, report(79), start_pending=True)
    assert stops(limit, report(80))


@pytest.mark.parametrize(("level", "allowed"), [(79.9, False), (80, True), (81, True)])
def test_who_starts_at_the_limit_or_above_means_it(level: float, allowed: bool) -> None:
    limit = limited(80)
    limit.allow(report(level, ChargingStatus.STOPPED))
    assert stops(limit, report(85)) is not allowed


def test_what_was_allowed_stays_so_below_the_limit() -> None:
    limit = limited(80, done=True)
    limit.allow(report(79, ChargingStatus.STOPPED))
    assert not stops(limit, report(80))


def test_three_attempts_may_fail() -> None:
    limit = limited(80)
    fail(limit, 3)
    assert not stops(limit, later(3))
    assert limit.as_dict()["done"] is True


def test_an_attempt_is_repeated_for_a_newer_report_of_the_charge_only() -> None:
    """Not for whatever else the car reports, nor for the same report again."""
    limit = limited(80)
    fail(limit, 1)
    for _ in range(10):
        assert not stops(limit, report(80))
    assert not stops(limit, report(80, level_at=EARLIER, status_at=EARLIER)), "one from before"
    assert stops(limit, report(81, level_at=LATER[1])), "a newer level"
    limit.note_attempt(report(81, level_at=LATER[1]), stopped=False)
    assert not stops(limit, report(81, level_at=LATER[1]))
    assert stops(limit, report(81, level_at=LATER[2], status_at=LATER[1])), "a newer status"


def test_another_level_is_another_report_although_its_date_stands_still() -> None:
    limit = limited(80)
    for level in (80, 81, 82):
        assert stops(limit, report(level))
        limit.note_attempt(report(level), stopped=False)
    assert not stops(limit, report(83))


def test_attempts_are_counted_for_each_charge() -> None:
    limit = limited(80)
    fail(limit, 2)
    assert not stops(limit, later(2, plugged=False))
    fail(limit, 3)
    assert not stops(limit, later(3))


def test_another_limit_begins_anew() -> None:
    """With what the car has reported before too."""
    limit = limited(80, done=True)
    limit.set(70)
    assert limit.level_to_monitor == limit.percent == 70
    assert stops(limit, report(70))
    limit.note_attempt(report(70, ChargingStatus.STOPPED), stopped=True)
    limit.set(80)
    fail(limit, 3)
    assert not stops(limit, later(3))


@pytest.mark.parametrize("stopped", [False, True])
def test_an_attempt_for_a_lower_limit_says_nothing_of_the_new_one(stopped: bool) -> None:
    limit = limited(80)
    assert stops(limit, report(80))
    limit.set(90)
    assert not stops(limit, later(1, 90)), "the attempt is still under way"
    limit.note_attempt(later(1, 80, ChargingStatus.STOPPED if stopped else ChargingStatus.IN_PROGRESS), stopped=stopped)
    fail(limit, 3, level=90, first=2)
    assert not stops(limit, later(5, 90))


def test_an_attempt_that_fails_for_a_limit_that_was_raised_is_repeated_at_once() -> None:
    """If the new one has been reached too; it does not count as an attempt for that."""
    limit = limited(80)
    assert stops(limit, report(85))
    limit.set(82)
    limit.note_attempt(report(85), stopped=False)
    fail(limit, 3, level=85)
    assert not stops(limit, later(3, 85))


@pytest.mark.parametrize("percent", [70, 82])
def test_a_charge_that_was_stopped_while_its_limit_was_changed_was_stopped_for_the_new_one(percent: int) -> None:
    """If its level had reached that: who starts it again means it."""
    limit = limited(80)
    assert stops(limit, report(85))
    limit.set(percent)
    limit.note_attempt(later(1, 85, ChargingStatus.STOPPED), stopped=True)
    assert not stops(limit, later(2, 85, ChargingStatus.STOPPED))
    assert not stops(limit, later(3, 86))


def test_an_attempt_that_ends_after_the_car_was_unplugged_says_nothing_of_the_next_charge() -> None:
    limit = limited(80)
    assert stops(limit, report(80))
    assert not stops(limit, report(79, plugged=False))
    limit.note_attempt(report(79, ChargingStatus.STOPPED, plugged=False), stopped=True)
    assert stops(limit, later(1, 80))
    limit.note_attempt(later(1, 80, ChargingStatus.STOPPED), stopped=True)
    assert not stops(limit, later(2, 80, ChargingStatus.STOPPED))
    assert not stops(limit, later(3, 80))


def test_an_attempt_that_fails_does_not_undo_that_somebody_starts_the_charge() -> None:
    """While the attempt was under way."""
    limit = limited(80)
    assert stops(limit, report(80))
    assert not stops(limit, report(80), start_pending=True)
    limit.note_attempt(report(80), stopped=False)
    assert not stops(limit, later(1))
    assert limit.as_dict() == {"percent": 80, "done": True}


def test_a_stop_does_not_undo_that_somebody_starts_the_charge_meanwhile() -> None:
    """Who has waited with the start until the end of the stop is not fought."""
    limit = limited(80)
    assert stops(limit, report(80))
    assert not stops(limit, later(1), start_pending=True)
    limit.note_attempt(later(1, 80, ChargingStatus.STOPPED), stopped=True)
    assert not stops(limit, later(2))


@pytest.mark.parametrize("certain", [False, True])
def test_an_attempt_that_may_have_worked_counts_as_one_if_the_car_says_so(certain: bool) -> None:
    """Then who charges again has started it again. If it failed for sure, somebody else has stopped the charge."""
    limit = limited(80)
    assert stops(limit, report(80))
    limit.note_attempt(report(80), stopped=False, certain=certain)
    assert not stops(limit, later(1, 80, ChargingStatus.STOPPED))
    assert stops(limit, later(2)) is certain


def test_an_attempt_that_may_have_worked_is_repeated_if_the_car_goes_on() -> None:
    limit = limited(80)
    assert stops(limit, report(80))
    limit.note_attempt(report(80), stopped=False, certain=False)
    assert stops(limit, later(1))


def test_a_car_that_goes_on_after_a_stop_is_told_again() -> None:
    """The vendor has told a success, but the car has never reported it."""
    limit = limited(80)
    for number in (0, 2, 4):
        assert stops(limit, later(number))
        limit.note_attempt(later(number + 1, 80, ChargingStatus.STOPPED), stopped=True)
        soon = LATER[number + 1] + timedelta(seconds=59)
        assert not stops(limit, report(80, level_at=soon, status_at=soon)), "it may be from before the stop"
    assert not stops(limit, later(6)), "three times in all"


@pytest.mark.parametrize("before", [False, True])
def test_a_car_that_has_reported_the_stop_is_left_alone_when_it_charges_again(before: bool) -> None:
    """Its report comes before the vendor tells the success, or after."""
    limit = limited(80)
    assert stops(limit, report(80))
    rest = report(80, ChargingStatus.STOPPED, level_at=LATER[1], status_at=LATER[1])
    told = report(80, ChargingStatus.STOPPED, level_at=LATER[1] if before else NOW, status_at=LATER[1])
    if before:
        assert not stops(limit, rest)
    limit.note_attempt(told, stopped=True)
    if not before:
        assert not stops(limit, rest)
    assert not stops(limit, later(4))


def test_a_stop_that_the_car_reports_at_another_date_was_reported() -> None:
    """Though the date of the level stands still."""
    limit = limited(80)
    assert stops(limit, report(80))
    limit.note_attempt(report(80, ChargingStatus.STOPPED, status_at=LATER[1]), stopped=True)
    assert not stops(limit, report(80, ChargingStatus.STOPPED, status_at=LATER[2]))
    assert not stops(limit, later(4))


def test_a_level_that_contradicts_the_range_stops_nothing() -> None:
    """Nor does it begin another charge."""
    limit = limited(80)

    def contradicting(number: int, level: float, range_: float) -> Status:
        at = LATER[number]
        battery = Battery(at=at, level=level, range=range_)
        return Status(battery=battery, charging=Charging(at=at, status=ChargingStatus.IN_PROGRESS, plugged=True))

    assert not stops(limit, contradicting(0, 100, 0))
    limit.allow(contradicting(0, 100, 0))
    assert stops(limit, contradicting(1, 80, 250))
    limit.note_attempt(later(1, 80, ChargingStatus.STOPPED), stopped=True)
    assert not stops(limit, contradicting(2, 0, 300))
    assert limit.as_dict()["done"] is True


def test_a_limit_is_between_half_full_and_full_which_is_none() -> None:
    assert (MIN_LIMIT, NO_LIMIT) == (50, 100)


def test_without_a_limit_nothing_is_stopped() -> None:
    limit = ChargeLimit()
    assert (limit.percent, limit.level_to_monitor) == (NO_LIMIT, None)
    assert not stops(limit, report(100))
    limit.set(99)
    assert limit.level_to_monitor == 99
    assert stops(limit, report(99))


@pytest.mark.parametrize("done", [False, True])
def test_it_outlives_a_restart(done: bool) -> None:
    limit = limited(80)
    if done:
        limit.allow(report(90))
    restored = ChargeLimit(limit.as_dict())
    assert restored.as_dict() == limit.as_dict() == {"percent": 80, "done": done}
    assert stops(restored, report(90)) is not done


def test_attempts_that_failed_before_a_restart_are_forgotten() -> None:
    limit = limited(80)
    fail(limit, 2)
    fail(ChargeLimit(limit.as_dict()), 3)


@pytest.mark.parametrize("ended", [False, True])
def test_an_attempt_from_before_a_restart_may_have_worked(ended: bool) -> None:
    limit = limited(80)
    assert stops(limit, report(80))
    if ended:
        limit.note_attempt(report(80), stopped=False, certain=False)
    stored = limit.as_dict()
    assert stored == {"percent": 80, "done": False, "stopping": True}
    goes_on, stopped = ChargeLimit(stored), ChargeLimit(stored)
    assert stops(goes_on, later(1))
    assert not stops(stopped, later(1, 80, ChargingStatus.STOPPED))
    assert stopped.as_dict() == {"percent": 80, "done": True}
    assert not stops(stopped, later(2))


@pytest.mark.parametrize(
    ("stored", "percent"),
    [
        (None, NO_LIMIT),
        ("junk", NO_LIMIT),
        ({}, NO_LIMIT),
        ({"percent": None}, NO_LIMIT),
        ({"percent": "80"}, NO_LIMIT),
        ({"percent": True}, NO_LIMIT),
        ({"percent": float("nan")}, NO_LIMIT),
        ({"percent": 49}, NO_LIMIT),
        ({"percent": 101}, NO_LIMIT),
        ({"percent": 50}, MIN_LIMIT),
        ({"percent": 80.9}, 80),
    ],
)
def test_a_limit_that_cannot_be_read_is_none(stored: object, percent: int) -> None:
    assert ChargeLimit(stored).as_dict() == {"percent": percent, "done": False}


@pytest.mark.parametrize("done", [None, 1, "true", []])
def test_only_a_charge_that_was_stopped_for_sure_is_left_running(done: object) -> None:
    assert stops(limited(80, done=done), report(80))
