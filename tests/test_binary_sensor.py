"""The binary sensors."""

from datetime import timedelta
from typing import Final

from freezegun.api import FrozenDateTimeFactory
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from simulator import Car

from .helpers.harness import Harness
from .helpers.reports import ALL, DATE, LATER, add_talkative_car, answer, doors, electric

# What the car that reports everything shows: state, device class.
EXPECTED: Final = {
    "alarm": ("on", None),
    "alert": ("on", "problem"),
    "belt_driver": ("off", "safety"),
    "belt_passenger": ("on", "safety"),
    "charging": ("on", "battery_charging"),
    "daylight": ("on", "light"),
    "door_driver": ("on", "door"),
    "door_passenger": ("off", "door"),
    "door_rear_left": ("off", "door"),
    "door_rear_right": ("on", "door"),
    "fog_light_front": ("off", None),
    "fog_light_rear": ("on", None),
    "indicator_left": ("on", None),
    "indicator_right": ("off", None),
    "intrusion": ("on", "tamper"),
    "moving": ("on", "moving"),
    "plugged": ("on", "plug"),
    "preconditioning": ("off", "running"),
    "rear_window": ("on", "window"),
    "roof_window": ("off", "window"),
    "running": ("on", "running"),
    "trunk": ("off", "door"),
    "wipers": ("on", None),
}
DISABLED: Final = {
    "belt_driver",
    "belt_passenger",
    "daylight",
    "fog_light_front",
    "fog_light_rear",
    "indicator_left",
    "indicator_right",
    "rear_window",
    "roof_window",
    "wipers",
}


async def test_all_that_a_car_can_report(harness: Harness, every_entity_enabled: None) -> None:
    car = add_talkative_car(harness)
    await harness.add_account()
    shown = {key: harness.state(car, "binary_sensor", key) for key in EXPECTED}
    assert {key: (one.state, one.attributes.get("device_class")) for key, one in shown.items()} == EXPECTED
    assert [{**one, "started_at": one["started_at"].isoformat()} for one in shown["alert"].attributes["alerts"]] == [
        {
            "type": "fuel_level_low",
            "name": "Fuel level low",
            "severity": "warning",
            "started_at": "2026-10-01T08:00:00+00:00",
        }
    ]
    alarm = shown["alarm"].attributes
    assert (alarm["trigger"], alarm["triggered_at"].isoformat()) == (
        "trunk_door_break_in",
        "2026-09-30T22:00:00+00:00",
    )


async def test_what_only_some_people_want_is_disabled(harness: Harness) -> None:
    car = add_talkative_car(harness)
    await harness.add_account()
    registry = er.async_get(harness.hass)
    entries = {key: registry.async_get(harness.entity_id(car, "binary_sensor", key)) for key in EXPECTED}
    assert {key for key, entry in entries.items() if entry and entry.disabled} == DISABLED


@pytest.mark.parametrize(
    ("key", "report", "expected"),
    [
        ("trunk", {"doorsState": doors(LATER, opened=("Trunk",))}, "on"),
        ("door_driver", {"doorsState": doors(LATER, closed=("Driver",))}, "off"),
        ("moving", {"kinetic": {"createdAt": LATER, "moving": False}}, "off"),
        ("running", {"powertrain": {"createdAt": LATER, "status": "Stopped"}}, "off"),
        ("plugged", {"energies": [electric(LATER, charging={"plugged": False, "status": "Disconnected"})]}, "off"),
        ("charging", {"energies": [electric(LATER, charging={"plugged": True, "status": "Finished"})]}, "off"),
        ("alarm", {"alarm": {"status": {"createdAt": LATER, "activation": "Inactive"}}}, "off"),
        ("intrusion", {"alarm": {"status": {"createdAt": LATER, "activation": "Inactive"}}}, "off"),
        ("intrusion", {"alarm": {"trigger": {"createdAt": LATER, "type": "NoBreakIn"}}}, "off"),
        (
            "belt_driver",
            {"safety": {"createdAt": LATER, "beltStatus": [{"id": "Driver", "belt": "Omission"}]}},
            "on",
        ),
        (
            "belt_passenger",
            {"safety": {"createdAt": LATER, "beltStatus": [{"id": "Passenger", "belt": "Normal"}]}},
            "off",
        ),
        ("daylight", {"environment": {"luminosity": {"createdAt": LATER, "day": False}}}, "off"),
        (
            "indicator_right",
            {"lightingSystem": {"createdAt": LATER, "turn": [{"direction": "Right", "status": "On"}]}},
            "on",
        ),
        ("wipers", {"wipingBlades": {"createdAt": LATER, "active": False}}, "off"),
    ],
)
async def test_it_follows_what_the_car_reports(
    harness: Harness, every_entity_enabled: None, key: str, report: dict[str, object], expected: str
) -> None:
    car = add_talkative_car(harness)
    await harness.add_account()
    assert harness.state(car, "binary_sensor", key).state != expected
    car.report = lambda _car: report
    await harness.pass_time(minutes=31)
    assert harness.state(car, "binary_sensor", key).state == expected


