"""The doors."""

import asyncio
from typing import Any, Final

import pytest

from simulator import Car, Outcome

from .helpers.harness import SPEED, STANDSTILL, Harness

# Every form in which a status reports the locks, and the state that follows.
SHAPES: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "locked": ({"doorsState": {"lockedStates": ["Locked"]}}, "locked"),
    "superlocked": ({"doorsState": {"lockedStates": ["SuperLocked"]}}, "locked"),
    "locked among others": ({"doorsState": {"lockedStates": ["TrunkUnLocked", "RearDoorsLocked", "Locked"]}}, "locked"),
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
