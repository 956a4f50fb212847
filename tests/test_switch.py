"""Charging, and what the car does not report: lights, immobilization, theft."""

from typing import Any, Final

from homeassistant.helpers import entity_registry as er
import pytest

from simulator import Car, Outcome

from .conftest import STANDSTILL, House


def modern(status: object) -> dict[str, Any]:
    return {"type": "Electric", "extension": {"electric": {"charging": {"status": status}}}}


def older(status: object) -> dict[str, Any]:
    return {"type": "Electric", "charging": {"status": status}}


FUEL: Final = {"type": "Fuel", "extension": {"electric": {"charging": {"status": "InProgress"}}}}

# Every shape in which a status tells about charging, and what the switch makes of it.
SHAPES: Final[dict[str, tuple[dict[str, Any], str]]] = {
    **{
        status: ({"energies": [modern(status)]}, "on" if status == "InProgress" else "off")
        for status in ("InProgress", "Disconnected", "Failure", "Stopped", "Finished")
    },
    "after a fuel": ({"energies": [FUEL, modern("Stopped")]}, "off"),
    "older name": ({"energy": [{"type": "Fuel"}, older("InProgress")]}, "on"),
    "older shape under the newer name": ({"energies": [older("InProgress")]}, "on"),
    "newer name first": ({"energies": [modern("Stopped")], "energy": [older("InProgress")]}, "off"),
    "newer name unreadable": ({"energies": [modern("Nonsense")], "energy": [older("InProgress")]}, "on"),
    "fuel alone": ({"energies": [FUEL]}, "unknown"),
    "unheard of": ({"energies": [modern("Levitating")]}, "off"),
    "no status": ({"energies": [{"type": "Electric", "charging": {"plugged": True}}]}, "unknown"),
    "no list": ({"energies": 7, "energy": None}, "unknown"),
    "nothing": ({}, "unknown"),
}


async def test_charging_from_every_shape_of_a_status(house: House) -> None:
    cars = house.add_cars({name: status for name, (status, _) in SHAPES.items()})
    await house.add_account()
    states = {name: house.state(car, "switch", "charging").state for name, car in cars.items()}
    assert states == {name: state for name, (_, state) in SHAPES.items()}


@pytest.mark.parametrize("name", ["electric", "hybrid"])
async def test_charging_is_started_and_stopped(house: House, name: str) -> None:
    car = house.vendor.cars[name]
    car.plugged = True
    await house.add_account()
    for service, reported, state in (("turn_on", "InProgress", "on"), ("turn_off", "Stopped", "off")):
        await house.call(car, "switch", "charging", service)
        assert car.charging_status == reported
        assert house.state(car, "switch", "charging").state == state


@pytest.mark.parametrize("key", ["charging", "lights"])
@pytest.mark.parametrize(
    ("service", "before", "transient", "after"),
    [("turn_on", "off", "turning_on", "on"), ("turn_off", "on", "turning_off", "off")],
)
async def test_it_shows_what_runs(
    house: House, car: Car, key: str, service: str, before: str, transient: str, after: str
) -> None:
    """The state stays as it is until the car has done it."""
    await house.add_account()
    if before == "on":
        await house.call(car, "switch", key, "turn_on")
    house.vendor.requests.clear()
    house.vendor.speed = STANDSTILL
    calling = house.start(car, "switch", key, service)
    await house.vendor.wait_for_request("POST", "/remotes")
    shown = house.state(car, "switch", key)
    assert (shown.state, shown.attributes["in_progress"]) == (before, transient)
    house.vendor.speed = float("inf")
    await calling
    shown = house.state(car, "switch", key)
    assert (shown.state, shown.attributes["in_progress"]) == (after, None)


async def test_it_shows_only_what_is_its_own(house: House, car: Car) -> None:
    await house.add_account()
    house.vendor.speed = STANDSTILL
    calling = house.start(car, "switch", "charging", "turn_on")
    await house.vendor.wait_for_request("POST", "/remotes")
    assert house.state(car, "switch", "lights").attributes["in_progress"] is None
    assert house.state(car, "lock", "doors").state == "locked"
    house.vendor.speed = float("inf")
    await calling


