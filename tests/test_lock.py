"""The doors."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.stellantis.account import questions
from simulator import Car, Fault, MessageFault, Outcome

from .helpers.callbacks import only_callback
from .helpers.harness import SPEED, STANDSTILL, Harness

# Every form in which a status reports the locks, and the state that follows.
SHAPES: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "locked": ({"doorsState": {"lockedStates": ["Locked"]}}, "locked"),
    "superlocked": ({"doorsState": {"lockedStates": ["SuperLocked"]}}, "locked"),
    "locked among others": ({"doorsState": {"lockedStates": ["TrunkLocked", "RearDoorsLocked", "Locked"]}}, "locked"),
    "locked but for a part": ({"doorsState": {"lockedStates": ["Locked", "CargoDoorsUnlocked"]}}, "unlocked"),
    "locked but for the boot": ({"doorsState": {"lockedStates": ["TrunkUnLocked", "Locked"]}}, "unlocked"),
    "in capitals": ({"doorsState": {"lockedStates": ["LOCKED", "REARDOORSUNLOCKED"]}}, "unlocked"),
    "both names at odds": ({"doorsState": {"lockedStates": ["Locked"], "lockedState": "Unlocked"}}, "unlocked"),
    "locked with an open door": (
        {"doorsState": {"lockedStates": ["Locked"], "opening": [{"identifier": "Driver", "state": "Open"}]}},
        "unlocked",
    ),
    "locked with an open window": (
        {"doorsState": {"lockedStates": ["Locked"], "opening": [{"identifier": "RoofWindow", "state": "Open"}]}},
        "locked",
    ),
    "locked and unheard of": ({"doorsState": {"lockedStates": ["Locked", "Ajar"]}}, "unknown"),
    "unlocked": ({"doorsState": {"lockedStates": ["Unlocked"]}}, "unlocked"),
    "one door unlocked": ({"doorsState": {"lockedStates": ["CargoDoorsLocked", "DriverDoorUnlocked"]}}, "unlocked"),
    "older name": ({"doorsState": {"lockedState": ["Locked", "RearDoorsLocked"]}}, "locked"),
    "no list": ({"doorsState": {"lockedState": "Unlocked"}}, "unlocked"),
    "newer name first": ({"doorsState": {"lockedStates": ["Unlocked"], "lockedState": ["Locked"]}}, "unlocked"),
    "only some doors locked": ({"doorsState": {"lockedStates": ["RearDoorsLocked"]}}, "unknown"),
    "unheard of": ({"doorsState": {"lockedStates": ["Ajar", 7]}}, "unknown"),
    "empty list": ({"doorsState": {"lockedStates": []}}, "unknown"),
    "openings alone": ({"doorsState": {"opening": [{"identifier": "Driver", "state": "Closed"}]}}, "unknown"),
    "no doors": ({}, "unknown"),
}


async def test_state_from_every_shape_of_a_status(harness: Harness) -> None:
    cars = harness.add_cars({name: status for name, (status, _) in SHAPES.items()})
    await harness.add_account()
    states = {name: harness.state(car, "lock", "doors").state for name, car in cars.items()}
    assert states == {name: state for name, (_, state) in SHAPES.items()}


async def test_every_car_can_be_unlocked_and_locked(
    harness: Harness, three_cars: list[Car], subtests: pytest.Subtests
) -> None:
    await harness.add_account()
    for car in three_cars:
        for service, locked, state in (("unlock", False, "unlocked"), ("lock", True, "locked")):
            with subtests.test(car.name, service=service):
                await harness.call(car, "lock", "doors", service)
                assert car.locked is locked
                assert harness.state(car, "lock", "doors").state == state


@pytest.mark.parametrize(
    ("locked", "service", "transient", "end"),
    [(False, "lock", "locking", "locked"), (True, "unlock", "unlocking", "unlocked")],
)
async def test_it_shows_what_runs(
    harness: Harness, car: Car, *, locked: bool, service: str, transient: str, end: str
) -> None:
    car.locked = locked
    await harness.add_account()
    harness.vendor.speed = STANDSTILL
    calling = harness.start(car, "lock", "doors", service)
    await harness.vendor.wait_for_request("POST", "/remotes")
    assert harness.state(car, "lock", "doors").state == transient
    harness.vendor.speed = float("inf")
    await calling
    assert harness.state(car, "lock", "doors").state == end


async def test_of_what_runs_and_what_waits_it_shows_what_runs(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.speed = STANDSTILL
    calling = [harness.start(car, "lock", "doors", service) for service in ("unlock", "lock")]
    await harness.until(car, "lock", "doors", "unlocking")
    harness.vendor.speed = SPEED
    await harness.until(car, "lock", "doors", "locking")
    await asyncio.gather(*calling)
    assert harness.state(car, "lock", "doors").state == "locked"


async def test_doors_that_are_locked_already_are_a_success(harness: Harness, car: Car) -> None:
    """Somebody has locked them with the key."""
    car.locked = False
    await harness.add_account()
    assert harness.state(car, "lock", "doors").state == "unlocked"
    car.locked = True
    await harness.call(car, "lock", "doors", "lock")
    assert harness.state(car, "lock", "doors").state == "locked"
    await harness.vendor.idle()
    assert harness.vendor.deliveries[-1].messages[-1]["remoteEvent"]["eventStatus"]["status"] == "AlreadyDone"


async def test_an_open_door_leaves_it_unlocked_and_is_named(harness: Harness, car: Car) -> None:
    car.locked = False
    car.open_doors = {"Trunk"}
    await harness.add_account()
    error = await harness.failure(harness.call(car, "lock", "doors", "lock"))
    assert str(error) == "Peugeot e-208: a door or the boot is open. Close it and try again. (DoorsOpen)"
    assert harness.state(car, "lock", "doors").state == "unlocked"


async def test_a_failure_leaves_an_unknown_state_unknown(harness: Harness) -> None:
    [car] = harness.add_cars({"silent": {}}).values()
    await harness.add_account()
    car.next_outcomes.append(Outcome("Failed", "VehicleInUse"))
    await harness.failure(harness.call(car, "lock", "doors", "lock"))
    assert harness.state(car, "lock", "doors").state == "unknown"
    await harness.call(car, "lock", "doors", "unlock")
    assert harness.state(car, "lock", "doors").state == "unlocked"


async def test_what_is_not_locked_is_an_attribute(harness: Harness, car: Car) -> None:
    set_clock(car, timedelta(0), locked=True)
    car.unlocked_parts = ("CargoDoorsUnlocked", "TrunkUnLocked")
    await harness.add_account()
    state = harness.state(car, "lock", "doors")
    assert (state.state, state.attributes["not_locked"]) == ("unlocked", ["cargo_doors_unlocked", "trunk_unlocked"])
    car.unlocked_parts = ()
    garage = harness.vendor.garage
    acts: tuple[tuple[Callable[[], None], str, list[str]], ...] = (
        (lambda: garage.open(car, "Trunk"), "unlocked", ["trunk_open"]),
        (lambda: garage.unlock(car), "unlocked", ["doors_unlocked", "trunk_open"]),
        (lambda: garage.close(car, "Trunk"), "unlocked", ["doors_unlocked"]),
        (lambda: garage.lock(car), "locked", []),
    )
    for act, shown, parts in acts:
        act()
        await harness.vendor.idle()
        await harness.settle()
        state = harness.state(car, "lock", "doors")
        assert (state.state, state.attributes["not_locked"]) == (shown, parts)


async def test_a_part_that_is_unlocked_is_pushed(harness: Harness, car: Car) -> None:
    await harness.add_account()
    assert harness.state(car, "lock", "doors").state == "locked"
    car.unlocked_parts = ("CargoDoorsUnlocked",)
    harness.vendor.garage.lock(car)
    await harness.until(car, "lock", "doors", "unlocked")


# A car's clock is not the vendor's, which dates the ends of remotes.

CLOCKS: Final = pytest.mark.parametrize(
    "ahead",
    [timedelta(hours=-2), timedelta(seconds=-60), timedelta(0), timedelta(seconds=60), timedelta(hours=2)],
    ids=str,
)


def set_clock(car: Car, ahead: timedelta, *, locked: bool) -> None:
    """Set the clock of a car whose doors have been as they are for ten minutes."""
    car.clock_ahead = ahead
    car.locked = locked
    car.dates["doorsState"] = (dt_util.utcnow() + ahead - timedelta(minutes=10)).isoformat(timespec="seconds")


@CLOCKS
@pytest.mark.parametrize("confirmed", [True, False])
@pytest.mark.parametrize("pushed", [True, False])
async def test_a_car_that_is_unlocked_with_the_key_after_a_remote_is_not_locked(
    harness: Harness, car: Car, ahead: timedelta, *, confirmed: bool, pushed: bool
) -> None:
    if not pushed:
        harness.refuse_push()
    set_clock(car, ahead, locked=False)
    entry = await harness.add_account()
    if not confirmed:  # the car's report that it is locked is lost, and the vendor answers with the one before
        before = car.status()
        reports, car.report = car.report, lambda _car: before
        harness.vendor.faults.add(MessageFault(kind="Monitor", car=car, lose=True, times=None))
    await harness.call(car, "lock", "doors", "lock")
    await harness.vendor.idle()
    await harness.pass_time(minutes=1)
    assert harness.state(car, "lock", "doors").state == "locked"
    if not confirmed:
        car.report = reports
        harness.vendor.faults.clear()
    harness.vendor.garage.unlock(car)
    if not pushed:
        await harness.pass_time(hours=1)
    await harness.until(car, "lock", "doors", "unlocked")
    await harness.vendor.idle()
    await harness.pass_time(hours=7)
    await harness.reload(entry)
    assert harness.state(car, "lock", "doors").state == "unlocked"


@CLOCKS
async def test_what_a_remote_has_unlocked_is_not_locked_by_a_report_of_before(
    harness: Harness, car: Car, ahead: timedelta
) -> None:
    harness.refuse_push()
    set_clock(car, ahead, locked=True)
    before = car.status()
    car.report = lambda _car: before
    entry = await harness.add_account()
    await harness.call(car, "lock", "doors", "unlock")
    await harness.reload(entry)
    for _ in range(2):
        assert harness.state(car, "lock", "doors").state == "unlocked"
        await harness.pass_time(hours=1)


@pytest.mark.parametrize("ahead", [timedelta(minutes=30), timedelta(hours=2)], ids=str)
async def test_what_a_remote_has_unlocked_is_not_locked_by_an_unseen_report_of_before(
    harness: Harness, car: Car, ahead: timedelta
) -> None:
    """The car's clock is ahead: by that, it was locked after the remote had unlocked it."""
    harness.refuse_push()
    set_clock(car, ahead, locked=False)
    await harness.add_account()
    set_clock(car, ahead + timedelta(minutes=5), locked=True)
    before = car.status()
    car.report = lambda _car: before
    await harness.call(car, "lock", "doors", "unlock")
    for _ in range(2):
        await harness.settle()
        assert harness.state(car, "lock", "doors").state == "unlocked"
        await harness.pass_time(minutes=31)


