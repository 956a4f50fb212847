"""The battery and the tank."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from custom_components.stellantis.api.status import Battery, ChargingStatus, Fuel, Status
from tests.helpers.junk import JUNK
from tests.helpers.status_reports import (
    AFTER,
    BEFORE,
    LATER,
    LONG_AGO,
    NOW,
    REPORTED,
    battery,
    dated,
    fuel,
    literal,
    modern,
    older,
    report,
)
from tests.helpers.statuses import value_of


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
    ("energies", "energy", "expected"),
    [
        (LONG_AGO, REPORTED, NOW),
        (REPORTED, LONG_AGO, NOW),
        (LONG_AGO, None, BEFORE),
        (None, LONG_AGO, BEFORE),
        (LONG_AGO, LONG_AGO, BEFORE),
        (None, None, AFTER),
    ],
)
@pytest.mark.parametrize("load", [False, True])
def test_an_energy_has_the_newest_of_its_own_dates(energies: Any, energy: Any, expected: datetime, load: bool) -> None:
    """Some cars stop updating that of `energies` for months. The date of the whole status is that of other blocks."""
    parts = {"load": {"capacity": 44100, "createdAt": energies if load else None}}
    extension = {"electric": {"charging": {"status": "InProgress"}, "battery": parts}}
    frozen = {
        "createdAt": LATER,
        "updatedAt": LATER,
        "energies": [modern(date=energies, extension=extension), fuel(date=energies, level=7, autonomy=90)],
        "energy": [older(date=energy), fuel(date=energy, level=7)],
    }
    status = Status.parse(frozen, "Hybrid")
    assert status.battery
    assert status.charging
    assert status.fuel
    assert (status.battery.date_of("level"), status.charging.at, status.fuel.at) == (expected,) * 3


def test_a_part_of_a_battery_has_its_own_date() -> None:
    parts = {"load": dated(capacity=44100, residual=27000), "health": {"createdAt": LONG_AGO, "capacity": 96}}
    energy = modern(date=LATER, extension={"electric": {"battery": parts}})
    found = Status.parse(report(energies=[energy])).battery
    assert found
    assert {name: found.date_of(name) for name in ("level", "capacity", "energy", "health")} == {
        "level": AFTER,
        "capacity": NOW,
        "energy": NOW,
        "health": BEFORE,
    }


def test_the_newer_of_both_forms_of_an_energy_counts() -> None:
    newer, stale = older("Finished", LATER, level=100), modern("InProgress", REPORTED, level=77, autonomy=200)
    status = Status.parse(report(energies=[stale], energy=[newer]))
    assert (value_of(status, "battery", "level"), value_of(status, "charging", "status")) == (100, "Finished")
    assert value_of(status, "battery", "range") == 200


def test_an_older_energy_in_a_newer_report_is_older() -> None:
    """The end of the charge stays too, however much newer other blocks are."""

    def reported(at: str, when: str, **more: Any) -> Status:
        return Status.parse({"createdAt": when, "updatedAt": when, "energy": [older(date=at, **more)]}, "Electric")

    full = reported(LATER, LATER, level=100, status="Finished")
    stale = reported(REPORTED, "2026-03-03T10:00:00Z", level=77)
    assert full.merge(stale) == full
    progress = {"charging": {"status": "InProgress", "remainingTime": "PT1H", "plugged": True}}
    first, again = (reported(REPORTED, when, **progress).charging for when in (REPORTED, "2026-03-01T10:30:00Z"))
    assert first
    assert again
    assert first.ends_at == again.ends_at == first.merge(again).ends_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize("key", ["energies", "energy"])
@pytest.mark.parametrize(
    ("level", "reach", "expected"), [(100.0, 0, None), (40, 0, None), (0, 132, None), (4, 0, 4), (71, 36, 71)]
)
def test_a_level_that_its_range_contradicts_is_unknown(key: str, level: float, reach: float, expected: Any) -> None:
    before = Status(battery=Battery(at=BEFORE, level=55, range=100))
    found = Status.parse(report(**{key: [modern(level=level, autonomy=reach)]}), "Hybrid")
    for merged in (found, before.merge(found), found.merge(before)):
        assert merged.battery
        assert (merged.battery.trusted_level, merged.battery.range) == (expected, reach)
        assert merged.battery.is_reported("level")


@pytest.mark.parametrize("values", [("100", "0"), ("0", "132")])
def test_a_level_and_a_range_that_are_pushed_one_by_one_can_contradict_each_other(values: tuple[str, str]) -> None:
    level, reach = (
        Status.parse_value(f"vehicle.energy.electric.{name}", literal(value), NOW)
        for name, value in zip(("level", "autonomy"), values, strict=True)
    )
    for merged in (level.merge(reach), reach.merge(level)):
        assert merged.battery
        assert merged.battery.trusted_level is None


@pytest.mark.parametrize(
    ("level", "residual", "expected"),
    [(43, 4096, None), (91, 13024, None), (93, 27488, 27488), (55, 15200, 15200), (None, 4096, 4096)],
)
def test_an_energy_that_the_level_contradicts_is_unknown(level: Any, residual: float, expected: Any) -> None:
    energy = battery(load={"capacity": 34016, "residual": residual}) | {"level": level}
    found = Status.parse(report(energies=[energy])).battery
    assert found
    assert (found.energy, found.level, found.capacity) == (expected, level, 34016)


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
    ("level", "reach", "trusted"),
    [
        (100, 0, None),
        (40, 0, None),
        (11, 0, None),
        (10, 0, 10),
        (0, 0, 0),
        (0, 3, 0),
        (0, 132, None),
        (100, 9, None),
        (12, 1, None),
        (11, 2, 11),
        (71, 36, 71),
        (91, 338, 91),
        (100, 700, 100),
        (55, None, 55),
        (None, 0, None),
    ],
)
def test_a_level_is_not_trusted_if_a_range_that_is_not_older_contradicts_it(
    level: float | None, reach: float | None, trusted: float | None
) -> None:
    assert Battery(at=NOW, level=level, range=reach).trusted_level == trusted
    assert Battery(at=AFTER, level=level, range=reach, earlier={"level": NOW}).trusted_level == trusted
    assert Battery(at=AFTER, level=level, range=reach, earlier={"range": NOW}).trusted_level == level
