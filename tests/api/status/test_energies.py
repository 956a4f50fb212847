"""The battery and the tank."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.stellantis.api.status import Battery, ChargingStatus, Fuel, Status
from tests.helpers.junk import JUNK
from tests.helpers.status_reports import LONG_AGO, NOW, REPORTED, battery, dated, fuel, modern, older, report
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
