"""What a car reports reaches its entities by push alone; polling is a safety net."""

import asyncio
from collections.abc import Callable
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE, EVENT_HOMEASSISTANT_FINAL_WRITE
import pytest

from simulator import Car, Fault, MessageFault, Simulator

from .conftest import House
from .test_webhook import only_callback

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


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what the integration has said that a normal day's log must not hold."""
    return [
        one.getMessage()
        for one in caplog.records
        if one.levelno >= logging.WARNING and one.name.startswith("custom_components.stellantis")
    ]


@pytest.fixture
def reported(vendor: Simulator, car: Car) -> Car:
    """A car whose last report is old, so that any date later than that is news."""
    car.dates.clear()
    car.touch()
    for block in ("doorsState", "energies", "preconditioning", "kinetic", "privacy"):
        car.dates[block] = "2026-01-01T00:00:00Z"
    return car


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
    house: House, reported: Car, act: Callable[[Any, Car], object], platform: str, key: str, state: str
) -> None:
    await house.add_account()
    house.vendor.requests.clear()
    act(house.vendor.garage, reported)
    await house.until(reported, platform, key, state)
    assert house.requests("GET", "*") == []


async def test_a_level_and_a_position_advance_while_they_change(house: House, reported: Car) -> None:
    await house.add_account()
    house.vendor.requests.clear()
    before = float(house.state(reported, "sensor", "battery_level").state)
    house.vendor.garage.start_charging(reported)
    changed = house.changes(reported, "sensor", "battery_level")
    levels = [float((await anext(changed)).state) for _ in range(3)]
    assert before < levels[0] < levels[1] < levels[2]
    assert house.requests("GET", "*") == []


async def test_a_message_that_carries_only_a_value_updates_that_value(house: House, reported: Car) -> None:
    entry = await house.add_account()
    house.vendor.requests.clear()
    await house.post(entry, reported, value("vehicle.energy.electric.level", "41"))
    await house.post(entry, reported, value("vehicle.energy.charging.status", "InProgress"))
    assert house.state(reported, "sensor", "battery_level").state == "41.0"
    assert house.state(reported, "switch", "charging").state == "on"
    assert house.state(reported, "binary_sensor", "plugged").state == "on"
    assert house.requests("GET", "*") == []


async def test_the_log_tells_what_is_news_and_not_what_it_is(
    house: House, reported: Car, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await house.add_account()
    for event in (doors("Unlocked", SECOND), doors("Unlocked", SECOND), {"refresh": True, **doors("Locked", THIRD)}):
        await house.post(entry, reported, event)
    assert [record.getMessage() for record in caplog.records if " reports" in record.getMessage()] == [
        "Peugeot e-208 reports: doors",
        "Peugeot e-208 reports: nothing new",
        "Peugeot e-208 reports again: doors",
    ]


async def test_an_older_message_changes_nothing_and_a_second_one_neither(house: House, reported: Car) -> None:
    entry = await house.add_account()
    for event, state in (
        (doors("Unlocked", SECOND), "unlocked"),
        (doors("Locked", FIRST), "unlocked"),
        (doors("Unlocked", SECOND), "unlocked"),
        (doors("Locked", THIRD), "locked"),
        (doors("Unlocked", SECOND), "locked"),
    ):
        await house.post(entry, reported, event)
        assert house.state(reported, "lock", "doors").state == state


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"values": None, "extensions": None},
        {"values": [None, {}, {"data": 7}], "extensions": [None, {}, {"type": "vehicle.status", "body": [None, []]}]},
        status(doorsState="junk", energies={"junk": []}, lastPosition=[]),
        value("vehicle.energy.electric.level", "plenty"),
        value("never.heard.of", "1"),
    ],
)
async def test_a_message_that_says_nothing_changes_nothing(
    house: House, reported: Car, caplog: pytest.LogCaptureFixture, event: dict[str, Any]
) -> None:
    entry = await house.add_account()
    before = {one.entity_id: one.state for one in house.hass.states.async_all()}
    await house.post(entry, reported, event)
    assert {one.entity_id: one.state for one in house.hass.states.async_all()} == before
    assert complaints(caplog) == []