async def test_charging_that_runs_already_is_a_success(house: House, car: Car) -> None:
    await house.add_account()
    car.charging_status = "InProgress"
    await house.call(car, "switch", "charging", "turn_on")
    assert house.state(car, "switch", "charging").state == "on"


@pytest.mark.parametrize("key", ["charging", "lights"])
async def test_a_failure_leaves_the_state_as_it_was(house: House, car: Car, key: str) -> None:
    await house.add_account()
    car.next_outcomes.append(Outcome("Failed", "VehicleError"))
    await house.failure(house.call(car, "switch", key, "turn_on"))
    assert house.state(car, "switch", key).state == "off"
    await house.call(car, "switch", key, "turn_on")
    car.next_outcomes.append(Outcome("Failed", "VehicleError"))
    await house.failure(house.call(car, "switch", key, "turn_off"))
    assert house.state(car, "switch", key).state == "on"


async def test_a_car_that_is_not_plugged_in_says_so(house: House, car: Car) -> None:
    car.plugged = False
    await house.add_account()
    error = await house.failure(house.call(car, "switch", "charging", "turn_on"))
    assert error.translation_key == "external_charging_system_error"


async def test_the_lights_are_assumed_and_off_after_a_reload(house: House, car: Car) -> None:
    entry = await house.add_account()
    assert house.state(car, "switch", "lights").attributes["assumed_state"] is True
    await house.call(car, "switch", "lights", "turn_on")
    assert car.lights
    assert house.state(car, "switch", "lights").state == "on"
    await house.reload(entry)
    assert house.state(car, "switch", "lights").state == "off"


@pytest.mark.usefixtures("every_entity_enabled")
@pytest.mark.parametrize("key", ["immobilization", "stolen"])
async def test_what_the_car_does_not_report_is_assumed_and_outlives_a_restart(house: House, car: Car, key: str) -> None:
    entry = await house.add_account()
    state = house.state(car, "switch", key)
    assert (state.state, state.attributes["assumed_state"]) == ("unknown", True)
    assert state.attributes["effect"]
    await house.call(car, "switch", key, "turn_on")
    await house.reload(entry)
    state = house.state(car, "switch", key)
    assert (state.state, state.attributes["assumed_state"]) == ("on", True)
    await house.call(car, "switch", key, "turn_off")
    assert house.state(car, "switch", key).state == "off"
    assert (car.immobilized, car.stolen or False) == (False, False)


@pytest.mark.usefixtures("every_entity_enabled")
async def test_a_car_that_reports_that_it_is_stolen_is_believed(house: House, car: Car) -> None:
    car.reports_stolen = True
    await house.add_account()
    await house.call(car, "switch", "stolen", "turn_on")
    house.vendor.garage.unplug(car)
    await house.until(car, "binary_sensor", "plugged", "off")
    state = house.state(car, "switch", "stolen")
    assert (state.state, state.attributes.get("assumed_state")) == ("on", None)
    assert (await house.failure(house.call(car, "lock", "doors", "unlock"))).translation_key == "stolen_state"
    await house.call(car, "switch", "stolen", "turn_off")
    house.vendor.garage.unlock(car)
    await house.until(car, "lock", "doors", "unlocked")
    state = house.state(car, "switch", "stolen")
    assert (state.state, state.attributes.get("assumed_state")) == ("off", None)


async def test_what_hits_hard_is_disabled_and_configuration(house: House, car: Car) -> None:
    await house.add_account()
    registry = er.async_get(house.hass)
    for key in ("immobilization", "stolen"):
        found = registry.async_get(house.entity_id(car, "switch", key))
        assert found
        assert (found.disabled_by, found.entity_category) == ("integration", "config")


async def test_charging_is_not_assumed(house: House, car: Car) -> None:
    entry = await house.add_account()
    assert "assumed_state" not in house.state(car, "switch", "charging").attributes
    await house.call(car, "switch", "charging", "turn_on")
    await house.reload(entry)
    assert house.state(car, "switch", "charging").state == "on"
