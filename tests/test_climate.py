"""Preconditioning."""

from typing import Any, Final

from homeassistant.core import State
import pytest

from simulator import Car, Outcome

from .helpers.harness import STANDSTILL, Harness

# The failure causes of the contract, and the words under which they are translated.
CAUSES: Final = {
    "Defect": "defect",
    "DoorOpened": "door_opened",
    "LowBattery": "low_battery",
    "LowFuelLevel": "low_fuel_level",
    "TooManyUnusedProg": "too_many_unused_programs",
    "WindowsRoofOpened": "windows_or_roof_opened",
    "HoodOpened": "hood_opened",
    "NotParked": "not_parked",
    "OtherFailures": "other_failures",
    "Boredom": "Boredom",
}


def preconditioning(status: object, **more: object) -> dict[str, Any]:
    return {"airConditioning": {"status": status, **more}}


# Every form in which a status reports preconditioning, and the state that follows.
SHAPES: Final[dict[str, tuple[dict[str, Any], tuple[str, str | None]]]] = {
    "Enabled": ({"preconditioning": preconditioning("Enabled")}, ("heat_cool", "fan")),
    "Disabled": ({"preconditioning": preconditioning("Disabled")}, ("off", "off")),
    "Finished": ({"preconditioning": preconditioning("Finished")}, ("off", "off")),
    "Failure": ({"preconditioning": preconditioning("Failure")}, ("off", "off")),
    "older name": ({"preconditionning": preconditioning("Enabled")}, ("heat_cool", "fan")),
    "newer name first": (
        {"preconditionning": preconditioning("Enabled"), "preconditioning": preconditioning("Disabled")},
        ("off", "off"),
    ),
    "unheard of": ({"preconditioning": preconditioning("Wishful")}, ("off", "off")),
    "no object": ({"preconditioning": {"airConditioning": []}}, ("unknown", None)),
    "nothing": ({}, ("unknown", None)),
    "programs alone": (
        {"preconditioning": {"airConditioning": {"programs": [{"slot": 1, "enabled": True, "start": "PT7H"}]}}},
        ("unknown", None),
    ),
}


def shown(state: State) -> tuple[str, str | None]:
    return state.state, state.attributes.get("hvac_action")


async def test_state_from_every_shape_of_a_status(harness: Harness) -> None:
    cars = harness.add_cars({name: status for name, (status, _) in SHAPES.items()})
    await harness.add_account()
    states = {name: shown(harness.state(car, "climate", "preconditioning")) for name, car in cars.items()}
    assert states == {name: state for name, (_, state) in SHAPES.items()}


async def test_the_cause_of_a_failure_is_an_attribute(harness: Harness) -> None:
    cars = harness.add_cars(
        {cause: {"preconditioning": preconditioning("Failure", failureCause=cause)} for cause in CAUSES}
    )
    await harness.add_account()
    causes = {
        cause: harness.state(car, "climate", "preconditioning").attributes["failure_cause"]
        for cause, car in cars.items()
    }
    assert causes == CAUSES


async def test_while_it_runs_there_is_no_cause(harness: Harness) -> None:
    cars = harness.add_cars(
        {
            status: {"preconditioning": preconditioning(status, failureCause="DoorOpened")}
            for status in ("Enabled", "Disabled", "Finished")
        }
    )
    await harness.add_account()
    causes = {
        status: harness.state(car, "climate", "preconditioning").attributes["failure_cause"]
        for status, car in cars.items()
    }
    assert causes == {"Enabled": None, "Disabled": "door_opened", "Finished": "door_opened"}


async def test_without_a_failure_there_is_no_cause(harness: Harness, car: Car) -> None:
    [silent] = harness.add_cars({"silent": {}}).values()
    await harness.add_account()
    for each in (car, silent):
        assert harness.state(each, "climate", "preconditioning").attributes["failure_cause"] is None


async def test_it_has_two_modes_and_no_temperature(harness: Harness, car: Car) -> None:
    await harness.add_account()
    attributes = harness.state(car, "climate", "preconditioning").attributes
    assert attributes["hvac_modes"] == ["off", "heat_cool"]
    assert "temperature" not in attributes


async def test_it_is_started_and_stopped(harness: Harness, car: Car, other: Car, subtests: pytest.Subtests) -> None:
    await harness.add_account()
    calls: tuple[tuple[str, dict[str, str], str, tuple[str, str]], ...] = (
        ("turn_on", {}, "Enabled", ("heat_cool", "fan")),
        ("turn_off", {}, "Disabled", ("off", "off")),
        ("set_hvac_mode", {"hvac_mode": "heat_cool"}, "Enabled", ("heat_cool", "fan")),
        ("set_hvac_mode", {"hvac_mode": "off"}, "Disabled", ("off", "off")),
    )
    for each in (car, other):
        for service, data, reported, state in calls:
            with subtests.test(each.name, service=service, **data):
                await harness.call(each, "climate", "preconditioning", service, **data)
                assert each.preconditioning == reported
                assert shown(harness.state(each, "climate", "preconditioning")) == state


@pytest.mark.parametrize(
    ("before", "service", "state", "transient", "after"),
    [
        ("Disabled", "turn_on", "off", "turning_on", "heat_cool"),
        ("Enabled", "turn_off", "heat_cool", "turning_off", "off"),
    ],
)
async def test_it_shows_what_runs(
    harness: Harness, car: Car, before: str, service: str, state: str, transient: str, after: str
) -> None:
    """The state stays as it is until the car has done it."""
    car.preconditioning = before
    await harness.add_account()
    harness.vendor.speed = STANDSTILL
    calling = harness.start(car, "climate", "preconditioning", service)
    await harness.vendor.wait_for_request("POST", "/remotes")
    now = harness.state(car, "climate", "preconditioning")
    assert (now.state, now.attributes["in_progress"]) == (state, transient)
    harness.vendor.speed = float("inf")
    await calling
    now = harness.state(car, "climate", "preconditioning")
    assert (now.state, now.attributes["in_progress"]) == (after, None)


async def test_what_runs_already_is_a_success(harness: Harness, car: Car) -> None:
    await harness.add_account()
    car.preconditioning = "Enabled"
    await harness.call(car, "climate", "preconditioning", "turn_on")
    assert harness.state(car, "climate", "preconditioning").state == "heat_cool"


async def test_a_failure_leaves_the_state_as_it_was(harness: Harness, car: Car) -> None:
    await harness.add_account()
    car.battery_level = 15.0
    error = await harness.failure(harness.call(car, "climate", "preconditioning", "turn_on"))
    assert error.translation_key == "battery_level"
    assert shown(harness.state(car, "climate", "preconditioning")) == ("off", "off")


async def test_success_ends_an_older_cause(harness: Harness, car: Car) -> None:
    failed = {"preconditioning": preconditioning("Failure", failureCause="LowBattery")}
    failed["preconditioning"]["airConditioning"]["createdAt"] = "2020-01-01T00:00:00Z"
    car.report = lambda _car: failed
    await harness.add_account()
    assert harness.state(car, "climate", "preconditioning").attributes["failure_cause"] == "low_battery"
    car.next_outcomes.append(Outcome("Success"))
    await harness.call(car, "climate", "preconditioning", "turn_on")
    assert harness.state(car, "climate", "preconditioning").attributes["failure_cause"] is None