async def test_a_report_of_a_car_that_is_not_in_the_account_is_dropped(house: House, reported: Car) -> None:
    entry = await house.add_account()
    before = {one.entity_id: one.state for one in house.hass.states.async_all()}
    await house.post(entry, house.vendor.cars["second"], doors("Unlocked", THIRD))
    assert {one.entity_id: one.state for one in house.hass.states.async_all()} == before


@pytest.mark.parametrize("fault", [{"double": True}, {"reorder": True}, {"late": 0.05}])
async def test_messages_that_come_twice_or_in_another_order_end_in_the_cars_state(
    house: House, reported: Car, fault: dict[str, Any]
) -> None:
    await house.add_account()
    house.vendor.faults.add(MessageFault(car=reported, **fault))
    garage = house.vendor.garage
    for act, locked, date in (
        (garage.unlock, False, FIRST),
        (garage.lock, True, SECOND),
        (garage.unlock, False, THIRD),
    ):
        act(reported)
        assert reported.locked is locked
        reported.dates["doorsState"] = date
    await house.until(reported, "lock", "doors", "unlocked")
    await house.vendor.idle()
    await house.settle()
    assert house.state(reported, "lock", "doors").state == "unlocked"


async def test_after_a_lag_a_batch_brings_it_all(house: House, reported: Car) -> None:
    await house.add_account()
    await house.front.stop()
    garage = house.vendor.garage
    garage.unlock(reported)
    garage.open(reported, "Trunk")
    garage.unplug(reported)
    await house.vendor.wait_for_delivery(lambda delivery: delivery.status is None)
    house.vendor.requests.clear()
    await house.front.start()
    await house.vendor.wait_for_delivery(lambda delivery: delivery.batch and delivery.status == 200)
    await house.settle()
    assert house.state(reported, "lock", "doors").state == "unlocked"
    assert house.state(reported, "binary_sensor", "trunk").state == "on"
    assert house.state(reported, "binary_sensor", "plugged").state == "off"
    assert house.requests("GET", "*") == []


async def test_a_car_that_is_pushed_is_polled_every_six_hours(house: House, car: Car) -> None:
    await house.add_account()
    house.vendor.requests.clear()
    await house.pass_time(hours=5, minutes=59)
    assert house.reads(car) == 0
    await house.pass_time(hours=6, minutes=1)
    assert house.reads(car) == 1


async def test_a_report_puts_the_poll_off(house: House, car: Car) -> None:
    """It says whatever a poll would."""
    await house.add_account()
    house.vendor.garage.unlock(car)
    await house.until(car, "lock", "doors", "unlocked")
    house.vendor.requests.clear()
    await house.pass_time(hours=5, minutes=59)
    assert house.reads(car) == 0


async def test_a_report_makes_a_car_available_again(house: House, car: Car) -> None:
    await house.add_account()
    house.vendor.faults.add(Fault(path="*/status", car=car, status=503, times=3))
    for _ in range(3):
        await house.pass_time(hours=7)
    assert house.state(car, "lock", "doors").state == "unavailable"
    house.vendor.garage.unlock(car)
    await house.until(car, "lock", "doors", "unlocked")


async def test_a_first_poll_that_fails_is_tried_again_soon_though_the_car_is_pushed(house: House, car: Car) -> None:
    house.vendor.faults.add(Fault(path="*/status", car=car, status=503))
    await house.add_account()
    house.vendor.requests.clear()
    await house.pass_time(seconds=80)
    assert house.reads(car) == 1
    assert house.state(car, "sensor", "battery_level").state == "62.0"
    house.vendor.requests.clear()
    await house.pass_time(minutes=31)
    assert house.reads(car) == 0


async def test_a_car_is_available_again_though_a_poll_was_put_off_in_between(house: House, car: Car) -> None:
    """And though it has nothing new to report."""
    house.refuse_push()
    await house.add_account()
    other = house.vendor.cars["hybrid"]
    house.vendor.faults.add(Fault(path="*/status", car=car, status=503, times=3))
    for _ in range(3):
        await house.pass_time(minutes=31)
    assert house.state(car, "lock", "doors").state == "unavailable"
    house.vendor.faults.add(Fault(path="*/maintenance", car=other, status=429, headers={"Retry-After": "600"}))
    await house.hass.config_entries.async_entries("stellantis")[0].runtime_data.cars[other.vin].async_read_more()
    house.vendor.requests.clear()
    await house.pass_time(minutes=5)
    assert house.reads(car) == 0
    await house.pass_time(minutes=31)
    assert house.state(car, "lock", "doors").state == "locked"