async def deliver(harness: Harness, entry: ConfigEntry[Any], car: Car, date: datetime, **event: Any) -> None:
    """Post a message as the vendor would; a remote is under way."""
    attributes = {"secret": entry.data["callback_secret"], "vin": car.vin}
    message = {
        "callbackId": entry.data["callback_id"],
        "date": date.isoformat(),
        "attributes": [{"key": key, "value": value} for key, value in attributes.items()],
        **event,
    }
    async with harness.browser.post(f"/api/webhook/{entry.data['webhook_id']}", json=message) as answer:
        assert answer.status == 200


async def report(
    harness: Harness, entry: ConfigEntry[Any], car: Car, date: datetime, stamp: datetime, *, locked: bool
) -> None:
    doors = {"createdAt": stamp.isoformat(), "lockedStates": ["Locked" if locked else "Unlocked"]}
    extensions = [{"type": "vehicle.status", "body": [{"status": {"doorsState": doors}}]}]
    event = {"monitorId": "0123456789abcdef", "extensions": extensions}
    await deliver(harness, entry, car, date, type="Monitor", monitorEvent=event)


async def end(harness: Harness, entry: ConfigEntry[Any], car: Car, date: datetime) -> None:
    await harness.vendor.wait_for_request("POST", "/remotes")
    done = {"type": "Done", "status": "Success"}
    event = {"remoteActionId": list(only_callback(harness).remotes)[-1], "remoteType": "Doors", "eventStatus": done}
    await deliver(harness, entry, car, date, type="Remote", remoteEvent=event)


