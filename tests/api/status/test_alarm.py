"""The alarm, and whether a car is stolen."""

from typing import Any

import pytest

from custom_components.stellantis.api.status import Alarm, Status, Switched
from tests.helpers.junk import JUNK
from tests.helpers.status_reports import AFTER, BEFORE, LATER, LONG_AGO, NOW, REPORTED, dated, literal, report


def test_an_alarm_has_two_dates() -> None:
    alarm = {
        "status": {"createdAt": LATER, "activation": "Active"},
        "trigger": {"startAt": LONG_AGO, "type": "RoofBreakIn"},
    }
    expected = Alarm(
        at=AFTER,
        armed=True,
        trigger="RoofBreakIn",
        triggered_at=BEFORE,
        earlier={"trigger": BEFORE, "triggered_at": BEFORE},
    )
    assert Status.parse(report(alarm=alarm)).alarm == expected
    assert Status.parse(report(alarm={"trigger": dated(type="RoofBreakIn")})).blocks["alarm"].date_of("trigger") == NOW


def test_no_break_in_takes_back_the_one_before() -> None:
    broken = Status.parse(report(alarm={"trigger": dated(type="RoofBreakIn", startAt=REPORTED)}))
    calm = Status.parse(report(alarm={"trigger": {"createdAt": LATER, "type": "NoBreakIn", "startAt": LATER}}))
    for merged in (calm, broken.merge(calm), calm.merge(broken)):
        assert merged.alarm
        assert not any(merged.alarm.values.values())
    assert calm.changed(broken) == {"alarm"}


@pytest.mark.parametrize("junk", JUNK)
def test_unreadable_parts_of_an_alarm(junk: Any) -> None:
    assert Status.parse(report(alarm={"status": junk, "trigger": junk})).alarm is None
    start = Status.parse(report(alarm={"trigger": dated(type="RoofBreakIn", startAt=junk)})).alarm
    assert start
    assert start.trigger == "RoofBreakIn"
    assert start.triggered_at is None


def test_a_break_in_without_a_time_is_not_the_one_before() -> None:
    before = Status.parse(report(alarm={"trigger": dated(type="RoofBreakIn", startAt=REPORTED)}))
    pushed = Status.parse_value("vehicle.alarm.trigger.type", literal("HoodDoorBreakIn"), AFTER)
    merged = before.merge(pushed).alarm
    assert merged
    assert (merged.trigger, merged.triggered_at) == ("HoodDoorBreakIn", None)


ARMED = {"activation": "Active"}
DISARMED = {"activation": "Inactive"}
BROKEN = {"type": "RoofBreakIn", "startAt": REPORTED}
DATES = (LONG_AGO, REPORTED, LATER)


@pytest.mark.parametrize(
    ("states", "trigger", "expected"),
    [
        ((ARMED,), BROKEN, True),
        ((ARMED, ARMED, ARMED), BROKEN, True),
        ((ARMED, ARMED, DISARMED), BROKEN, False),
        # The car goes on naming the trigger after the alarm has been armed again.
        ((ARMED, DISARMED, ARMED), BROKEN | {"startAt": LONG_AGO}, False),
        # Somebody tampers with a car of which the alarm is not armed: further reports that it is not end nothing.
        ((DISARMED, DISARMED, DISARMED), BROKEN, True),
        ((DISARMED,), {"type": "KeyLearning"}, True),
        ((ARMED,), {"type": "NoBreakIn", "startAt": REPORTED}, False),
        ((ARMED,), {}, False),
        ((DISARMED,), {}, False),
        ((), BROKEN, True),
    ],
)
def test_a_break_in_lasts_until_the_alarm_is_disarmed(
    states: tuple[dict[str, str], ...], trigger: dict[str, str], expected: bool
) -> None:
    status = Status.parse(report(alarm={"trigger": dated(**trigger)} if trigger else {}))
    for date, state in zip(DATES, states, strict=False):
        status = status.merge(Status.parse({"createdAt": date, "alarm": {"status": {"createdAt": date, **state}}}))
    assert status.alarm
    assert status.alarm.broken_into is expected
    restored = Status.restore(status.as_dict()).alarm
    assert restored
    assert restored.broken_into is expected


@pytest.mark.parametrize("armed", [True, False])
def test_what_an_older_version_has_stored_of_an_alarm(armed: bool) -> None:
    stored = {"alarm": {"at": LONG_AGO, "armed": armed, "trigger": "RoofBreakIn", "triggered_at": LONG_AGO}}
    restored = Status.restore(stored)
    assert restored.alarm
    assert restored.alarm.broken_into is armed
    disarmed = restored.merge(Status.parse({"createdAt": REPORTED, "alarm": {"status": DISARMED}})).alarm
    assert disarmed
    assert not disarmed.broken_into


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"state": True, "startedAt": LONG_AGO}, Switched(at=NOW, on=True)),
        ({"state": True, "createdAt": LONG_AGO}, Switched(at=BEFORE, on=True)),
        ({"state": True, "startedAt": LONG_AGO, "endAt": REPORTED}, Switched(at=NOW, on=False)),
        ({"state": False, "startedAt": LONG_AGO, "createdAt": REPORTED}, Switched(at=NOW, on=False)),
        ({"state": False}, Switched(at=NOW, on=False)),
        ({"state": "yes"}, None),
        ({}, None),
    ],
)
def test_a_car_that_was_stolen_is_not_so_for_good(block: dict[str, Any], expected: Switched | None) -> None:
    assert Status.parse({"createdAt": REPORTED, "stolen": block}).stolen == expected
