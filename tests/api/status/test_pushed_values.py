"""A single value, as the message of a monitor brings it."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.stellantis.api.status import (
    Air,
    Alarm,
    Alerts,
    Battery,
    Charging,
    Doors,
    DrivingMode,
    EmergencyCall,
    Fuel,
    Kinetic,
    Odometer,
    Powertrain,
    Preconditioning,
    Privacy,
    Status,
)
from custom_components.stellantis.api.status.pushed_values import places
from simulator.cars.car import OPENINGS
from tests.helpers.junk import json_values, spoilt
from tests.helpers.status_reports import ALERT, BEFORE, LONG_AGO, NOW, literal, objects
from tests.helpers.status_strategies import motorizations
from tests.helpers.statuses import EXTRA, stored

VALUES: list[tuple[str, Any, Status]] = [
    ("environment.air.temp", "12.5", Status(air=Air(at=NOW, temperature=12.5))),
    ("privacy.state", "Full", Status(privacy=Privacy(at=NOW, state="Full"))),
    ("vehicle.alarm.status.activation", "Inactive", Status(alarm=Alarm(at=NOW, armed=False, disarmed_at=NOW))),
    ("vehicle.doorsState.lockedState", "Unlocked", Status(doors=Doors(at=NOW, locked=False))),
    ("vehicle.doorsState.lockedState", ["Locked", "RearDoorsLocked"], Status(doors=Doors(at=NOW, locked=True))),
    ("vehicle.drivingBehavior.mode", "Eco", Status(driving_mode=DrivingMode(at=NOW, mode="Eco"))),
    ("vehicle.energy.charging.plugged", "true", Status(charging=Charging(at=NOW, plugged=True))),
    ("vehicle.energy.charging.plugged", "False", Status(charging=Charging(at=NOW, plugged=False))),
    ("vehicle.energy.charging.plugged", False, Status(charging=Charging(at=NOW, plugged=False))),
    ("vehicle.energy.charging.status", "InProgress", Status(charging=Charging(at=NOW, status="InProgress"))),
    ("vehicle.energy.electric.autonomy", "180", Status(battery=Battery(at=NOW, range=180))),
    ("vehicle.energy.electric.level", "62.5", Status(battery=Battery(at=NOW, level=62.5))),
    ("vehicle.energy.electric.level", 62, Status(battery=Battery(at=NOW, level=62))),
    ("vehicle.energy.fuel.autonomy", "300", Status(fuel=Fuel(at=NOW, range=300))),
    ("vehicle.energy.fuel.level", "0", Status(fuel=Fuel(at=NOW, level=0))),
    ("vehicle.kinetic.moving", "true", Status(kinetic=Kinetic(at=NOW, moving=True))),
    ("vehicle.kinetic.speed", "51.5", Status(kinetic=Kinetic(at=NOW, speed=51.5))),
    ("vehicle.odometer", "12978.9", Status(odometer=Odometer(at=NOW, mileage=12978.9))),
    (
        "vehicle.safety.autoECallTriggering",
        "Detected",
        Status(emergency_call=EmergencyCall(at=NOW, state="Detected")),
    ),
    ("vehicle.powertrain.status", "Starting", Status(powertrain=Powertrain(at=NOW, running=True))),
    (
        "vehicle.preconditioning.airConditioning",
        "Enabled",
        Status(preconditioning=Preconditioning(at=NOW, status="Enabled", earlier={"failure_cause": NOW})),
    ),
]
OBJECTS: list[tuple[str, list[Any], Status]] = [
    (
        "vehicle.doorsState.opening",
        [{"identifier": "Trunk", "state": "Open"}, {"identifier": "Driver", "state": "Closed"}],
        Status(doors=Doors(at=NOW, trunk=True, driver=False)),
    ),
    (
        "vehicle.preconditioning.airConditioning",
        [{"status": "Failure", "failureCause": "LowBattery", "createdAt": LONG_AGO}],
        Status(preconditioning=Preconditioning(at=BEFORE, status="Failure", failure_cause="LowBattery")),
    ),
    (
        "vehicle.preconditioning.airConditioning",
        [{"airConditioning": {"status": "Disabled"}}],
        Status(preconditioning=Preconditioning(at=NOW, status="Disabled", earlier={"failure_cause": NOW})),
    ),
    ("vehicle.alert", [ALERT], Status(alerts=EXTRA.alerts)),
    ("vehicle.alert", [], Status(alerts=Alerts(at=NOW))),
    ("vehicle.doorsState.lockedState", ["Locked"], Status(doors=Doors(at=NOW, locked=True))),
]
DATA = sorted({data for data, _, _ in (*VALUES, *OBJECTS)} | {"vehicle.alarm.trigger.type"})


@pytest.mark.parametrize(("data", "value", "expected"), VALUES)
def test_values(data: str, value: Any, expected: Status) -> None:
    assert Status.parse_value(data, literal(value), NOW) == expected
    assert Status.parse_value(data, value, NOW) == expected


@pytest.mark.parametrize(("data", "values", "expected"), OBJECTS)
def test_values_that_are_objects(data: str, values: list[Any], expected: Status) -> None:
    assert Status.parse_value(data, objects(*values), NOW) == expected
    assert Status.parse_value(data, values, NOW) == expected


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize(
    ("value", "is_list"),
    [
        (None, False),
        ({}, False),
        ([], True),
        ([[]], True),
        ("", False),
        (" ", False),
        (literal(None), False),
        (literal([]), True),
        (literal({}), False),
        ({"body": None}, False),
        ({"body": []}, False),
    ],
)
def test_unreadable_values(data: str, value: Any, is_list: bool) -> None:
    """A list without a readable alert says that none is active."""
    no_alerts = Status(alerts=Alerts(at=NOW)) if data == "vehicle.alert" and is_list else Status()
    assert Status.parse_value(data, value, NOW) == no_alerts


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e999", "many", "", "215°"])
def test_texts_that_are_no_numbers(text: str) -> None:
    for data in ("vehicle.odometer", "vehicle.energy.electric.level", "environment.air.temp"):
        assert Status.parse_value(data, literal(text), NOW) == Status()


@pytest.mark.parametrize("data", ["vehicle.trip.stop", "vehicle.autonomy", "never.heard.of", ""])
def test_values_that_are_not_known(data: str) -> None:
    assert Status.parse_value(data, literal("7"), NOW) == Status()


def test_the_motorization_tells_which_energies_are_there() -> None:
    assert Status.parse_value("vehicle.energy.fuel.level", "40", NOW, "Electric") == Status()
    assert Status.parse_value("vehicle.energy.charging.status", "Stopped", NOW, "Thermic") == Status()
    assert Status.parse_value("vehicle.energy.fuel.level", "0", NOW, "Thermic").fuel


WHERE_SHOWN: list[tuple[str, Any, set[tuple[str, str]]]] = [
    ("privacy.state", literal("Full"), {("privacy", "state")}),
    ("vehicle.alarm.trigger.type", literal("TrunkDoorBreakIn"), {("alarm", "trigger")}),
    ("vehicle.doorsState.lockedState", literal("Locked"), {("doors", "locked")}),
    (
        "vehicle.doorsState.opening",
        objects(*({"identifier": each, "state": "Open"} for each in OPENINGS)),
        {
            ("doors", name)
            for name in ("driver", "passenger", "rear_left", "rear_right", "trunk", "rear_window", "roof_window")
        },
    ),
    ("vehicle.energy.charging.plugged", literal("true"), {("charging", "plugged")}),
    ("vehicle.energy.charging.status", literal("Stopped"), {("charging", "status")}),
    ("vehicle.kinetic.moving", literal("true"), {("kinetic", "moving")}),
    ("vehicle.powertrain.status", literal("Running"), {("powertrain", "running")}),
    ("vehicle.preconditioning.airConditioning", literal("Enabled"), {("preconditioning", "status")}),
]


@pytest.mark.parametrize(("data", "value", "expected"), WHERE_SHOWN)
def test_what_a_monitor_watches_is_found_in_a_status(data: str, value: Any, expected: set[tuple[str, str]]) -> None:
    assert set(places([data])) == expected
    blocks = Status.parse_value(data, value, NOW).blocks
    shown = {
        (name, each) for name, block in blocks.items() for each, value in block.values.items() if value is not None
    }
    assert shown == expected


def test_what_is_no_part_of_a_status_is_found_nowhere() -> None:
    assert list(places(["vehicle.trip.stop", "vehicle.alert", "never.heard.of"])) == []


@given(
    st.sampled_from(DATA) | st.text(max_size=5),
    json_values | spoilt(literal("7")) | spoilt(objects({"identifier": "Trunk", "state": "Open"}, ALERT)),
    motorizations,
)
def test_any_value_can_be_read(data: str, value: Any, motorization: str | None) -> None:
    status = Status.parse_value(data, value, NOW, motorization)
    assert Status.restore(stored(status)) == status
