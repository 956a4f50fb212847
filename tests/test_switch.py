"""Charging, and the lights that the car does not report."""

from typing import Any, Final

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


async def test_charging_is_not_assumed(house: House, car: Car) -> None:
    entry = await house.add_account()
    assert "assumed_state" not in house.state(car, "switch", "charging").attributes
    await house.call(car, "switch", "charging", "turn_on")
    await house.reload(entry)
    assert house.state(car, "switch", "charging").state == "on"
