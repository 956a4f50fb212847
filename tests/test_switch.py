"""Charging, and what the car does not report: lights, immobilization, theft."""

from typing import Any, Final

from homeassistant.helpers import entity_registry as er
import pytest

from simulator import Car, Outcome

from .helpers.harness import STANDSTILL, Harness


def modern(status: object) -> dict[str, Any]:
    return {"type": "Electric", "extension": {"electric": {"charging": {"status": status}}}}


def older(status: object) -> dict[str, Any]:
    return {"type": "Electric", "charging": {"status": status}}


FUEL: Final = {"type": "Fuel", "extension": {"electric": {"charging": {"status": "InProgress"}}}}

# Every form in which a status reports charging, and the state that follows.
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


async def test_charging_from_every_shape_of_a_status(harness: Harness) -> None:
    cars = harness.add_cars({name: status for name, (status, _) in SHAPES.items()})
    await harness.add_account()
    states = {name: harness.state(car, "switch", "charging").state for name, car in cars.items()}
    assert states == {name: state for name, (_, state) in SHAPES.items()}


@pytest.mark.parametrize(("reported", "state"), [("Disconnected", "disconnected"), ("Finished", "finished")])
async def test_a_charge_that_is_stopped_although_there_is_none_changes_nothing(
    harness: Harness, car: Car, reported: str, state: str
) -> None:
    car.plugged, car.charging_status = reported == "Finished", reported
    await harness.add_account()
    await harness.call(car, "switch", "charging", "turn_off")
    assert harness.state(car, "sensor", "charging_status").state == state
    await harness.pass_time(hours=7)
    assert harness.state(car, "sensor", "charging_status").state == state


async def test_charging_is_started_and_stopped(
    harness: Harness, car: Car, other: Car, subtests: pytest.Subtests
) -> None:
    car.plugged = other.plugged = True
    await harness.add_account()
    for each in (car, other):
        for service, reported, state in (("turn_on", "InProgress", "on"), ("turn_off", "Stopped", "off")):
            with subtests.test(each.name, service=service):
                await harness.call(each, "switch", "charging", service)
                assert each.charging_status == reported
                assert harness.state(each, "switch", "charging").state == state


@pytest.mark.parametrize("key", ["charging", "lights"])
@pytest.mark.parametrize(
    ("service", "before", "transient", "after"),
    [("turn_on", "off", "turning_on", "on"), ("turn_off", "on", "turning_off", "off")],
)
async def test_it_shows_what_runs(
    harness: Harness, car: Car, key: str, service: str, before: str, transient: str, after: str
) -> None:
    """The state stays as it is until the car has done it."""
    await harness.add_account()
    if before == "on":
        await harness.call(car, "switch", key, "turn_on")
    harness.vendor.requests.clear()
    harness.vendor.speed = STANDSTILL
    calling = harness.start(car, "switch", key, service)
    await harness.vendor.wait_for_request("POST", "/remotes")
    shown = harness.state(car, "switch", key)
    assert (shown.state, shown.attributes["in_progress"]) == (before, transient)
    harness.vendor.speed = float("inf")
    await calling
    shown = harness.state(car, "switch", key)
    assert (shown.state, shown.attributes["in_progress"]) == (after, None)


async def test_it_shows_only_what_is_its_own(harness: Harness, car: Car) -> None:
    await harness.add_account()
    harness.vendor.speed = STANDSTILL
    calling = harness.start(car, "switch", "charging", "turn_on")
    await harness.vendor.wait_for_request("POST", "/remotes")
    assert harness.state(car, "switch", "lights").attributes["in_progress"] is None
    assert harness.state(car, "lock", "doors").state == "locked"
    harness.vendor.speed = float("inf")
    await calling


async def test_charging_that_runs_already_is_a_success(harness: Harness, car: Car) -> None:
    await harness.add_account()
    car.charging_status = "InProgress"
    await harness.call(car, "switch", "charging", "turn_on")
    assert harness.state(car, "switch", "charging").state == "on"


