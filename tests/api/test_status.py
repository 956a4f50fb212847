"""What a car reports, and how one report is merged into another."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
import json
from typing import Any, get_args, get_type_hints

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.stellantis.api.lenient import parse_duration
from custom_components.stellantis.api.status import (
    DAYS,
    Air,
    Alarm,
    Alert,
    Alerts,
    AuxiliaryBattery,
    Battery,
    Belts,
    Charging,
    ChargingProgram,
    ChargingStatus,
    Doors,
    DrivingMode,
    Fuel,
    Kinetic,
    Maintenance,
    Odometer,
    Position,
    Powertrain,
    Preconditioning,
    PreconditioningStatus,
    Privacy,
    Program,
    Status,
    Switched,
    Trip,
    parse_date,
)
from simulator import Car, Simulator
from tests.helpers.junk import JUNK, NOT_NUMBERS, json_values, spoilt

REPORTED = "2026-03-01T10:00:00Z"
LATER = "2026-03-01T10:05:00Z"
LONG_AGO = "2025-06-30T08:00:00Z"


def at(date: str) -> datetime:
    return datetime.fromisoformat(date)


NOW = at(REPORTED)
AFTER = at(LATER)
BEFORE = at(LONG_AGO)


def report(**blocks: Any) -> dict[str, Any]:
    """Make a report with a date of its own that no block has."""
    return {"createdAt": LONG_AGO, "updatedAt": LONG_AGO, **blocks}


def dated(**values: Any) -> dict[str, Any]:
    return {"createdAt": REPORTED, **values}


def modern(status: Any = "InProgress", date: Any = REPORTED, **more: Any) -> dict[str, Any]:
    """An energy as cars report it today."""
    charging = {"plugged": True, "status": status, "remainingTime": "PT1H", "chargingMode": "Slow"}
    return {
        "createdAt": date,
        "type": "Electric",
        "level": 62,
        "extension": {"electric": {"charging": charging}},
        **more,
    }


def older(status: Any = "InProgress", date: Any = REPORTED, **more: Any) -> dict[str, Any]:
    """An energy as cars reported it once."""
    charging = {"plugged": True, "status": status, "chargingMode": "Slow", "nextDelayedTime": "PT22H31M"}
    return {"updatedAt": date, "type": "Electric", "level": 62, "charging": charging, **more}


def battery(**more: Any) -> dict[str, Any]:
    """An electric energy that reports a battery, and nothing else."""
    return {"createdAt": REPORTED, "type": "Electric", "extension": {"electric": {"battery": more}}}


def charging(**more: Any) -> dict[str, Any]:
    return {"createdAt": REPORTED, "type": "Electric", "extension": {"electric": {"charging": more}}}


def fuel(date: Any = REPORTED, **more: Any) -> dict[str, Any]:
    """An energy that electric cars report all the same."""
    return {"createdAt": date, "type": "Fuel", "level": 0, **more}


def air(status: Any = "Enabled", **more: Any) -> dict[str, Any]:
    return {"airConditioning": dated(status=status, **more)}


def program(**changes: Any) -> dict[str, Any]:
    """Return a preconditioning program as cars report it."""
    made = {
        "enabled": True,
        "slot": 2,
        "recurrence": "Daily",
        "start": "PT7H40M",
        "occurence": {"day": ["Tue", "Mon"]},
        **changes,
    }
    return {key: value for key, value in made.items() if value is not ...}


def place(*coordinates: Any, **properties: Any) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": list(coordinates)}
    return {"type": "Feature", "geometry": geometry, "properties": dated(type="Acquire", **properties)}


def value_of(status: Status, block: str, name: str) -> Any:
    found = getattr(status, block)
    return None if found is None else getattr(found, name)


# A report as a whole.

WHOLE = report(
    lastPosition=place(2.5, 48.5, 120, heading=90),
    ignition=dated(type="Stop"),
    powertrain=dated(status="Running"),
    engines=[dated(type="Thermic", gmpStatus="Running")],
    battery=dated(voltage=87),
    privacy=dated(state="None"),
    environment={"luminosity": dated(day=True), "air": dated(temp=12.5)},
    odometer=dated(mileage=12978.9),
    kinetic=dated(moving=True, speed=51.5),
    drivingBehavior=dated(mode="Eco"),
    safety=dated(beltStatus=[{"belt": "Normal", "id": "Driver"}, {"belt": "Omission", "id": "Passenger"}]),
    doorsState=dated(
        lockedStates=["Locked", "RearDoorsLocked"],
        opening=[{"identifier": "Trunk", "state": "Open"}, {"identifier": "Driver", "state": "Closed"}],
    ),
    alarm={"status": dated(activation="Active"), "trigger": dated(type="TrunkDoorBreakIn", startAt=LONG_AGO)},
    energies=[
        fuel(level=40.5, autonomy=300),
        modern(
            autonomy=180,
            extension={
                "electric": {
                    "battery": {
                        "load": dated(capacity=44100, residual=27000),
                        "health": dated(capacity=96, resistance=15),
                    },
                    "charging": {
                        "plugged": True,
                        "status": "InProgress",
                        "remainingTime": "PT1H30M",
                        "chargingRate": 20,
                        "chargingPowerLevel": "Level3",
                        "chargingMode": "Slow",
                        "nextDelayedTime": "PT22H30M",
                        "type": "Partial",
                        "schedule": {
                            "programs": [
                                {"start": "PT22H", "end": "PT5H", "enabled": True, "occurence": {"day": ["Sat"]}}
                            ]
                        },
                    },
                }
            },
        ),
    ],
    preconditioning=air("Failure", failureCause="DoorOpened", programs=[program()]),
    stolen=dated(state=True, startedAt=LONG_AGO),
)
EXPECTED = Status(
    air=Air(at=NOW, temperature=12.5),
    alarm=Alarm(at=NOW, armed=True, trigger="TrunkDoorBreakIn", triggered_at=BEFORE),
    auxiliary_battery=AuxiliaryBattery(at=NOW, level=87),
    battery=Battery(at=NOW, level=62, range=180, capacity=44100, energy=27000, health=96),
    belts=Belts(at=NOW, driver=True, passenger=False),
    charging=Charging(
        at=NOW,
        status=ChargingStatus.IN_PROGRESS,
        plugged=True,
        remaining=timedelta(minutes=90),
        rate=20,
        power_level="Level3",
        type="Partial",
        delayed_start=timedelta(hours=22, minutes=30),
        programs=(ChargingProgram(start=timedelta(hours=22), end=timedelta(hours=5), days=("Sat",), enabled=True),),
    ),
    doors=Doors(at=NOW, locked=True, trunk=True, driver=False),
    driving_mode=DrivingMode(at=NOW, mode="Eco"),
    fuel=Fuel(at=NOW, level=40.5, range=300),
    kinetic=Kinetic(at=NOW, moving=True, speed=51.5),
    odometer=Odometer(at=NOW, mileage=12978.9),
    position=Position(at=NOW, latitude=48.5, longitude=2.5, heading=90),
    powertrain=Powertrain(at=NOW, running=True),
    preconditioning=Preconditioning(
        at=NOW,
        status=PreconditioningStatus.FAILURE,
        failure_cause="DoorOpened",
        programs=(Program(slot=2, start=timedelta(hours=7, minutes=40), days=("Mon", "Tue"), enabled=True),),
    ),
    privacy=Privacy(at=NOW, state="None"),
    stolen=Switched(at=NOW, on=True),
)
EXTRA = Status(
    alerts=Alerts(at=NOW, active=(Alert(id="1", type="FuelLevelLow", severity="Warning", started_at=BEFORE),)),
    immobilization=Switched(at=NOW, on=False, assumed=True),
    lights=Switched(at=NOW, on=True, assumed=True),
    maintenance=Maintenance(at=NOW, days=-3, distance=1239.5),
    trip=Trip(at=NOW, id="1", distance=12.5, duration=timedelta(seconds=1489), fuel=0.5, electricity=2.25),
)
FULL = EXPECTED.merge(EXTRA)
NAMES = [field.name for field in fields(Status)]
KINDS: dict[str, Any] = {name: get_args(kind)[0] for name, kind in get_type_hints(Status).items()}

BLOCKS = {
    "lastPosition": ["position"],
    "battery": ["auxiliary_battery"],
    "privacy": ["privacy"],
    "environment": ["air"],
    "odometer": ["odometer"],
    "kinetic": ["kinetic"],
    "drivingBehavior": ["driving_mode"],
    "safety": ["belts"],
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


# One value at a time. A reader makes a report of a value; each table has what the value then is.

type Reader = Callable[[Any], dict[str, Any]]

NUMBERS: list[tuple[str, str, Reader, list[Any], list[Any]]] = [
    # block, value, report, good, bad
    ("battery", "level", lambda v: report(energies=[modern(level=v)]), [0, 62, 62.5, 100], [-1, 100.1, 255]),
    ("battery", "level", lambda v: report(energy=older(level=v)), [0, 62, 62.5, 100], [-1, 100.1, 255]),
    ("battery", "range", lambda v: report(energies=[modern(autonomy=v)]), [0, 180, 180.5], [-1]),
    ("battery", "capacity", lambda v: report(energies=[battery(load={"capacity": v})]), [44100, 44100.5], [0, -1]),
    ("battery", "capacity", lambda v: report(energies=[battery(capacity=v)]), [44100], [0, -1]),
    ("battery", "capacity", lambda v: report(energy=[older(battery={"load": {"capacity": v}})]), [44100], [0]),
    ("battery", "energy", lambda v: report(energies=[battery(load={"residual": v})]), [27000, 1.5], [0, -1]),
    ("battery", "health", lambda v: report(energies=[battery(health={"capacity": v})]), [50, 96.5, 100], [0, 49, 101]),
    ("battery", "health", lambda v: report(energies=[battery(health={"resistance": v})]), [50, 100], [0, 15, 101]),
    ("battery", "health", lambda v: report(energies=[older(battery={"health": {"capacity": v}})]), [50, 100], [0, 15]),
    ("charging", "rate", lambda v: report(energies=[charging(chargingRate=v)]), [0, 20, 500], [-1, 501]),
    ("fuel", "level", lambda v: report(energies=[fuel(level=v, autonomy=90)]), [0, 62.5, 100], [-1, 101]),
    ("fuel", "range", lambda v: report(energies=[fuel(level=40, autonomy=v)]), [0, 300], [-1]),
    ("odometer", "mileage", lambda v: report(odometer=dated(mileage=v)), [0.1, 1539, 14529.9], [0, -1]),
    ("odometer", "mileage", lambda v: report(**{"timed.odometer": dated(mileage=v)}), [1539], [0, -1]),
    ("air", "temperature", lambda v: report(environment={"air": dated(temp=v)}), [-60, 0, 12.5, 80], [-61, 81, 215.0]),
    ("auxiliary_battery", "level", lambda v: report(battery=dated(voltage=v)), [0, 83.5, 100], [-1, 101]),
    ("kinetic", "speed", lambda v: report(kinetic=dated(speed=v)), [0, 51.5, 400], [-1, 401]),
    ("position", "longitude", lambda v: report(lastPosition=place(v, 48.5)), [-180, 0, 180], [-180.1, 181]),
    ("position", "latitude", lambda v: report(lastPosition=place(2.5, v)), [-90, 0, 90], [-91, 90.1]),
    ("position", "heading", lambda v: report(lastPosition=place(2.5, 48.5, heading=v)), [0, 278, 360], [-1, 361]),
]
BOOLEANS: list[tuple[str, str, Reader]] = [
    ("charging", "plugged", lambda v: report(energies=[charging(plugged=v)])),
    ("charging", "plugged", lambda v: report(energy=[{"type": "Electric", "charging": {"plugged": v}}])),
    ("kinetic", "moving", lambda v: report(kinetic=dated(moving=v))),
]
WORDS: list[tuple[str, str, Reader]] = [
    ("charging", "status", lambda v: report(energies=[modern(v)])),
    ("charging", "status", lambda v: report(energy=[older(v)])),
    ("charging", "status", lambda v: report(energy=older(v))),
    ("charging", "power_level", lambda v: report(energies=[charging(chargingPowerLevel=v)])),
    ("preconditioning", "status", lambda v: report(preconditioning=air(v))),
    ("preconditioning", "status", lambda v: report(preconditionning=air(v))),
    ("preconditioning", "failure_cause", lambda v: report(preconditioning=air("Failure", failureCause=v))),
    ("privacy", "state", lambda v: report(privacy=dated(state=v))),
    ("driving_mode", "mode", lambda v: report(drivingBehavior=dated(mode=v))),
    ("alarm", "trigger", lambda v: report(alarm={"trigger": dated(type=v, startAt=REPORTED)})),
]
CHOICES: list[tuple[str, str, Reader, dict[str, bool]]] = [
    *[
        (
            "doors",
            name,
            lambda v, key=key: report(doorsState=dated(opening=[{"identifier": key, "state": v}])),
            {"Open": True, "Closed": False},
        )
        for key, name in {
            "Driver": "driver",
            "Passenger": "passenger",
            "RearLeft": "rear_left",
            "RearRight": "rear_right",
            "Trunk": "trunk",
            "RearWindow": "rear_window",
            "RoofWindow": "roof_window",
        }.items()
    ],
    *[
        (
            "belts",
            key.lower(),
            lambda v, key=key: report(safety=dated(beltStatus=[{"id": key, "belt": v}])),
            {"Normal": True, "Omission": False},
        )
        for key in ("Driver", "Passenger")
    ],
    (
        "belts",
        "driver",
        lambda v: report(safety=dated(beltStatus={"id": "Driver", "belt": v})),
        {"Normal": True, "Omission": False},
    ),
    (
        "alarm",
        "armed",
        lambda v: report(alarm={"status": dated(activation=v)}),
        {"Active": True, "Inactive": False},
    ),
    *[
        (
            "powertrain",
            "running",
            reader,
            {"Running": True, "Starting": True, "Stopping": False, "Stopped": False, "NotRunning": False},
        )
        for reader in (
            lambda v: report(powertrain=dated(status=v)),
            lambda v: report(engines=[dated(gmpStatus=v), dated(type="Thermic")]),
        )
    ],
    (
        "powertrain",
        "running",
        lambda v: report(ignition=dated(type=v)),
        {"Start": True, "Stop": False, "StartUp": False},
    ),
]


@pytest.mark.parametrize(("block", "name", "make", "good", "bad"), NUMBERS)
def test_numbers(block: str, name: str, make: Reader, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        status = Status.parse(make(value))
        assert value_of(status, block, name) == value
        assert status.blocks[block].date_of(name) == NOW
    for value in (*bad, *NOT_NUMBERS, "junk", [[]], ["junk", None], {"junk": {}}):
        assert value_of(Status.parse(make(value)), block, name) is None


@pytest.mark.parametrize(("block", "name", "make"), BOOLEANS)
def test_booleans(block: str, name: str, make: Reader) -> None:
    for value in (True, False):
        assert value_of(Status.parse(make(value)), block, name) is value
    junk: Any
    for junk in (0, 1, "true", "True", None, [], [True], {}):
        assert value_of(Status.parse(make(junk)), block, name) is None


@pytest.mark.parametrize(("block", "name", "make"), WORDS)
def test_words(block: str, name: str, make: Reader) -> None:
    for value in ("Full", "Enabled", "InProgress", "Level5", "NeverHeardOf"):
        assert value_of(Status.parse(make(value)), block, name) == value
    assert value_of(Status.parse(make(" Full ")), block, name) == "Full"
    for junk in (None, "", " ", 7, True, ["Full"], {"Full": 1}):
        assert value_of(Status.parse(make(junk)), block, name) is None


@pytest.mark.parametrize(("block", "name", "make", "choices"), CHOICES)
def test_choices(block: str, name: str, make: Reader, choices: dict[str, bool]) -> None:
    for word, meaning in choices.items():
        assert value_of(Status.parse(make(word)), block, name) is meaning
    junk: Any
    for junk in (None, "", "NeverHeardOf", 7, True, ["Open"], {}):
        assert getattr(Status.parse(make(junk)), block) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT0S", timedelta(0)),
        ("P0D", timedelta(0)),
        ("PT3H40M", timedelta(hours=3, minutes=40)),
        ("PT45M", timedelta(minutes=45)),
        ("PT1M30S", timedelta(seconds=90)),
        ("P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("P2D", timedelta(days=2)),
        ("PT90M", timedelta(minutes=90)),
        *[(junk, None) for junk in ("P", "PT", "P1DT", "T1H", "PT1", "1H", "PT1M1H", "PT-1H", "pt1h", "PT1H ", "P1Y")],
        *[(junk, None) for junk in ("PT1.5H", "PT999999999999H", "P999999D", "PT٣H", *JUNK, 3600)],
    ],
)
def test_durations(text: Any, expected: timedelta | None) -> None:
    assert parse_duration(text) == expected
    status = Status.parse(report(energies=[charging(remainingTime=text)]))
    assert value_of(status, "charging", "remaining") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT22H31M", timedelta(hours=22, minutes=31)),
        ("PT1M", timedelta(minutes=1)),
        ("PT0S", None),
        ("PT24H", None),
        ("P1D", None),
        ("23:00", None),
    ],
)
def test_when_a_delayed_charge_starts(text: str, expected: timedelta | None) -> None:
    status = Status.parse(report(energies=[charging(status="Stopped", nextDelayedTime=text)]))
    assert value_of(status, "charging", "delayed_start") == expected


def test_a_delayed_charge_that_is_no_more() -> None:
    delayed = Status.parse(report(energies=[charging(nextDelayedTime="PT2H")]))
    silent = Status.parse(report(energies=[charging(status="Stopped") | {"createdAt": LATER}]))
    over = Status.parse(report(energies=[charging(nextDelayedTime="PT0S") | {"createdAt": LATER}]))
    assert value_of(delayed.merge(silent), "charging", "delayed_start") == timedelta(hours=2)
    for merged in (delayed.merge(over), over.merge(delayed), delayed.merge(silent).merge(over)):
        assert value_of(merged, "charging", "delayed_start") is None
    assert Status.restore(over.as_dict()).merge(delayed) == over
    again = Status.parse(report(energies=[charging(nextDelayedTime="PT3H") | {"createdAt": "2026-03-01T10:06:00Z"}]))
    assert over.merge(again) == again.merge(over) == again


# Doors.


@pytest.mark.parametrize("key", ["lockedStates", "lockedState"])
@pytest.mark.parametrize(
    ("states", "locked"),
    [
        (["Locked"], True),
        (["SuperLocked"], True),
        (["RearDoorsLocked", "Locked"], True),
        (["Locked", "RearDoorsLocked"], True),
        (["Locked", "TrunkUnLocked"], True),
        ("Locked", True),
        (["Unlocked"], False),
        (["CabinDoorsUnlocked", "RearDoorsLocked"], False),
        (["CargoDoorsLocked", "DriverDoorUnlocked"], False),
        (["TrunkUnLocked"], False),
        ("Unlocked", False),
        (["RearDoorsLocked"], None),
        (["NeverHeardOf"], None),
        ([], None),
        ([None, 7, ["Locked"], {"Locked": True}], None),
        ([None, "Locked"], True),
        (None, None),
        (7, None),
        ({"Locked": True}, None),
    ],
)
def test_locked(key: str, states: Any, locked: bool | None) -> None:
    expected = None if locked is None else Doors(at=NOW, locked=locked)
    assert Status.parse(report(doorsState=dated(**{key: states, "opening": []}))).doors == expected


@pytest.mark.parametrize("junk", [None, [], ["NeverHeardOf"], 7, {}])
def test_the_newer_spelling_of_the_doors_is_preferred_if_it_can_be_read(junk: Any) -> None:
    both = dated(lockedState=["Locked"], lockedStates=["Unlocked"])
    assert Status.parse(report(doorsState=both)).doors == Doors(at=NOW, locked=False)
    both["lockedStates"] = junk
    assert Status.parse(report(doorsState=both)).doors == Doors(at=NOW, locked=True)


@pytest.mark.parametrize("junk", [*JUNK, {"identifier": ["Trunk"], "state": "Open"}, {"identifier": "Roof"}])
def test_an_unreadable_opening_costs_that_opening_only(junk: Any) -> None:
    openings = [junk, {"identifier": "Trunk", "state": "Open"}, {"identifier": "Driver", "state": "Ajar"}, junk]
    assert Status.parse(report(doorsState=dated(opening=openings))).doors == Doors(at=NOW, trunk=True)


# Energies.


@pytest.mark.parametrize("reported", ["Disconnected", "InProgress", "Failure", "Stopped", "Finished"])
@pytest.mark.parametrize("blocks", [{"energies": modern}, {"energy": older}, {"energy": modern}])
def test_charging(blocks: dict[str, Callable[[str], Any]], reported: str) -> None:
    status = Status.parse(report(**{key: [make(reported)] for key, make in blocks.items()}))
    assert set(status.blocks) == {"battery", "charging"}
    assert status.charging
    assert status.charging.at == NOW
    assert status.charging.status == ChargingStatus(reported)


@pytest.mark.parametrize(
    "ghosts", [[fuel()], [fuel(), fuel(level=None)], [fuel(charging={"status": "Failure"}), None, 7]]
)
def test_the_electric_energy_is_found_among_ghosts(ghosts: list[Any]) -> None:
    for energies in ([*ghosts, modern("Stopped")], [modern("Stopped"), *ghosts]):
        status = Status.parse(report(energies=energies))
        assert value_of(status, "charging", "status") == ChargingStatus.STOPPED
        assert status.fuel is None
    assert Status.parse(report(energies=ghosts)) == Status()


def test_the_newer_form_of_an_energy_is_preferred_value_by_value() -> None:
    both = report(
        energies=[modern("Finished", level=50, autonomy=None)], energy=[older("Stopped", level=40, autonomy=120)]
    )
    status = Status.parse(both)
    assert status.battery == Battery(at=NOW, level=50, range=120)
    assert value_of(status, "charging", "status") == "Finished"
    assert value_of(status, "charging", "delayed_start") == timedelta(hours=22, minutes=31)
    for energies in ([modern("NeverHeardOf")], [modern(None)], [fuel()], [], None, "junk"):
        assert value_of(Status.parse(both | {"energies": energies}), "charging", "status") == "Stopped"


@pytest.mark.parametrize(
    ("energies", "energy", "updated"),
    [
        (LONG_AGO, REPORTED, LONG_AGO),
        (LONG_AGO, LONG_AGO, REPORTED),
        (REPORTED, LONG_AGO, LONG_AGO),
    ],
)
def test_a_date_of_an_energy_that_stands_still_does_not_count(energies: str, energy: str, updated: str) -> None:
    frozen = report(energies=[modern(date=energies)], energy=[older(date=energy)], updatedAt=updated)
    status = Status.parse(frozen)
    assert status.battery
    assert status.charging
    assert status.battery.at == status.charging.at == NOW


@pytest.mark.parametrize("junk", JUNK)
def test_unreadable_parts_of_an_energy(junk: Any) -> None:
    for energy in (
        {"type": "Electric", "extension": junk},
        {"type": "Electric", "extension": {"electric": junk}},
        {"type": "Electric", "extension": {"electric": {"charging": junk, "battery": junk}}},
        {"type": "Electric", "charging": junk, "battery": {"load": junk, "health": junk}},
        {"type": junk, "charging": {"status": "InProgress"}, "level": 50},
        junk,
    ):
        assert Status.parse(report(energies=[energy])) == Status()


@pytest.mark.parametrize(
    ("motorization", "level", "autonomy", "expected"),
    [
        ("Electric", 42, 300, None),
        ("Electric", 0, None, None),
        (None, 42, None, Fuel(at=NOW, level=42)),
        (None, 42, 300, Fuel(at=NOW, level=42, range=300)),
        (None, 0, 40, Fuel(at=NOW, level=0, range=40)),
        (None, 0, 0, None),
        (None, 0, None, None),
        (None, None, 300, None),
        (None, None, None, None),
        *[
            (motorization, level, autonomy, expected)
            for motorization in ("Thermic", "Hybrid", "Hydrogen")
            for level, autonomy, expected in [
                (0, 0, Fuel(at=NOW, level=0, range=0)),
                (0, None, Fuel(at=NOW, level=0)),
                (None, 300, Fuel(at=NOW, range=300)),
                (None, None, None),
            ]
        ],
    ],
)
def test_a_tank_that_is_not_there(motorization: str | None, level: Any, autonomy: Any, expected: Fuel | None) -> None:
    energy = {"createdAt": REPORTED, "type": "Fuel", "level": level, "autonomy": autonomy}
    for key in ("energies", "energy"):
        assert Status.parse(report(**{key: [energy]}), motorization).fuel == expected


@pytest.mark.parametrize(
    ("service", "there"), [("Electric", False), ("Hybrid", True), ("Unknown", True), (None, True), (["Electric"], True)]
)
def test_the_service_says_the_motorization_if_the_vehicle_does_not(service: Any, there: bool) -> None:
    reported = report(energies=[fuel(level=42)], service=dated(type=service))
    assert (Status.parse(reported).fuel is not None) is there
    assert Status.parse(reported, "Thermic").fuel


def test_a_car_without_a_battery_to_charge() -> None:
    status = Status.parse(report(energies=[modern(), fuel(level=30)]), "Thermic")
    assert status == Status(fuel=Fuel(at=NOW, level=30))


@pytest.mark.parametrize("motorization", ["Electric", "Hybrid", None])
def test_an_electric_energy_without_a_readable_value_is_no_battery(motorization: str | None) -> None:
    for energy in ({"type": "Electric"}, battery(load={}, health={"capacity": 0}), modern(level="62")):
        assert Status.parse(report(energies=[energy]), motorization).battery is None


@pytest.mark.parametrize(
    ("motorization", "capacity", "resistance", "expected"),
    [
        ("Electric", 99, 100, 99),
        ("Electric", 15, 96, 96),
        ("Electric", 0, 96, 96),
        ("Electric", 96, 15, 96),
        ("Electric", 0, 0, None),
        ("Electric", None, 30, None),
        (None, 15, 96, 96),
        ("Hybrid", 96, 15, 96),
        ("Hybrid", 40, 96, 40),
        ("Hybrid", 0, 96, None),
        ("Hybrid", None, 96, None),
        ("Hybrid", 101, 96, None),
    ],
)
def test_health(motorization: str | None, capacity: Any, resistance: Any, expected: Any) -> None:
    energy = battery(health={"capacity": capacity, "resistance": resistance})
    assert value_of(Status.parse(report(energies=[energy]), motorization), "battery", "health") == expected


def test_a_car_of_unknown_motorization_with_a_tank_is_a_hybrid() -> None:
    energies = [battery(health={"capacity": 40, "resistance": 96}), fuel(level=30)]
    assert value_of(Status.parse(report(energies=energies)), "battery", "health") == 40


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"status": "InProgress", "remaining": timedelta(hours=1)}, NOW + timedelta(hours=1)),
        ({"status": "Stopped", "remaining": timedelta(hours=1)}, None),
        ({"status": "InProgress", "remaining": timedelta(0)}, None),
        ({"status": "InProgress"}, None),
        ({"status": "InProgress", "remaining": timedelta(hours=1), "earlier": {"remaining": BEFORE}}, None),
        (
            {"status": "InProgress", "remaining": timedelta(hours=1), "earlier": {"status": BEFORE}},
            NOW + timedelta(hours=1),
        ),
    ],
)
def test_when_charging_ends(values: dict[str, Any], expected: datetime | None) -> None:
    assert Charging(at=NOW, **values).ends_at == expected


# Older names, positions and the rest.


def test_the_newer_spelling_of_preconditioning_is_preferred_if_it_can_be_read() -> None:
    both = report(preconditioning=air("Enabled"), preconditionning=air("Disabled"))
    for block, expected in [
        (air("Enabled"), "Enabled"),
        (air("NeverHeardOf"), "Disabled"),
        ({"airConditioning": None}, "Disabled"),
        (None, "Disabled"),
    ]:
        status = Status.parse(both | {"preconditioning": block})
        assert value_of(status, "preconditioning", "status") == expected


def test_the_newer_name_of_the_odometer_is_preferred_if_it_can_be_read() -> None:
    both = report(**{"odometer": dated(mileage=7.5), "timed.odometer": {"createdAt": None, "mileage": 6.5}})
    assert Status.parse(both).odometer == Odometer(at=NOW, mileage=7.5)
    junk: Any
    for junk in (None, {}, dated(mileage=0), dated(mileage="7.5")):
        assert Status.parse(both | {"odometer": junk}).odometer == Odometer(at=BEFORE, mileage=6.5)


@pytest.mark.parametrize(
    ("coordinates", "expected"),
    [
        ([2.5, 48.5], (48.5, 2.5)),
        ([2.5, 48.5, -12], (48.5, 2.5)),
        ([2.5, 48.5, "junk"], (48.5, 2.5)),
        ([2.5, 48.5, 12, 13], (48.5, 2.5)),
        ([0, 48.5], (48.5, 0)),
        ([2.5, 0], (0, 2.5)),
        ([0, 0], None),
        ([0.0, 0.0, 12], None),
        ([2.5], None),
        ([], None),
        (["2.5", "48.5"], None),
        *[(junk, None) for junk in JUNK],
    ],
)
def test_positions(coordinates: Any, expected: tuple[float, float] | None) -> None:
    feature = place()
    feature["geometry"]["coordinates"] = coordinates
    position = Status.parse(report(lastPosition=feature)).position
    assert (position and (position.latitude, position.longitude)) == expected
    assert position is None or position.at == NOW


@pytest.mark.parametrize("part", ["geometry", "properties"])
@pytest.mark.parametrize("junk", JUNK)
def test_unreadable_parts_of_a_position(part: str, junk: Any) -> None:
    position = Status.parse(report(lastPosition=place(2.5, 48.5, heading=7) | {part: junk})).position
    assert position == (Position(at=BEFORE, latitude=48.5, longitude=2.5) if part == "properties" else None)


@pytest.mark.parametrize(
    ("powertrain", "engine", "ignition", "expected"),
    [
        (("Running", REPORTED), ("Stopped", REPORTED), ("Stop", REPORTED), (NOW, True)),
        (("Running", REPORTED), ("Stopped", LATER), ("Start", REPORTED), (AFTER, False)),
        (("Stopped", REPORTED), ("Stopped", LONG_AGO), ("Start", LATER), (AFTER, True)),
        (("NeverHeardOf", LATER), ("Running", REPORTED), ("Stop", REPORTED), (NOW, True)),
        ((None, LATER), (None, LATER), ("Start", REPORTED), (NOW, True)),
        ((None, LATER), (None, LATER), (None, LATER), None),
        (("Running", None), ("Stopped", REPORTED), (None, None), (NOW, False)),
    ],
)
def test_the_newest_word_on_whether_it_runs_counts(
    powertrain: tuple[Any, Any], engine: tuple[Any, Any], ignition: tuple[Any, Any], expected: Any
) -> None:
    status = Status.parse(
        report(
            powertrain={"status": powertrain[0], "createdAt": powertrain[1]},
            engines=[{"gmpStatus": engine[0], "createdAt": engine[1]}],
            ignition={"type": ignition[0], "createdAt": ignition[1]},
        )
    ).powertrain
    assert (status and (status.at, status.running)) == expected


def test_a_car_runs_if_any_of_its_engines_does() -> None:
    engines = [dated(gmpStatus="NotRunning"), dated(gmpStatus="Running"), dated(gmpStatus=7), None]
    assert Status.parse(report(engines=engines)).powertrain == Powertrain(at=NOW, running=True)


def test_an_alarm_has_two_dates() -> None:
    alarm = {
        "status": {"createdAt": LATER, "activation": "Active"},
        "trigger": {"startAt": LONG_AGO, "type": "RoofBreakIn"},
    }
    expected = Alarm(
        at=AFTER,
        armed=True,
        trigger="RoofBreakIn",
        triggered_at=BEFORE,
        earlier={"trigger": BEFORE, "triggered_at": BEFORE},
    )
    assert Status.parse(report(alarm=alarm)).alarm == expected
    assert Status.parse(report(alarm={"trigger": dated(type="RoofBreakIn")})).blocks["alarm"].date_of("trigger") == NOW


def test_no_break_in_takes_back_the_one_before() -> None:
    broken = Status.parse(report(alarm={"trigger": dated(type="RoofBreakIn", startAt=REPORTED)}))
    calm = Status.parse(report(alarm={"trigger": {"createdAt": LATER, "type": "NoBreakIn", "startAt": LATER}}))
    for merged in (calm, broken.merge(calm), calm.merge(broken)):
        assert merged.alarm
        assert not any(merged.alarm.values.values())
    assert calm.changed(broken) == {"alarm"}


@pytest.mark.parametrize("junk", JUNK)
def test_unreadable_parts_of_an_alarm(junk: Any) -> None:
    assert Status.parse(report(alarm={"status": junk, "trigger": junk})).alarm is None
    start = Status.parse(report(alarm={"trigger": dated(type="RoofBreakIn", startAt=junk)})).alarm
    assert start
    assert start.trigger == "RoofBreakIn"
    assert start.triggered_at is None


# Maintenance, alerts and trips.


@pytest.mark.parametrize(
    ("days", "distance", "expected"),
    [
        (610, 22920.0, Maintenance(at=NOW, days=610, distance=22920)),
        (-3, -0.5, Maintenance(at=NOW, days=-3, distance=-0.5)),
        (45.0, None, Maintenance(at=NOW, days=45)),
        (0, 0, Maintenance(at=NOW, days=0, distance=0)),
        (None, 5, Maintenance(at=NOW, distance=5)),
        ("45", True, None),
        *[(junk, junk, None) for junk in (*NOT_NUMBERS, [], {}, "junk")],
    ],
)
def test_maintenance(days: Any, distance: Any, expected: Maintenance | None) -> None:
    maintenance = {"updatedAt": REPORTED, "daysBeforeMaintenance": days, "mileageBeforeMaintenance": distance}
    assert Status.parse_maintenance(maintenance) == Status(maintenance=expected)
    assert Status.parse_maintenance(maintenance | {"updatedAt": None}, NOW) == Status(maintenance=expected)


ALERT = {"id": "1", "type": "FuelLevelLow", "severity": "Warning", "startedAt": LONG_AGO, "active": True}
[FIRST] = EXTRA.alerts.active if EXTRA.alerts else ()
SECOND = Alert(id="2", type="NeverHeardOf")


@pytest.mark.parametrize(
    ("alerts", "expected"),
    [
        ([], ()),
        ([ALERT], (FIRST,)),
        ([{"id": "2", "type": "NeverHeardOf"}, ALERT], (FIRST, SECOND)),
        ([ALERT, ALERT | {"severity": "Warning"}], (FIRST,)),
        ({"alerts": [ALERT]}, (FIRST,)),
        ({"alerts": ALERT}, (FIRST,)),
        ({"alerts": []}, ()),
        (ALERT, (FIRST,)),
        (ALERT | {"active": False}, ()),
        ([ALERT | {"active": False}], ()),
        ([ALERT | {"active": None}], (FIRST,)),
        ([ALERT | {"id": None}, ALERT | {"type": ""}, ALERT | {"id": 7}, *JUNK], ()),
        ([ALERT | {"severity": 7, "startedAt": "junk"}], (Alert(id="1", type="FuelLevelLow"),)),
        *[(junk, None) for junk in JUNK if not isinstance(junk, list)],
        ({"alerts": None}, None),
        ({"alerts": "junk"}, None),
    ],
)
def test_alerts(alerts: Any, expected: tuple[Alert, ...] | None) -> None:
    status = Status.parse_alerts(alerts, NOW)
    assert status == Status(alerts=None if expected is None else Alerts(at=NOW, active=expected))


def trip(**more: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "createdAt": LONG_AGO,
        "updatedAt": LONG_AGO,
        "startedAt": LONG_AGO,
        "stoppedAt": REPORTED,
        "done": True,
        "distance": 12.5,
        "duration": 1489,
        "energyConsumptions": [
            {"type": "Fuel", "consumption": 0.5, "avgConsumption": 400},
            {"type": "Electric", "consumption": 2.25},
        ],
        **more,
    }


def test_trips() -> None:
    assert Status.parse_trips([trip()]) == Status(trip=EXTRA.trip)
    assert Status.parse_trips(trip()) == Status(trip=EXTRA.trip)


@pytest.mark.parametrize("others", permutations([trip(id="0", stoppedAt=LONG_AGO), trip(), trip(id="2", done=False)]))
def test_the_trip_that_ended_last_counts(others: tuple[Any, ...]) -> None:
    assert Status.parse_trips([None, *others, 7]) == Status(trip=EXTRA.trip)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, NOW),
        ({"done": None}, NOW),
        ({"done": "yes"}, NOW),
        ({"done": False}, None),
        ({"done": None, "stoppedAt": None}, None),
        ({"stoppedAt": None, "updatedAt": LATER}, AFTER),
        ({"stoppedAt": "junk", "updatedAt": None, "createdAt": LONG_AGO}, BEFORE),
        ({"stoppedAt": None, "updatedAt": None, "createdAt": None}, None),
        ({"id": None}, None),
        ({"id": 7}, None),
        ({"id": " "}, None),
    ],
)
def test_which_trips_count(changes: dict[str, Any], expected: datetime | None) -> None:
    found = Status.parse_trips([trip(**changes)]).trip
    assert (found and found.at) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"distance": 0}, {"distance": 0}),
        ({"duration": 0}, {"duration": timedelta(0)}),
        ({"duration": "PT12H30M"}, {"duration": timedelta(hours=12, minutes=30)}),
        ({"energyConsumptions": []}, {"fuel": None, "electricity": None}),
        ({"energyConsumptions": {"type": "Electric", "consumption": 2}}, {"fuel": None, "electricity": 2}),
        ({"energyConsumptions": [{"type": "Fuel", "consumption": -1}, 7]}, {"fuel": None, "electricity": None}),
        *[({"distance": junk}, {"distance": None}) for junk in (*NOT_NUMBERS, -1)],
        *[({"duration": junk}, {"duration": None}) for junk in (*NOT_NUMBERS, -1, 1e12)],
        *[({"energyConsumptions": junk}, {"fuel": None, "electricity": None}) for junk in JUNK],
    ],
)
def test_values_of_a_trip(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    assert EXTRA.trip
    assert Status.parse_trips([trip(**changes)]).trip == replace(EXTRA.trip, **expected)


@pytest.mark.parametrize("junk", JUNK)
def test_no_trips(junk: Any) -> None:
    assert Status.parse_trips(junk) == Status()


# Programs, and what is stolen.


def programs_of(programs: Any, key: str = "preconditioning") -> tuple[Program, ...] | None:
    found = Status.parse({key: {"airConditioning": dated(status="Disabled", programs=programs)}}).preconditioning
    assert found
    return found.programs


PROGRAM = Program(slot=2, start=timedelta(hours=7, minutes=40), days=("Mon", "Tue"), enabled=True)


@pytest.mark.parametrize("key", ["preconditioning", "preconditionning"])
def test_a_program(key: str) -> None:
    assert programs_of([program()], key) == (PROGRAM,)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"enabled": False}, {"enabled": False}),
        ({"enabled": ...}, {"enabled": False}),
        ({"enabled": "true"}, {"enabled": False}),
        ({"recurrence": "None"}, {"recurring": False}),
        ({"recurrence": "None", "occurence": None}, {"recurring": False, "days": ()}),
        ({"recurrence": ...}, {}),
        ({"occurence": ...}, {"days": DAYS}),
        ({"occurence": None}, {"days": DAYS}),
        ({"occurence": {"day": []}}, {"days": DAYS}),
        ({"occurence": {"day": ["Sun", "junk", 7, "Fri"]}}, {"days": ("Fri", "Sun")}),
        ({"start": "PT0S"}, {"start": timedelta()}),
        ({"start": "PT23H59M"}, {"start": timedelta(hours=23, minutes=59)}),
        ({"slot": ...}, {"slot": 1}),
        ({"slot": 4}, {"slot": 4}),
        ({"slot": 2.0}, {"slot": 2}),
    ],
)
def test_values_of_a_program(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    assert programs_of([program(**changes)]) == (replace(PROGRAM, **expected),)


@pytest.mark.parametrize(
    "changes",
    [
        *[{"start": junk} for junk in (*JUNK, ..., "PT24H", "07:40")],
        *[{"slot": junk} for junk in (0, 5, -1, "2", None, True)],
        # An empty slot, as real cars report it.
        {"start": "PT0S", "enabled": False, "occurence": ...},
    ],
)
def test_what_is_no_program_costs_no_other(changes: dict[str, Any]) -> None:
    assert programs_of([program(**changes), program(slot=3)]) == (replace(PROGRAM, slot=3),)


def test_programs_come_in_the_order_of_their_slots_and_the_first_of_a_slot_counts() -> None:
    programs = [program(slot=4), program(slot=1), program(slot=4, enabled=False)]
    assert programs_of(programs) == (replace(PROGRAM, slot=1), replace(PROGRAM, slot=4))


@pytest.mark.parametrize("junk", [junk for junk in JUNK if not isinstance(junk, list)])
def test_programs_that_are_not_reported_are_not_none(junk: Any) -> None:
    assert programs_of(junk) is None
    assert programs_of([]) == ()
    known = Status.parse({"preconditioning": air(programs=[program()])})
    assert known.merge(Status.parse({"preconditioning": air(programs=junk)})).preconditioning == known.preconditioning
    gone = known.merge(Status.parse({"preconditioning": air(programs=[])})).preconditioning
    assert gone
    assert gone.programs == ()


def test_programs_without_a_status() -> None:
    found = Status.parse({"preconditioning": {"airConditioning": dated(programs=[program()])}}).preconditioning
    assert found == Preconditioning(at=NOW, programs=(PROGRAM,))


def charging_programs(schedule: Any) -> tuple[ChargingProgram, ...] | None:
    found = Status.parse(report(energies=[charging(status="Stopped", schedule=schedule)]), "Electric").charging
    assert found
    return found.programs


NIGHT = {"start": "PT22H", "end": "PT5H", "enabled": True, "occurence": {"day": ["Sun", "Sat"]}}
CHARGING_PROGRAM = ChargingProgram(start=timedelta(hours=22), end=timedelta(hours=5), days=("Sat", "Sun"), enabled=True)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [{}]),
        ({"end": None}, [{"end": None}]),
        ({"end": "junk"}, [{"end": None}]),
        ({"occurence": None}, [{"days": DAYS}]),
        ({"enabled": None}, [{"enabled": False}]),
        ({"start": None}, []),
        ({"start": "PT25H"}, []),
        ({"start": "PT0S", "end": None, "enabled": False, "occurence": None}, []),
    ],
)
def test_charging_programs(changes: dict[str, Any], expected: list[dict[str, Any]]) -> None:
    programs = tuple(replace(CHARGING_PROGRAM, **each) for each in expected)
    assert charging_programs({"programs": [NIGHT | changes, 7, NIGHT]}) == (*programs, CHARGING_PROGRAM)


@pytest.mark.parametrize("schedule", [None, [], {}, {"programs": None}, {"programs": 7}])
def test_a_schedule_that_is_not_reported(schedule: Any) -> None:
    assert charging_programs(schedule) is None


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"state": True, "startedAt": LONG_AGO}, Switched(at=NOW, on=True)),
        ({"state": True, "createdAt": LONG_AGO}, Switched(at=BEFORE, on=True)),
        ({"state": True, "startedAt": LONG_AGO, "endAt": REPORTED}, Switched(at=NOW, on=False)),
        ({"state": False, "startedAt": LONG_AGO, "createdAt": REPORTED}, Switched(at=NOW, on=False)),
        ({"state": False}, Switched(at=NOW, on=False)),
        ({"state": "yes"}, None),
        ({}, None),
    ],
)
def test_a_car_that_was_stolen_is_not_so_for_good(block: dict[str, Any], expected: Switched | None) -> None:
    assert Status.parse({"createdAt": REPORTED, "stolen": block}).stolen == expected


# A value of a monitor's message.


def literal(value: Any) -> dict[str, Any]:
    return {"type": "string", "body": {"literalValue": value}}


def objects(*values: Any) -> dict[str, Any]:
    return {"type": "obj.some", "body": {"objectValues": list(values)}}


VALUES: list[tuple[str, Any, Status]] = [
    ("environment.air.temp", "12.5", Status(air=Air(at=NOW, temperature=12.5))),
    ("privacy.state", "Full", Status(privacy=Privacy(at=NOW, state="Full"))),
    ("vehicle.alarm.status.activation", "Inactive", Status(alarm=Alarm(at=NOW, armed=False))),
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


def test_a_break_in_without_a_time_is_not_the_one_before() -> None:
    before = Status.parse(report(alarm={"trigger": dated(type="RoofBreakIn", startAt=REPORTED)}))
    pushed = Status.parse_value("vehicle.alarm.trigger.type", literal("HoodDoorBreakIn"), AFTER)
    merged = before.merge(pushed).alarm
    assert merged
    assert (merged.trigger, merged.triggered_at) == ("HoodDoorBreakIn", None)


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize(
    "value", [None, {}, [], [[]], "", " ", literal(None), literal([]), literal({}), {"body": None}, {"body": []}]
)
def test_unreadable_values(data: str, value: Any) -> None:
    assert not Status.parse_value(data, value, NOW).blocks or data == "vehicle.alert"


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


# Dates.


@pytest.mark.parametrize("junk", [*JUNK, "yesterday", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_a_block_without_a_readable_date_has_that_of_the_report(junk: Any) -> None:
    def undated(document: Any) -> Any:
        if isinstance(document, Mapping):
            return {key: undated(part) for key, part in document.items() if key != "createdAt"} | {"createdAt": junk}
        return [undated(part) for part in document] if isinstance(document, list) else document

    without = undated({key: block for key, block in WHOLE.items() if key != "alarm"})
    expected = replace(EXPECTED, alarm=None)
    for report in (without | {"updatedAt": REPORTED}, without | {"createdAt": REPORTED, "updatedAt": None}):
        assert Status.parse(report, "Hybrid") == expected
        assert Status.parse(report, "Hybrid", AFTER) == expected
    assert Status.parse(without | {"updatedAt": junk}, "Hybrid", NOW) == expected


def test_a_block_has_the_date_of_its_creation_or_else_of_its_update() -> None:
    block = {"lockedStates": ["Locked"], "updatedAt": LONG_AGO}
    assert Status.parse({"doorsState": block}) == Status(doors=Doors(at=BEFORE, locked=True))
    assert Status.parse({"doorsState": block | {"createdAt": REPORTED}}).doors == Doors(at=NOW, locked=True)


def test_a_report_without_any_date_is_from_now() -> None:
    before = datetime.now(UTC)
    status = Status.parse(
        {
            "doorsState": {"lockedStates": ["Locked"]},
            "energies": [{"type": "Electric", "level": 7, "charging": {"status": "Stopped"}}],
            "preconditioning": {"airConditioning": {"status": "Disabled"}},
        }
    ).merge(Status.parse_maintenance({"daysBeforeMaintenance": 7}))
    assert set(status.blocks) == {"battery", "charging", "doors", "maintenance", "preconditioning"}
    for block in status.blocks.values():
        assert before <= block.at <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T10:00:00Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T10:00:00.250Z", datetime(2026, 3, 1, 10, 0, 0, 250_000, tzinfo=UTC)),
        ("2026-03-01T10:00:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T10:00:00+02:00", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("2026-03-01T10:00:00-0330", datetime(2026, 3, 1, 13, 30, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("now", None),
        ("", None),
        (None, None),
        (1772359200, None),
        (["2026-03-01T10:00:00Z"], None),
    ],
)
def test_dates(text: object, expected: datetime | None) -> None:
    date = parse_date(text)
    assert date == expected
    assert date is None or date.tzinfo is UTC


def test_a_date_to_come_is_now() -> None:
    before = datetime.now(UTC)
    date = parse_date("9000-01-01T00:00:00Z")
    assert date
    assert before <= date <= datetime.now(UTC)


# Merging.


def moved(status: Status, when: datetime) -> Status:
    blocks: dict[str, Any] = {name: replace(block, at=when) for name, block in status.blocks.items()}
    return Status(**blocks)


@pytest.mark.parametrize("name", NAMES)
def test_a_block_that_is_missing_says_nothing(name: str) -> None:
    only = Status(**{name: getattr(FULL, name)})
    rest = replace(FULL, **{name: None})
    assert rest.merge(only) == only.merge(rest) == FULL
    assert FULL.merge(Status()) == Status().merge(FULL) == FULL.merge(only) == FULL


@pytest.mark.parametrize("name", NAMES)
def test_each_block_has_its_own_date(name: str) -> None:
    mixed = replace(FULL, **{name: getattr(moved(FULL, AFTER), name)})
    assert FULL.merge(mixed) == mixed.merge(FULL) == mixed
    assert mixed.changed(FULL) == set()


def test_each_value_has_its_own_date() -> None:
    first = Doors(at=NOW, locked=True, trunk=False)
    second = Doors(at=AFTER, trunk=True, driver=False)
    expected = Doors(at=AFTER, locked=True, trunk=True, driver=False, earlier={"locked": NOW})
    assert first.merge(second) == second.merge(first) == expected
    assert expected.date_of("locked") == NOW
    assert expected.date_of("trunk") == AFTER
    assert expected.merge(Doors(at=BEFORE, locked=False, roof_window=True)) == replace(
        expected, roof_window=True, earlier={"locked": NOW, "roof_window": BEFORE}
    )


def test_a_block_that_is_reported_whole_is_replaced_whole() -> None:
    first, second = Kinetic(at=NOW, moving=True, speed=50), Kinetic(at=AFTER, moving=False)
    assert first.merge(second) == second.merge(first) == second


def test_at_the_same_date_the_last_word_counts() -> None:
    for first, second in [
        (Status(doors=Doors(at=NOW, locked=True)), Status(doors=Doors(at=NOW, locked=False))),
        (Status(privacy=Privacy(at=NOW, state="None")), Status(privacy=Privacy(at=NOW, state="Full"))),
    ]:
        assert first.merge(second) == second
        assert second.merge(first) == first


def test_an_odometer_never_goes_down() -> None:
    high, low = Odometer(at=NOW, mileage=2000), Odometer(at=AFTER, mileage=1000)
    assert high.merge(low) == low.merge(high) == high
    again = Odometer(at=AFTER, mileage=2000)
    assert high.merge(again) == again.merge(high) == again


def test_which_blocks_changed() -> None:
    assert FULL.changed(Status()) == Status().changed(FULL) == set(NAMES)
    assert FULL.changed(FULL) == moved(FULL, AFTER).changed(FULL) == set()
    other = replace(FULL, doors=Doors(at=NOW, locked=False), privacy=None)
    assert other.changed(FULL) == {"doors", "privacy"}


def test_the_newest_date() -> None:
    assert Status().newest is None
    assert replace(FULL, air=Air(at=AFTER, temperature=7)).newest == AFTER


def test_blocks_can_be_hashed() -> None:
    assert len({*FULL.blocks.values(), *FULL.blocks.values()}) == len(NAMES)


dates = st.integers(0, 10**6).map(lambda seconds: BEFORE + timedelta(seconds=seconds))
numbers = st.integers(-1000, 1000) | st.floats(-1000, 1000).map(lambda number: number + 0.0)
words = st.sampled_from(["InProgress", "Locked", "7", "Ü"])
VALUES_OF: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    datetime: dates,
    float: numbers,
    int: st.integers(-1000, 1000),
    str: words,
    timedelta: st.integers(0, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
    tuple[Alert, ...]: st.lists(st.builds(Alert, id=words, type=words, started_at=st.none() | dates)).map(tuple),
}

times_of_day = st.integers(0, 86399).map(lambda seconds: timedelta(seconds=seconds))
days_of_a_week = st.lists(st.sampled_from(DAYS)).map(tuple)
VALUES_OF[tuple[Program, ...]] = st.lists(
    st.builds(
        Program,
        slot=st.integers(1, 4),
        start=times_of_day,
        days=days_of_a_week,
        enabled=st.booleans(),
        recurring=st.booleans(),
    )
).map(tuple)
VALUES_OF[tuple[ChargingProgram, ...]] = st.lists(
    st.builds(
        ChargingProgram,
        start=times_of_day,
        end=times_of_day | st.none(),
        days=days_of_a_week,
        enabled=st.booleans(),
    )
).map(tuple)


@st.composite
def statuses(draw: st.DrawFn, when: datetime | None = None) -> Status:
    """Make a status of any values; all of them from one date if it is given."""
    blocks: dict[str, Any] = {}
    for name, kind in KINDS.items():
        hints = get_type_hints(kind)
        values = {each.name: hints[each.name] for each in fields(kind) if each.name not in {"at", "earlier"}}
        told = {
            value: draw(VALUES_OF[get_args(hint)[0]] | st.none() if type(None) in get_args(hint) else VALUES_OF[hint])
            for value, hint in values.items()
        }
        if draw(st.booleans()):
            blocks[name] = kind(at=when or draw(dates), **told)
    return Status(**blocks)


@given(
    st.lists(st.integers(0, 1000), min_size=3, max_size=3, unique=True).flatmap(
        lambda seconds: st.tuples(*(statuses(BEFORE + timedelta(seconds=each)) for each in seconds))
    )
)
def test_the_order_of_reports_does_not_matter(reports: tuple[Status, Status, Status]) -> None:
    ends = [first.merge(second).merge(third) for first, second, third in permutations(reports)]
    assert all(end == ends[0] for end in ends)
    first, second, third = reports
    assert first.merge(second.merge(third)) == ends[0]
    for each in reports:
        assert ends[0].merge(each) == ends[0]
    assert not ends[0].odometer or ends[0].odometer.mileage == max(
        each.odometer.mileage for each in reports if each.odometer
    )


@given(statuses(), statuses())
def test_merging_twice_is_merging_once(first: Status, second: Status) -> None:
    merged = first.merge(second)
    assert merged.merge(second) == merged
    assert merged.merge(merged) == merged
    assert merged.changed(first.merge(second)) == set()
    for name, block in merged.blocks.items():
        assert all(
            block.at >= each.blocks[name].at for each in (first, second) if name in each.blocks and name != "odometer"
        )


# Storing.


def stored(status: Status) -> Any:
    return json.loads(json.dumps(status.as_dict()))


@given(statuses(), statuses())
def test_what_is_stored_is_restored(first: Status, second: Status) -> None:
    for status in (first, first.merge(second)):
        assert Status.restore(stored(status)) == status


def test_what_is_stored() -> None:
    assert Status().as_dict() == {}
    status = Status(
        alerts=Alerts(at=NOW),
        charging=Charging(at=AFTER, remaining=timedelta(minutes=1), plugged=False, earlier={"plugged": NOW}),
    )
    assert status.as_dict() == {
        "alerts": {"at": "2026-03-01T10:00:00+00:00", "active": []},
        "charging": {
            "at": "2026-03-01T10:05:00+00:00",
            "earlier": {"plugged": "2026-03-01T10:00:00+00:00"},
            "plugged": False,
            "remaining": 60.0,
        },
    }
    assert Status.restore(stored(FULL)) == FULL


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("junk", JUNK)
def test_an_unreadable_stored_block_costs_that_block_only(name: str, junk: Any) -> None:
    assert Status.restore(stored(FULL) | {name: junk, "junk": junk}) == replace(FULL, **{name: None})


@pytest.mark.parametrize(
    ("block", "changes"),
    [
        ("air", {"at": None}),
        ("air", {"at": "yesterday"}),
        ("air", {"at": 7}),
        ("air", {"temperature": None}),
        ("air", {"temperature": "7"}),
        ("air", {"temperature": float("nan")}),
        ("air", {"temperature": True}),
        ("air", {"earlier": []}),
        ("air", {"earlier": {"temperature": 7}}),
        ("alerts", {"active": {}}),
        ("alerts", {"active": [7]}),
        ("alerts", {"active": [{"id": "1"}]}),
        ("charging", {"remaining": "PT1H"}),
        ("charging", {"remaining": -1}),
        ("charging", {"remaining": 1e300}),
        ("charging", {"plugged": 1}),
        ("maintenance", {"days": 7.5}),
        ("maintenance", {"days": True}),
        ("privacy", {"state": 7}),
        ("preconditioning", {"programs": [{"slot": 1}]}),
        ("preconditioning", {"programs": [{"slot": 1, "start": 86400, "days": [], "enabled": True}]}),
        ("preconditioning", {"programs": [{"slot": 5, "start": 0, "days": [], "enabled": True}]}),
        ("preconditioning", {"programs": [{"slot": 1, "start": 0, "days": ["Mo"], "enabled": True}]}),
        ("charging", {"programs": [{"start": 0, "end": 86400, "days": [], "enabled": True}]}),
        ("lights", {"on": "yes"}),
    ],
)
def test_an_unreadable_stored_value_costs_its_block(block: str, changes: dict[str, Any]) -> None:
    content = stored(FULL)
    assert Status.restore(content | {block: content[block] | changes}) == replace(FULL, **{block: None})


def test_what_is_not_known_any_more_is_not_restored() -> None:
    content = stored(FULL)
    assert Status.restore(content | {"air": content["air"] | {"smell": "good"}, "smell": {}}) == FULL
    for junk in JUNK:
        assert Status.restore(junk) == Status()


# The simulator writes its reports from the same contract, in three styles.


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


# Anything.

reports = spoilt(
    WHOLE
    | {"energy": [older()], "preconditionning": air(), "timed.odometer": dated(mileage=7), "service": {"type": "x"}}
).filter(lambda it: isinstance(it, dict))
motorizations = st.sampled_from([None, "Electric", "Hybrid", "Thermic", "junk"])


@given(reports, reports, motorizations)
def test_whatever_is_reported_can_be_read_and_merged(
    first: dict[str, Any], second: dict[str, Any], motorization: str | None
) -> None:
    before, after = Status.parse(first, motorization), Status.parse(second, motorization)
    merged = before.merge(after)
    assert merged.blocks.keys() == before.blocks.keys() | after.blocks.keys()
    assert merged.merge(after) == merged
    assert Status.restore(stored(merged)) == merged
    assert not (motorization == "Electric" and merged.fuel)
    assert not (motorization == "Thermic" and (merged.battery or merged.charging))


@given(spoilt([ALERT, ALERT]), spoilt([trip(), trip()]), spoilt({"createdAt": REPORTED, "daysBeforeMaintenance": 7}))
def test_whatever_else_is_reported_can_be_read(alerts: Any, trips: Any, maintenance: Any) -> None:
    status = Status.parse_alerts(alerts, NOW).merge(Status.parse_trips(trips))
    if isinstance(maintenance, dict):
        status = status.merge(Status.parse_maintenance(maintenance))
    assert Status.restore(stored(status)) == status


@given(
    st.sampled_from(DATA) | st.text(max_size=5),
    json_values | spoilt(literal("7")) | spoilt(objects({"identifier": "Trunk", "state": "Open"}, ALERT)),
    motorizations,
)
def test_any_value_can_be_read(data: str, value: Any, motorization: str | None) -> None:
    status = Status.parse_value(data, value, NOW, motorization)
    assert Status.restore(stored(status)) == status


@given(spoilt(stored(FULL)))
def test_anything_can_be_restored(content: Any) -> None:
    status = Status.restore(content)
    assert Status.restore(stored(status)) == status