async def test_an_end_that_comes_after_the_car_was_unlocked_again_does_not_lock_it(harness: Harness, car: Car) -> None:
    """The car's clock is a minute slow: by that, it was unlocked before the remote ended."""
    now, slow = dt_util.utcnow(), timedelta(seconds=60)
    set_clock(car, -slow, locked=False)
    entry = await harness.add_account()
    harness.vendor.speed = STANDSTILL
    calling = harness.start(car, "lock", "doors", "lock")
    for locked, seconds in ((True, 19), (False, 10)):
        date = now - timedelta(seconds=seconds)
        await report(harness, entry, car, date, date - slow, locked=locked)
    await end(harness, entry, car, now - timedelta(seconds=20))
    await calling
    assert harness.state(car, "lock", "doors").state == "unlocked"


@CLOCKS
@pytest.mark.parametrize("polled", [True, False])
async def test_an_end_that_comes_late_does_not_lock_a_car_whose_own_report_of_that_is_lost(
    harness: Harness, car: Car, ahead: timedelta, *, polled: bool
) -> None:
    """It has been unlocked all the time, as far as is known, and again since."""
    if polled:
        harness.refuse_push()
    now = dt_util.utcnow()
    set_clock(car, ahead, locked=False)
    entry = await harness.add_account()
    harness.vendor.speed = STANDSTILL
    calling = harness.start(car, "lock", "doors", "lock")
    await harness.vendor.wait_for_request("POST", "/remotes")
    date = now - timedelta(seconds=10)
    if polled:
        car.dates["doorsState"] = (date + ahead).isoformat(timespec="seconds")
        body = car.status() | {
            "environment": {"air": {"temp": -7, "createdAt": (dt_util.utcnow() + ahead).isoformat()}}
        }
        harness.vendor.faults.add(Fault(path="*/status", method="GET", body=body, times=None))
        async_fire_time_changed(harness.hass, now + timedelta(minutes=31))
        await harness.until(car, "sensor", "outside_temperature", "-7")
    else:
        await report(harness, entry, car, date, date + ahead, locked=False)
    await end(harness, entry, car, now - timedelta(seconds=20))
    await calling
    assert harness.state(car, "lock", "doors").state == "unlocked"