async def test_what_nobody_watches_comes_along_with_what_is_pushed(
    harness: Harness, car: Car, every_entity_enabled: None
) -> None:
    await harness.add_account()
    reads = harness.reads(car)
    garage = harness.vendor.garage
    garage.switch_lamp(car, "turn", "Left", on=True)
    garage.set_daylight(car, bright=False)
    garage.unlock(car)
    await harness.until(car, "binary_sensor", "indicator_left", "on")
    for key in ("indicator_right", "fog_light_front", "fog_light_rear", "daylight"):
        assert harness.state(car, "binary_sensor", key).state == "off"
    assert harness.reads(car) == reads


async def test_a_car_without_alerts_says_so(harness: Harness) -> None:
    [car] = harness.add_cars({"sound": {"createdAt": DATE}}).values()
    answer(harness, car, "alerts", [])
    await harness.add_account()
    alert = harness.state(car, "binary_sensor", "alert")
    assert (alert.state, alert.attributes["alerts"]) == ("off", [])


async def test_a_car_has_what_it_reports(harness: Harness) -> None:
    status = {key: ALL[key] for key in ("createdAt", "kinetic")}
    [car] = harness.add_cars({"shy": status | {"doorsState": doors(closed=("Driver",))}}).values()
    answer(harness, car, "alerts", {})
    await harness.add_account()
    found = {
        entry.unique_id.removeprefix(f"{car.vin}_")
        for entry in er.async_get(harness.hass).entities.values()
        if entry.domain == "binary_sensor" and entry.unique_id.startswith(car.vin)
    }
    assert found - {"alert"} == {"door_driver", "moving", "preconditioning"}


# --- Preconditioning


async def test_preconditioning_follows_the_climate_entity(harness: Harness, car: Car) -> None:
    await harness.add_account()
    for service, expected in (("turn_on", "on"), ("turn_off", "off")):
        await harness.call(car, "climate", "preconditioning", service)
        assert harness.state(car, "binary_sensor", "preconditioning").state == expected


async def test_a_car_that_has_never_reported_its_preconditioning(harness: Harness) -> None:
    """It is unknown if the car can be told to, else there is no entity before the car reports it."""
    harness.refuse_push()
    able, unable = harness.add_cars({"able": {}, "unable": {}}).values()
    assert unable.capabilities
    del unable.capabilities["remote"]["preconditioning"]
    await harness.add_account()
    assert harness.state(able, "binary_sensor", "preconditioning").state == "unknown"
    unique_id = f"{unable.vin}_preconditioning"
    registry = er.async_get(harness.hass)
    assert registry.async_get_entity_id("binary_sensor", "stellantis", unique_id) is None
    report = {"preconditioning": {"airConditioning": {"createdAt": LATER, "status": "Disabled"}}}
    unable.report = lambda _car: report
    await harness.pass_time(minutes=31)
    assert harness.state(unable, "binary_sensor", "preconditioning").state == "off"


async def test_preconditioning_goes_off_though_the_car_does_not_report_the_end(
    harness: Harness, freezer: FrozenDateTimeFactory
) -> None:
    start = dt_util.utcnow().replace(microsecond=0)
    status = {"airConditioning": {"createdAt": start.isoformat(), "status": "Enabled"}}
    [car] = harness.add_cars({"forgetful": {"preconditioning": status}}).values()
    entry = await harness.add_account()
    harness.vendor.requests.clear()
    await entry.runtime_data.cars[car.vin].async_refresh()  # the same report twice
    harness.vendor.requests.clear()
    for passed, expected in ((timedelta(minutes=59), ["on", "heat_cool"]), (timedelta(hours=1), ["off", "off"])):
        freezer.move_to(start + passed)
        async_fire_time_changed(harness.hass)
        await harness.settle()
        shown = [harness.state(car, platform, "preconditioning").state for platform in ("binary_sensor", "climate")]
        assert shown == expected
    assert not harness.reads(car)


async def test_preconditioning_that_was_reported_long_ago_is_off(harness: Harness) -> None:
    status = {"airConditioning": {"createdAt": DATE, "status": "Enabled"}}
    [car] = harness.add_cars({"forgetful": {"preconditioning": status}}).values()
    await harness.add_account()
    assert harness.state(car, "binary_sensor", "preconditioning").state == "off"
    assert harness.state(car, "climate", "preconditioning").state == "off"
