"""A report as a whole, and what one missing or unreadable block costs."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.stellantis.api.status import Status
from simulator import Car, Simulator
from tests.helpers.junk import JUNK
from tests.helpers.status_reports import REPORTED
from tests.helpers.statuses import EXPECTED, FULL, NAMES, WHOLE, value_of

BLOCKS = {
    "lastPosition": ["position"],
    "battery": ["auxiliary_battery"],
    "privacy": ["privacy"],
    "environment": ["air", "daylight"],
    "engines": ["engine"],
    "ignition": ["ignition"],
    "lightingSystem": ["lighting"],
    "service": ["service"],
    "transmission": ["transmission"],
    "wipingBlades": ["wipers"],
    "odometer": ["odometer"],
    "kinetic": ["kinetic"],
    "drivingBehavior": ["driving_mode"],
    "safety": ["belts", "emergency_call"],
    "doorsState": ["doors"],
    "alarm": ["alarm"],
    "energies": ["battery", "charging", "fuel"],
    "preconditioning": ["preconditioning"],
    "stolen": ["stolen"],
}


def test_a_whole_report() -> None:
    assert Status.parse(WHOLE, "Hybrid") == EXPECTED
    assert set(FULL.blocks) == set(NAMES)


@pytest.mark.parametrize(
    "report",
    [
        {},
        {"createdAt": REPORTED},
        {"ignition": {"createdAt": REPORTED}, "odometer": {}, "engines": [{"type": "Thermic"}]},
    ],
)
def test_a_report_that_says_nothing(report: dict[str, Any]) -> None:
    assert Status.parse(report) == Status()


@pytest.mark.parametrize("key", BLOCKS)
def test_a_missing_block_is_unknown(key: str) -> None:
    without = {name: block for name, block in WHOLE.items() if name != key}
    assert Status.parse(without, "Hybrid") == replace(EXPECTED, **dict.fromkeys(BLOCKS[key]))


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("key", BLOCKS)
def test_an_unreadable_block_costs_that_block_only(key: str, junk: Any) -> None:
    assert Status.parse(WHOLE | {key: junk}, "Hybrid") == replace(EXPECTED, **dict.fromkeys(BLOCKS[key]))


def test_the_position_is_not_shown() -> None:
    assert "48.5" not in repr(FULL)
    assert "2.5" not in repr(FULL.position)


@pytest.mark.parametrize("name", ["electric", "hybrid", "combustion"])
@pytest.mark.parametrize("locked", [True, False])
async def test_the_simulators_cars(simulator: Simulator, name: str, locked: bool) -> None:
    car: Car = simulator.cars[name]
    car.locked = locked
    charges = car.battery_level is not None
    car.charging_status, car.preconditioning = "Stopped", "Enabled"
    status = Status.parse(car.status())
    assert value_of(status, "doors", "locked") is locked
    assert value_of(status, "charging", "status") == ("Stopped" if charges else None)
    assert value_of(status, "preconditioning", "status") == ("Enabled" if charges else None)