@CLOCKS
@pytest.mark.parametrize("late", [True, False])
async def test_a_car_that_has_reported_that_a_remote_unlocked_it_can_be_locked_with_the_key(
    harness: Harness, car: Car, ahead: timedelta, *, late: bool
) -> None:
    """Its own clock tells, also if the report came before the end of the remote."""
    set_clock(car, ahead, locked=True)
    entry = await harness.add_account()
    harness.vendor.speed = STANDSTILL
    calling = harness.start(car, "lock", "doors", "unlock")
    await harness.vendor.wait_for_request("POST", "/remotes")
    now = dt_util.utcnow()
    dates = [now + timedelta(seconds=seconds) for seconds in (1, 2, 5)]
    await report(harness, entry, car, dates[0], dates[0] + ahead, locked=False)
    if not late:
        await end(harness, entry, car, dates[1])
    await report(harness, entry, car, dates[2], dates[2] + ahead, locked=True)
    if late:
        await end(harness, entry, car, dates[1])
    await calling
    assert harness.state(car, "lock", "doors").state == "locked"


async def test_an_end_that_is_asked_for_does_not_lock_a_car_that_was_unlocked_meanwhile(
    harness: Harness, car: Car, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The vendor's answer does not say when it was."""
    monkeypatch.setattr(questions, "CHECK_AFTER", tuple(0.05 * count for count in range(1, 200)))
    set_clock(car, timedelta(0), locked=False)
    await harness.add_account()
    harness.vendor.faults.add(MessageFault(kind="Remote", status="Success", lose=True))
    harness.vendor.faults.add(Fault(path="*/remotes/*", method="GET", status=503, times=None))
    calling = harness.start(car, "lock", "doors", "lock")
    await harness.vendor.wait_for_request("POST", "/remotes")
    await harness.vendor.idle()
    assert car.locked
    harness.vendor.garage.unlock(car)
    await harness.vendor.idle()
    harness.vendor.faults.clear()
    await calling
    assert harness.state(car, "lock", "doors").state == "unlocked"


async def test_an_end_that_comes_late_locks_a_car_that_was_open_before(harness: Harness, car: Car) -> None:
    now = dt_util.utcnow()
    set_clock(car, timedelta(0), locked=True)
    entry = await harness.add_account()
    harness.vendor.speed = STANDSTILL
    calling = harness.start(car, "lock", "doors", "lock")
    before = now - timedelta(seconds=30)
    await report(harness, entry, car, before, before, locked=False)
    await end(harness, entry, car, now - timedelta(seconds=20))
    await calling
    assert harness.state(car, "lock", "doors").state == "locked"
