"""What a car reports reaches its entities by push alone; polling is a safety net."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE, EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util
import pytest
from yarl import URL

from custom_components.stellantis.account.storage import SAVE_DELAY, SAVE_DELAY_MOVING
from custom_components.stellantis.const import DOMAIN
from simulator import Car, Fault

from .helpers.callbacks import only_callback
from .helpers.harness import Harness
from .helpers.logs import complaints

FIRST: Final = "2026-03-01T10:00:00Z"
SECOND: Final = "2026-03-01T10:00:05Z"
THIRD: Final = "2026-03-01T10:00:09Z"


def status(**blocks: Any) -> dict[str, Any]:
    """Make an event that brings a status along."""
    return {"extensions": [{"type": "vehicle.status", "body": [{"status": blocks}]}]}


def doors(locked: str, date: str) -> dict[str, Any]:
    return status(doorsState={"createdAt": date, "lockedStates": [locked]})


def value(data: str, literal: str) -> dict[str, Any]:
    return {"values": [{"data": data, "value": {"type": "string", "body": {"literalValue": literal}}}]}


@pytest.mark.parametrize(
    ("act", "platform", "key", "state"),
    [
        (lambda garage, car: garage.unlock(car), "lock", "doors", "unlocked"),
        (lambda garage, car: garage.open(car, "Trunk"), "binary_sensor", "trunk", "on"),
        (lambda garage, car: garage.start_charging(car), "switch", "charging", "on"),
        (lambda garage, car: garage.start_charging(car), "sensor", "charging_status", "in_progress"),
        (lambda garage, car: garage.unplug(car), "binary_sensor", "plugged", "off"),
        (lambda garage, car: garage.precondition(car, on=True), "climate", "preconditioning", "heat_cool"),
        (lambda garage, car: garage.drive_off(car), "binary_sensor", "moving", "on"),
        (lambda garage, car: garage.drive_off(car), "binary_sensor", "running", "on"),
        (lambda garage, car: garage.set_privacy(car, "Full"), "sensor", "privacy", "full"),
        (lambda garage, car: garage.set_privacy(car, "Full"), "device_tracker", "location", "unknown"),
        (lambda garage, car: garage.raise_alert(car, "FuelLevelLow", "Warning"), "binary_sensor", "alert", "on"),
    ],
)
async def test_an_entity_follows_its_cause_without_a_poll(
    harness: Harness, reported: Car, act: Callable[[Any, Car], object], platform: str, key: str, state: str
) -> None:
    await harness.add_account()
    harness.vendor.requests.clear()
    act(harness.vendor.garage, reported)
    await harness.until(reported, platform, key, state)
    assert harness.requests("GET", "*") == []


async def test_a_level_and_a_position_advance_while_they_change(harness: Harness, reported: Car) -> None:
    await harness.add_account()
    harness.vendor.requests.clear()
    before = float(harness.state(reported, "sensor", "battery_level").state)
    harness.vendor.garage.start_charging(reported)
    changed = harness.changes(reported, "sensor", "battery_level")
    levels = [before]
    while len(levels) < 4:  # a level that is reported again has a new date
        if (level := float((await anext(changed)).state)) != levels[-1]:
            levels.append(level)
    assert levels == sorted(levels)
    assert harness.requests("GET", "*") == []


async def test_a_message_that_carries_only_a_value_updates_that_value(harness: Harness, reported: Car) -> None:
    entry = await harness.add_account()
    harness.vendor.requests.clear()
    await harness.post(entry, reported, value("vehicle.energy.electric.level", "41"))
    await harness.post(entry, reported, value("vehicle.energy.charging.status", "InProgress"))
    assert harness.state(reported, "sensor", "battery_level").state == "41.0"
    assert harness.state(reported, "switch", "charging").state == "on"
    assert harness.state(reported, "binary_sensor", "plugged").state == "on"
    assert harness.requests("GET", "*") == []


async def test_the_log_tells_what_is_news_and_not_what_it_is(
    harness: Harness, reported: Car, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await harness.add_account()
    for event in (doors("Unlocked", SECOND), doors("Unlocked", SECOND), {"refresh": True, **doors("Locked", THIRD)}):
        await harness.post(entry, reported, event)
    assert [record.getMessage() for record in caplog.records if " reports" in record.getMessage()] == [
        "Peugeot e-208 reports: doors",
        "Peugeot e-208 reports: nothing new",
        "Peugeot e-208 reports again: doors",
    ]


async def test_an_older_message_changes_nothing_and_a_second_one_neither(harness: Harness, reported: Car) -> None:
    entry = await harness.add_account()
    for event, state in (
        (doors("Unlocked", SECOND), "unlocked"),
        (doors("Locked", FIRST), "unlocked"),
        (doors("Unlocked", SECOND), "unlocked"),
        (doors("Locked", THIRD), "locked"),
        (doors("Unlocked", SECOND), "locked"),
    ):
        await harness.post(entry, reported, event)
        assert harness.state(reported, "lock", "doors").state == state


SAY_NOTHING: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"values": None, "extensions": None},
    {"values": [None, {}, {"data": 7}], "extensions": [None, {}, {"type": "vehicle.status", "body": [None, []]}]},
    status(doorsState="junk", energies={"junk": []}, lastPosition=[]),
    value("vehicle.energy.electric.level", "plenty"),
    value("never.heard.of", "1"),
)


async def test_a_message_that_says_nothing_changes_nothing(
    harness: Harness, reported: Car, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    entry = await harness.add_account()
    before = {one.entity_id: one.state for one in harness.hass.states.async_all()}
    for event in SAY_NOTHING:
        with subtests.test(str(event)):
            await harness.post(entry, reported, event)
            assert {one.entity_id: one.state for one in harness.hass.states.async_all()} == before
    assert complaints(caplog) == []


async def test_a_message_that_says_nothing_is_no_sign_of_life(harness: Harness, reported: Car) -> None:
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(path="*/status", car=reported, status=503, times=3))
    for _ in range(3):
        await harness.pass_time(hours=7)
    for event in SAY_NOTHING:
        await harness.post(entry, reported, event)
        assert harness.state(reported, "lock", "doors").state == "unavailable"
    car = entry.runtime_data.cars[reported.vin]
    assert car.last_push is None
    assert not car.received["whole"] + car.received["partial"]
    await harness.post(entry, reported, doors("Unlocked", THIRD))
    assert harness.state(reported, "lock", "doors").state == "unlocked"


async def test_a_status_that_cannot_be_read_does_not_put_a_poll_off(harness: Harness, reported: Car) -> None:
    """But the position beside it counts."""
    entry = await harness.add_account()
    harness.vendor.requests.clear()
    junk = {"type": "vehicle.status", "body": [{"status": {"doorsState": "junk"}}]}
    geometry = {"type": "Point", "coordinates": [2.5, 48.5]}
    place = {"type": "Feature", "geometry": geometry, "properties": {"createdAt": dt_util.utcnow().isoformat()}}
    position = {"type": "vehicle.position", "body": [{"position": place}]}
    for extensions in ([junk], [junk, position]):
        await harness.post(entry, reported, {"extensions": extensions})
    assert harness.state(reported, "device_tracker", "location").attributes["latitude"] == 48.5
    car = entry.runtime_data.cars[reported.vin]
    assert (car.received["whole"], car.received["partial"]) == (0, 1)


async def test_a_report_of_a_car_that_is_not_in_the_account_is_dropped(harness: Harness, reported: Car) -> None:
    entry = await harness.add_account()
    before = {one.entity_id: one.state for one in harness.hass.states.async_all()}
    await harness.post(entry, harness.vendor.cars["second"], doors("Unlocked", THIRD))
    assert {one.entity_id: one.state for one in harness.hass.states.async_all()} == before


async def test_a_car_that_is_pushed_is_polled_every_six_hours(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.requests.clear()
    await harness.pass_time(hours=5, minutes=59)
    assert harness.reads(car) == 0
    await harness.pass_time(hours=6, minutes=1)
    assert harness.reads(car) == 1


async def test_a_report_puts_the_poll_off(harness: Harness, car: Car) -> None:
    """It says whatever a poll would."""
    await harness.add_account()
    harness.vendor.garage.unlock(car)
    await harness.until(car, "lock", "doors", "unlocked")
    harness.vendor.requests.clear()
    await harness.pass_time(hours=5, minutes=59)
    assert harness.reads(car) == 0


async def test_a_report_makes_a_car_available_again(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.faults.add(Fault(path="*/status", car=car, status=503, times=3))
    for _ in range(3):
        await harness.pass_time(hours=7)
    assert harness.state(car, "lock", "doors").state == "unavailable"
    harness.vendor.garage.unlock(car)
    await harness.until(car, "lock", "doors", "unlocked")

    # And polls that fail from then on make it unavailable again.
    await harness.vendor.idle()
    await harness.settle()
    harness.vendor.requests.clear()
    harness.vendor.faults.add(Fault(path="*/status", car=car, status=503, times=3))
    for _ in range(3):
        await harness.pass_time(hours=7)
    assert [request.status for request in harness.requests("GET", "/status")] == [503, 503, 503]
    assert harness.state(car, "lock", "doors").state == "unavailable"


async def test_a_first_poll_that_fails_is_tried_again_soon_though_the_car_is_pushed(harness: Harness, car: Car) -> None:
    harness.vendor.faults.add(Fault(path="*/status", car=car, status=503))
    await harness.add_account()
    harness.vendor.requests.clear()
    await harness.pass_time(seconds=80)
    assert harness.reads(car) == 1
    assert harness.state(car, "sensor", "battery_level").state == "62.0"
    harness.vendor.requests.clear()
    await harness.pass_time(minutes=31)
    assert harness.reads(car) == 0


async def test_a_car_is_available_again_though_a_poll_was_put_off_in_between(
    harness: Harness, car: Car, other: Car
) -> None:
    """And though it has nothing new to report."""
    harness.refuse_push()
    await harness.add_account()
    harness.vendor.faults.add(Fault(path="*/status", car=car, status=503, times=3))
    for _ in range(3):
        await harness.pass_time(minutes=31)
    assert harness.state(car, "lock", "doors").state == "unavailable"
    harness.vendor.faults.add(Fault(path="*/maintenance", car=other, status=429, headers={"Retry-After": "600"}))
    await harness.hass.config_entries.async_entries("stellantis")[0].runtime_data.cars[other.vin].async_read_details()
    harness.vendor.requests.clear()
    await harness.pass_time(minutes=5)
    assert harness.reads(car) == 0
    await harness.pass_time(minutes=31)
    assert harness.state(car, "lock", "doors").state == "locked"


async def test_the_first_alert_of_a_car_without_any_is_told(harness: Harness, car: Car) -> None:
    """The vendor answers 404 where it has no data."""
    harness.vendor.faults.add(Fault(path="*/alerts", status=404, times=None))
    await harness.add_account()
    assert harness.state(car, "event", "alert").state == "unknown"
    harness.vendor.garage.raise_alert(car, "FuelLevelLow", "Warning")
    await harness.until(car, "binary_sensor", "alert", "on")
    assert harness.state(car, "event", "alert").attributes["event_type"] == "warning"


async def test_a_car_that_is_not_pushed_tells_its_alerts_within_a_day(harness: Harness, car: Car) -> None:
    harness.refuse_push()
    await harness.add_account()
    harness.vendor.garage.raise_alert(car)
    await harness.pass_time(hours=25)
    assert harness.state(car, "binary_sensor", "alert").state == "on"


async def test_an_alert_that_came_while_nothing_was_pushed_is_told(harness: Harness, car: Car) -> None:
    await harness.add_account()
    only_callback(harness).status = "Failed"
    harness.vendor.garage.raise_alert(car, "FuelLevelLow", "Critical")
    await harness.pass_time(hours=25)
    assert harness.state(car, "event", "alert").attributes["event_type"] == "critical"


async def test_a_message_is_known_by_its_monitor_too(harness: Harness, reported: Car) -> None:
    """The vendor may not fill in the VIN."""
    entry = await harness.add_account()
    monitor_id = next(one.id for one in only_callback(harness).monitors.values() if one.car is reported)
    await harness.post(entry, reported, {"monitorId": monitor_id, **doors("Unlocked", THIRD)}, vin="$vin")
    assert harness.state(reported, "lock", "doors").state == "unlocked"


async def test_a_command_is_not_followed_by_a_poll_but_a_wake_up_is(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.requests.clear()
    await harness.call(car, "lock", "doors", "unlock")
    await harness.call(car, "switch", "charging", "turn_on")
    await harness.settle()
    assert harness.reads(car) == 0
    await harness.call(car, "button", "wake_up", "press")
    await harness.settle()
    assert harness.reads(car) == 1


async def test_a_pushed_car_of_which_the_vendor_knows_nothing_is_asked_for_as_seldom_as_any_other(
    harness: Harness, car: Car
) -> None:
    await harness.add_account()
    harness.vendor.faults.add(Fault(path="*/status", car=car, status=404, times=None))
    await harness.pass_time(hours=7)
    for _ in range(9):
        await harness.pass_time(hours=5)
    harness.vendor.requests.clear()
    for _ in range(4):
        await harness.pass_time(hours=6, seconds=2)
    assert harness.reads(car) == 4


@pytest.mark.parametrize("status", ["Paused", "Failed"])
@pytest.mark.usefixtures("three_cars")
async def test_after_a_time_without_messages_every_car_is_read_once(harness: Harness, car: Car, status: str) -> None:
    await harness.add_account()
    only_callback(harness).status = status
    harness.vendor.garage.unlock(car)  # nobody is told
    harness.vendor.requests.clear()
    harness.hass.bus.async_fire(EVENT_CORE_CONFIG_UPDATE, {"external_url": harness.front.url})
    await harness.until(car, "lock", "doors", "unlocked")
    await harness.settle()
    assert [harness.reads(one) for one in harness.vendor.accounts["driver"].cars] == [1, 1, 1]


async def test_diagnostics_do_not_say_in_step_after_a_refused_token(harness: Harness) -> None:
    entry = await harness.add_account()
    assert entry.runtime_data.callback.state["in_step"]
    harness.vendor.faults.add(Fault(path="/user/callbacks", status=401, times=None))
    await harness.hass.config.async_update(external_url="https://new.example.com")
    await harness.settle()
    assert entry.runtime_data.callback.state == {"in_step": False, "failures": 1}
    harness.vendor.faults.clear()
    await harness.pass_time(seconds=31)
    assert entry.runtime_data.callback.state["in_step"]
    assert URL(only_callback(harness).target).host == "new.example.com"


async def test_without_an_address_cars_are_polled_again(harness: Harness, car: Car) -> None:
    await harness.add_account()
    await harness.hass.config.async_update(external_url=None)
    await harness.settle()
    harness.vendor.requests.clear()
    await harness.pass_time(minutes=31)
    assert harness.reads(car) == 1


async def test_what_was_known_is_known_after_a_restart(harness: Harness, car: Car) -> None:
    """Even if the vendor does not answer then."""
    entry = await harness.add_account()
    harness.vendor.garage.unlock(car)
    await harness.until(car, "lock", "doors", "unlocked")
    harness.vendor.faults.add(Fault(path="*/status", status=503, times=None))
    await harness.reload(entry)
    assert harness.state(car, "lock", "doors").state == "unlocked"
    assert harness.state(car, "sensor", "battery_level").state == "62.0"


@pytest.mark.usefixtures("other")
async def test_after_a_restart_without_the_vendor_cars_are_what_they_were(harness: Harness, car: Car) -> None:
    """What is pushed then is taken in, and when the vendor answers again cars that have come are there."""
    entry = await harness.add_account()
    harness.vendor.faults.add(Fault(path="*/user/*", status=503, times=None))
    await harness.reload(entry)
    assert entry.state is ConfigEntryState.LOADED
    assert harness.state(car, "lock", "doors").state == "locked"
    assert harness.state(car, "sensor", "odometer").state == "12345.6"
    assert harness.state(car, "switch", "lights").state == "off"

    [later] = harness.add_cars({"later": {}}).values()
    harness.vendor.faults.clear()
    await harness.pass_time(seconds=32)
    assert harness.state(later, "lock", "doors").state == "unknown"
    assert {monitor.car.name for monitor in harness.vendor.callbacks[entry.data["callback_id"]].monitors.values()} == {
        one.name for one in harness.vendor.accounts["driver"].cars
    }


async def test_what_is_known_is_written_down_and_goes_with_the_entry(
    harness: Harness, car: Car, hass_storage: dict[str, Any]
) -> None:
    entry = await harness.add_account()
    harness.hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await harness.settle()
    assert car.vin in hass_storage[f"stellantis.{entry.entry_id}"]["data"]
    harness.vendor.garage.unlock(car)
    await harness.until(car, "lock", "doors", "unlocked")
    await harness.hass.config_entries.async_remove(entry.entry_id)
    harness.hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await harness.settle()
    assert f"stellantis.{entry.entry_id}" not in hass_storage


async def test_a_tenth_of_the_days_requests_is_left_for_commands(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"X-RateLimit-Limit-1": "1000", "X-RateLimit-Remaining-1": "100"}
    await harness.add_account()
    harness.vendor.faults.add(Fault(path="*", headers=headers, times=None))
    await harness.call(car, "button", "horn", "press")
    harness.vendor.requests.clear()
    await harness.call(car, "button", "wake_up", "press")
    await harness.settle()
    assert harness.requests("GET", "/status") == []
    assert harness.state(car, "lock", "doors").state == "locked"
    harness.vendor.faults.clear()
    await harness.pass_time(hours=1, minutes=1)
    assert harness.reads(car) == 1
    assert complaints(caplog) == []


async def test_after_too_many_requests_no_car_is_read_until_the_vendor_allows_it(
    harness: Harness, car: Car, other: Car
) -> None:
    harness.refuse_push()
    await harness.add_account()
    harness.vendor.faults.add(Fault(path="*/status", car=car, status=429, headers={"Retry-After": "3600"}))
    await harness.pass_time(minutes=31)
    harness.vendor.requests.clear()
    await harness.pass_time(minutes=31)
    assert (harness.reads(car), harness.reads(other)) == (0, 0)
    await harness.pass_time(minutes=61)
    assert harness.reads(car) == 1
    assert harness.reads(other) == 1


async def test_news_reaches_home_assistant_within_a_second(harness: Harness, reported: Car) -> None:
    await harness.add_account()
    loop, delays = asyncio.get_running_loop(), defaultdict[str, list[float]](list)
    for _ in range(5):
        for act, state in ((harness.vendor.garage.unlock, "unlocked"), (harness.vendor.garage.lock, "locked")):
            reported.dates["doorsState"] = ""
            start = loop.time()
            act(reported)
            await harness.until(reported, "lock", "doors", state)
            delays[state].append(loop.time() - start)
    # A busy machine may delay any of them, but hardly all.
    assert all(min(each) < 1 for each in delays.values())


async def post_batch(harness: Harness, entry: ConfigEntry[Any], car: Car, *events: dict[str, Any]) -> None:
    """Post reports of a car as the vendor does after an outage."""
    attributes = [{"key": "secret", "value": entry.data["callback_secret"]}, {"key": "vin", "value": car.vin}]
    batch: list[dict[str, Any]] = [
        {
            "type": "Monitor",
            "date": THIRD,
            "attributes": attributes,
            "monitorEvent": {"monitorId": "0123456789abcdef", **event},
        }
        for event in events
    ]
    async with harness.browser.post(f"/api/webhook/{entry.data['webhook_id']}", json=batch) as answer:
        assert answer.status == 200
    await harness.settle()


def follow(harness: Harness, car: Car, platform: str, key: str) -> list[str]:
    """Return a list to which each state of an entity is added."""
    states: list[str] = []
    entity_id = harness.entity_id(car, platform, key)
    async_track_state_change_event(
        harness.hass, entity_id, callback(lambda event: states.append(event.data["new_state"].state))
    )
    return states


def air(temperature: float, date: str) -> dict[str, Any]:
    return status(environment={"air": {"createdAt": date, "temp": temperature}})


async def test_what_a_batch_reports_is_shown_once(harness: Harness, car: Car, other: Car) -> None:
    entry = await harness.add_account()
    date = dt_util.utcnow().isoformat()
    temperatures = follow(harness, car, "sensor", "outside_temperature")
    others = follow(harness, other, "sensor", "outside_temperature")
    await post_batch(harness, entry, car, air(1.5, date), air(2.5, date), air(3.5, date))
    assert temperatures == ["3.5"]
    assert others == []


async def test_a_break_in_is_shown_also_if_it_is_over_by_the_end_of_a_batch(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    intrusions, locks = (follow(harness, car, *key) for key in (("binary_sensor", "intrusion"), ("lock", "doors")))
    first, second = (dt_util.utcnow() + timedelta(seconds=seconds) for seconds in (0, 1))

    def alarm(activation: str, at: datetime, locked: str) -> dict[str, Any]:
        date = at.isoformat()
        trigger = {"createdAt": first.isoformat(), "startAt": first.isoformat(), "type": "TrunkDoorBreakIn"}
        return status(
            alarm={"status": {"createdAt": date, "activation": activation}, "trigger": trigger},
            doorsState={"createdAt": date, "lockedStates": [locked]},
        )

    await post_batch(harness, entry, car, alarm("Active", first, "Locked"), alarm("Inactive", second, "Unlocked"))
    assert intrusions == ["on", "off"]
    assert locks == ["unlocked"]
    assert harness.state(car, "event", "intrusion").attributes["event_type"] == "trunk_door_break_in"


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (air(1.5, SECOND), air(2.5, THIRD), {("sensor", "outside_temperature")}),
        (air(1.5, SECOND), air(1.5, THIRD), set()),
        # Not the sensors of the doors, which are in the same block.
        (doors("Locked", SECOND), doors("Unlocked", THIRD), {("lock", "doors")}),
    ],
)
async def test_only_what_a_report_changes_is_written_again(
    harness: Harness, reported: Car, before: dict[str, Any], after: dict[str, Any], shown: set[tuple[str, str]]
) -> None:
    reported.dates["environment"] = FIRST
    entry = await harness.add_account()
    await harness.post(entry, reported, before)
    dates = {state.entity_id: state.last_reported for state in harness.hass.states.async_all()}
    await harness.post(entry, reported, after)
    written = {
        state.entity_id
        for state in harness.hass.states.async_all()
        if state.last_reported != dates[state.entity_id] and "delivery" not in state.attributes
    }
    assert written == {harness.entity_id(reported, *each) for each in shown}


@pytest.mark.parametrize("other", ["9.5", None])
async def test_a_report_takes_back_what_something_else_has_made_of_a_state(
    harness: Harness, reported: Car, other: str | None
) -> None:
    reported.dates["environment"] = FIRST
    entry = await harness.add_account()
    await harness.post(entry, reported, air(1.5, SECOND))
    entity_id = harness.entity_id(reported, "sensor", "outside_temperature")
    if other:
        harness.hass.states.async_set(entity_id, other)
    else:
        harness.hass.states.async_remove(entity_id)
    await harness.post(entry, reported, air(1.5, THIRD))
    assert harness.state(reported, "sensor", "outside_temperature").state == "1.5"


async def test_an_entity_that_fails_does_not_cost_the_others(
    harness: Harness, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await harness.add_account()

    def fail() -> None:
        raise ValueError

    stop = entry.runtime_data.cars[car.vin].async_add_listener(fail)
    await harness.post(entry, car, air(1.5, dt_util.utcnow().isoformat()))
    stop()
    assert harness.state(car, "sensor", "outside_temperature").state == "1.5"
    assert len(complaints(caplog)) == 1


async def test_a_car_of_another_motorization_is_read_anew(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    reader = entry.runtime_data.cars[car.vin].reader
    await harness.pass_time(hours=25)
    assert entry.runtime_data.cars[car.vin].reader is reader
    car.motorization = "Hybrid"
    await harness.pass_time(hours=25)
    assert entry.runtime_data.cars[car.vin].reader.motorization == "Hybrid"


async def test_a_car_is_written_seldom_while_it_moves_and_soon_once_it_stands(
    harness: Harness, car: Car, hass_storage: dict[str, Any]
) -> None:
    entry = await harness.add_account()

    async def is_moving_on_disk(after: float) -> bool:
        await harness.pass_time(seconds=after + 1)
        stored: bool = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"][car.vin]["status"]["kinetic"]["moving"]
        return stored

    assert await is_moving_on_disk(SAVE_DELAY) is False
    car.clock_ahead = timedelta(seconds=5)  # dates are whole seconds
    harness.vendor.garage.drive_off(car)
    await harness.until(car, "binary_sensor", "moving", "on")
    assert await is_moving_on_disk(SAVE_DELAY) is False
    assert await is_moving_on_disk(SAVE_DELAY_MOVING) is True
    car.clock_ahead = timedelta(seconds=10)
    harness.vendor.garage.park(car)
    await harness.until(car, "binary_sensor", "moving", "off")
    assert await is_moving_on_disk(SAVE_DELAY) is False