async def test_the_first_alert_of_a_car_without_any_is_told(house: House, car: Car) -> None:
    """The vendor answers 404 where it has no data."""
    house.vendor.faults.add(Fault(path="*/alerts", status=404, times=None))
    await house.add_account()
    assert house.state(car, "event", "alert").state == "unknown"
    house.vendor.garage.raise_alert(car, "FuelLevelLow", "Warning")
    await house.until(car, "binary_sensor", "alert", "on")
    assert house.state(car, "event", "alert").attributes["event_type"] == "warning"


async def test_a_car_that_is_not_pushed_tells_its_alerts_within_a_day(house: House, car: Car) -> None:
    house.refuse_push()
    await house.add_account()
    house.vendor.garage.raise_alert(car)
    await house.pass_time(hours=25)
    assert house.state(car, "binary_sensor", "alert").state == "on"


async def test_an_alert_that_came_while_nothing_was_pushed_is_told(house: House, car: Car) -> None:
    await house.add_account()
    only_callback(house).status = "Failed"
    house.vendor.garage.raise_alert(car, "FuelLevelLow", "Critical")
    await house.pass_time(hours=25)
    assert house.state(car, "event", "alert").attributes["event_type"] == "critical"


async def test_what_could_not_be_read_at_first_is_read_within_a_day(house: House, car: Car) -> None:
    house.vendor.faults.add(Fault(path="*/maintenance", car=car, status=503))
    await house.add_account()
    house.vendor.requests.clear()
    await house.pass_time(hours=25)
    assert house.state(car, "sensor", "maintenance_days").state == "210"
    assert len(house.requests("GET", f"/{car.id}/alerts")) == 1
    await house.pass_time(hours=25)
    assert len(house.requests("GET", f"/{car.id}/alerts")) == 1


async def test_a_message_is_known_by_its_monitor_too(house: House, reported: Car) -> None:
    """The vendor may not fill in the VIN."""
    entry = await house.add_account()
    monitor_id = next(one.id for one in only_callback(house).monitors.values() if one.car is reported)
    await house.post(entry, reported, {"monitorId": monitor_id, **doors("Unlocked", THIRD)}, vin="$vin")
    assert house.state(reported, "lock", "doors").state == "unlocked"


async def test_a_command_is_not_followed_by_a_poll_but_a_wake_up_is(house: House, car: Car) -> None:
    await house.add_account()
    house.vendor.requests.clear()
    await house.call(car, "lock", "doors", "unlock")
    await house.call(car, "switch", "charging", "turn_on")
    await house.settle()
    assert house.reads(car) == 0
    await house.call(car, "button", "wake_up", "press")
    await house.settle()
    assert house.reads(car) == 1


@pytest.mark.parametrize("status", ["Paused", "Failed"])
async def test_after_a_time_without_messages_every_car_is_read_once(house: House, car: Car, status: str) -> None:
    await house.add_account()
    only_callback(house).status = status
    house.vendor.garage.unlock(car)  # nobody is told
    house.vendor.requests.clear()
    house.hass.bus.async_fire(EVENT_CORE_CONFIG_UPDATE, {"external_url": house.front.url})
    await house.until(car, "lock", "doors", "unlocked")
    await house.settle()
    assert [house.reads(one) for one in house.vendor.accounts["driver"].cars] == [1, 1, 1]


async def test_without_an_address_cars_are_polled_again(house: House, car: Car) -> None:
    await house.add_account()
    await house.hass.config.async_update(external_url=None)
    await house.settle()
    house.vendor.requests.clear()
    await house.pass_time(minutes=31)
    assert house.reads(car) == 1


