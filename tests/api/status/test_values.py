"""Each value of a report. A reader makes a report of a value; each table has what the value then is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from custom_components.stellantis.api.lenient import parse_duration
from custom_components.stellantis.api.status import Status
from tests.helpers.junk import JUNK, NOT_NUMBERS
from tests.helpers.status_reports import (
    NOW,
    REPORTED,
    air,
    battery,
    charging,
    dated,
    engine,
    fuel,
    modern,
    older,
    place,
    report,
    tank,
)
from tests.helpers.statuses import value_of

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
    ("fuel", "consumption", lambda v: report(energies=[tank(consumptions={"instant": v})]), [0, 5.4, 100], [-1, 101]),
    ("fuel", "consumption", lambda v: report(energies=[tank(consumption={"consumption": v})]), [0, 5.4], [-1, 101]),
    ("kinetic", "acceleration", lambda v: report(kinetic=dated(acceleration=v)), [-50, -1.5, 0, 50], [-51, 51]),
    ("engine", "speed", lambda v: report(engines=[dated(speed=v)]), [0, 1800.5, 12000], [-1, 12001]),
    ("engine", "oil_temperature", lambda v: report(engines=[engine(oil={"temp": v})]), [-39, 67.5, 200], [-40, 215.0]),
    ("engine", "oil_temperature", lambda v: report(engines=[dated(oil={"temp": v})]), [-39, 67.5, 200], [-40, 215]),
    ("engine", "oil_level", lambda v: report(engines=[engine(oil={"level": v})]), [0, 75.5, 100], [-1, 101, 255]),
    ("engine", "coolant_temperature", lambda v: report(engines=[engine(coolant={"temp": v})]), [-39, 90], [-40, 215.0]),
    ("engine", "coolant_level", lambda v: report(engines=[engine(coolant={"level": v})]), [0, 100], [-1, 101]),
    ("engine", "air_temperature", lambda v: report(engines=[engine(air={"temp": v})]), [-39, 24.5], [-40, 215]),
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
    ("daylight", "day", lambda v: report(environment={"luminosity": dated(day=v)})),
    ("wipers", "active", lambda v: report(wipingBlades=dated(active=v))),
]
WORDS: list[tuple[str, str, Reader]] = [
    ("charging", "status", lambda v: report(energies=[modern(v)])),
    ("charging", "status", lambda v: report(energy=[older(v)])),
    ("charging", "status", lambda v: report(energy=older(v))),
    ("charging", "mode", lambda v: report(energies=[charging(chargingMode=v)])),
    (
        "charging",
        "mode",
        lambda v: report(energy=[{"type": "Electric", "createdAt": REPORTED, "charging": {"chargingMode": v}}]),
    ),
    ("ignition", "type", lambda v: report(ignition=dated(type=v))),
    ("preconditioning", "starting_cause", lambda v: report(preconditioning=air(startingCause=v))),
    ("service", "type", lambda v: report(service=dated(type=v))),
    ("transmission", "gear", lambda v: report(transmission=dated(gearbox={"ratio": v}))),
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
    *[
        (
            "lighting",
            f"{kind}_{where.lower()}",
            lambda v, kind=kind, key=key, where=where: report(
                lightingSystem=dated(**{kind: [{key: where, "status": v}]})
            ),
            {"On": True, "Off": False},
        )
        for kind, key, where in (
            ("turn", "direction", "Left"),
            ("turn", "direction", "Right"),
            ("fog", "position", "Front"),
            ("fog", "position", "Rear"),
        )
    ],
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