@pytest.mark.parametrize("key", ["charging", "lights"])
async def test_a_failure_leaves_the_state_as_it_was(harness: Harness, car: Car, key: str) -> None:
    await harness.add_account()
    car.next_outcomes.append(Outcome("Failed", "VehicleError"))
    await harness.failure(harness.call(car, "switch", key, "turn_on"))
    assert harness.state(car, "switch", key).state == "off"
    await harness.call(car, "switch", key, "turn_on")
    car.next_outcomes.append(Outcome("Failed", "VehicleError"))
    await harness.failure(harness.call(car, "switch", key, "turn_off"))
    assert harness.state(car, "switch", key).state == "on"


async def test_a_car_that_is_not_plugged_in_says_so(harness: Harness, car: Car) -> None:
    car.plugged = False
    await harness.add_account()
    error = await harness.failure(harness.call(car, "switch", "charging", "turn_on"))
    assert error.translation_key == "external_charging_system_error"


async def test_the_lights_are_assumed_and_off_after_a_reload(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    assert harness.state(car, "switch", "lights").attributes["assumed_state"] is True
    await harness.call(car, "switch", "lights", "turn_on")
    assert car.lights
    assert harness.state(car, "switch", "lights").state == "on"
    await harness.reload(entry)
    assert harness.state(car, "switch", "lights").state == "off"


@pytest.mark.usefixtures("every_entity_enabled")
@pytest.mark.parametrize("key", ["immobilization", "stolen"])
async def test_what_the_car_does_not_report_is_assumed_and_outlives_a_restart(
    harness: Harness, car: Car, key: str
) -> None:
    entry = await harness.add_account()
    state = harness.state(car, "switch", key)
    assert (state.state, state.attributes["assumed_state"]) == ("unknown", True)
    assert state.attributes["effect"]
    await harness.call(car, "switch", key, "turn_on")
    await harness.reload(entry)
    state = harness.state(car, "switch", key)
    assert (state.state, state.attributes["assumed_state"]) == ("on", True)
    await harness.call(car, "switch", key, "turn_off")
    assert harness.state(car, "switch", key).state == "off"
    assert (car.immobilized, car.stolen or False) == (False, False)


@pytest.mark.usefixtures("every_entity_enabled")
async def test_a_car_that_reports_that_it_is_stolen_is_believed(harness: Harness, car: Car) -> None:
    car.reports_stolen = True
    await harness.add_account()
    await harness.call(car, "switch", "stolen", "turn_on")
    harness.vendor.garage.unplug(car)
    await harness.until(car, "binary_sensor", "plugged", "off")
    state = harness.state(car, "switch", "stolen")
    assert (state.state, state.attributes.get("assumed_state")) == ("on", None)
    assert (await harness.failure(harness.call(car, "lock", "doors", "unlock"))).translation_key == "stolen_state"
    await harness.call(car, "switch", "stolen", "turn_off")
    harness.vendor.garage.unlock(car)
    await harness.until(car, "lock", "doors", "unlocked")
    state = harness.state(car, "switch", "stolen")
    assert (state.state, state.attributes.get("assumed_state")) == ("off", None)


async def test_what_hits_hard_is_disabled_and_configuration(harness: Harness, car: Car) -> None:
    await harness.add_account()
    registry = er.async_get(harness.hass)
    for key in ("immobilization", "stolen"):
        found = registry.async_get(harness.entity_id(car, "switch", key))
        assert found
        assert (found.disabled_by, found.entity_category) == ("integration", "config")


async def test_charging_is_not_assumed(harness: Harness, car: Car) -> None:
    entry = await harness.add_account()
    assert "assumed_state" not in harness.state(car, "switch", "charging").attributes
    await harness.call(car, "switch", "charging", "turn_on")
    await harness.reload(entry)
    assert harness.state(car, "switch", "charging").state == "on"