async def test_what_was_known_is_known_after_a_restart(house: House, car: Car) -> None:
    """Even if the vendor does not answer then."""
    entry = await house.add_account()
    house.vendor.garage.unlock(car)
    await house.until(car, "lock", "doors", "unlocked")
    house.vendor.faults.add(Fault(path="*/status", status=503, times=None))
    await house.reload(entry)
    assert house.state(car, "lock", "doors").state == "unlocked"
    assert house.state(car, "sensor", "battery_level").state == "62.0"


async def test_after_a_restart_without_the_vendor_cars_are_what_they_were(house: House, car: Car) -> None:
    """What is pushed then is taken in, and when the vendor answers again cars that have come are there."""
    entry = await house.add_account()
    house.vendor.faults.add(Fault(path="*/user/*", status=503, times=None))
    await house.reload(entry)
    assert entry.state is ConfigEntryState.LOADED
    assert house.state(car, "lock", "doors").state == "locked"
    assert house.state(car, "sensor", "odometer").state == "12345.6"
    assert house.state(car, "switch", "lights").state == "off"

    [later] = house.add_cars({"later": {}}).values()
    house.vendor.faults.clear()
    await house.pass_time(seconds=32)
    assert house.state(later, "lock", "doors").state == "unknown"
    assert {monitor.car.name for monitor in house.vendor.callbacks[entry.data["callback_id"]].monitors.values()} == {
        one.name for one in house.vendor.accounts["driver"].cars
    }


async def test_what_is_known_is_written_down_and_goes_with_the_entry(
    house: House, car: Car, hass_storage: dict[str, Any]
) -> None:
    entry = await house.add_account()
    house.hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await house.settle()
    assert car.vin in hass_storage[f"stellantis.{entry.entry_id}"]["data"]
    house.vendor.garage.unlock(car)
    await house.until(car, "lock", "doors", "unlocked")
    await house.hass.config_entries.async_remove(entry.entry_id)
    house.hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await house.settle()
    assert f"stellantis.{entry.entry_id}" not in hass_storage


async def test_a_car_that_is_gone_is_forgotten(house: House, car: Car, hass_storage: dict[str, Any]) -> None:
    entry = await house.add_account()
    house.hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await house.settle()
    house.vendor.accounts["driver"].cars.remove(car)
    await house.pass_time(hours=25)
    await house.hass.config_entries.async_unload(entry.entry_id)
    assert car.vin not in hass_storage[f"stellantis.{entry.entry_id}"]["data"]


async def test_a_tenth_of_the_days_requests_is_left_for_commands(
    house: House, car: Car, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"X-RateLimit-Limit-1": "1000", "X-RateLimit-Remaining-1": "100"}
    await house.add_account()
    house.vendor.faults.add(Fault(path="*", headers=headers, times=None))
    await house.call(car, "button", "horn", "press")
    house.vendor.requests.clear()
    await house.call(car, "button", "wake_up", "press")
    await house.settle()
    assert house.requests("GET", "/status") == []
    assert house.state(car, "lock", "doors").state == "locked"
    house.vendor.faults.clear()
    await house.pass_time(hours=1, minutes=1)
    assert house.reads(car) == 1
    assert complaints(caplog) == []


async def test_after_too_many_requests_no_car_is_read_until_the_vendor_allows_it(house: House, car: Car) -> None:
    house.refuse_push()
    await house.add_account()
    other = house.vendor.cars["hybrid"]
    house.vendor.faults.add(Fault(path="*/status", car=car, status=429, headers={"Retry-After": "3600"}))
    await house.pass_time(minutes=31)
    house.vendor.requests.clear()
    await house.pass_time(minutes=31)
    assert (house.reads(car), house.reads(other)) == (0, 0)
    await house.pass_time(minutes=61)
    assert house.reads(car) == 1
    assert house.reads(other) == 1


async def test_news_reaches_home_assistant_within_a_second(house: House, reported: Car) -> None:
    await house.add_account()
    loop, delays = asyncio.get_running_loop(), []
    for _ in range(5):
        for act, state in ((house.vendor.garage.unlock, "unlocked"), (house.vendor.garage.lock, "locked")):
            reported.dates["doorsState"] = ""
            start = loop.time()
            act(reported)
            await house.until(reported, "lock", "doors", state)
            delays.append(loop.time() - start)
    assert sorted(delays)[len(delays) // 2] < 1
