"""The thermic engine, what it uses, and the lamps and other things beside it."""

from typing import Any

import pytest

from custom_components.stellantis.api.status import Daylight, Engine, Fuel, Ignition, Lighting, Service, Status
from tests.helpers.junk import JUNK, NOT_NUMBERS
from tests.helpers.status_reports import (
    AFTER,
    BEFORE,
    LATER,
    LONG_AGO,
    NOW,
    REPORTED,
    dated,
    engine,
    fuel,
    report,
    tank,
)


def test_the_newer_name_of_the_oil_is_preferred_if_it_can_be_read() -> None:
    both = engine(oil={"temp": 67.0}) | {"oil": {"temp": 40.0}}
    assert Status.parse(report(engines=[both])).engine == Engine(at=NOW, oil_temperature=67)
    both["extension"] = {"thermic": {"oil": {"temp": 215}}}
    assert Status.parse(report(engines=[both])).engine == Engine(at=NOW, oil_temperature=40)


@pytest.mark.parametrize(
    ("motorization", "service", "expected"),
    [
        ("Thermic", None, Engine(at=NOW, speed=800)),
        ("Hybrid", "Electric", Engine(at=NOW, speed=800)),
        (None, None, Engine(at=NOW, speed=800)),
        (None, "Hybrid", Engine(at=NOW, speed=800)),
        ("Electric", "Hybrid", None),
        (None, "Electric", None),
    ],
)
def test_the_engine_is_not_that_of_an_electric_car(
    motorization: str | None, service: str | None, expected: Engine | None
) -> None:
    """Electric cars report a thermic engine too."""
    engines = [dated(type="Electric", speed=9000), dated(type="Thermic", speed=800)]
    assert Status.parse(report(engines=engines, service=dated(type=service)), motorization).engine == expected


def test_an_engine_without_a_type_is_thermic() -> None:
    assert Status.parse(report(engines=[dated(speed=800)])).engine == Engine(at=NOW, speed=800)
    assert Status.parse(report(engines=[dated(type="Electric", speed=800)])).engine is None


@pytest.mark.parametrize("junk", JUNK)
def test_unreadable_parts_of_an_engine_cost_those_parts_only(junk: Any) -> None:
    expected = Engine(at=NOW, coolant_level=80)
    for part in ("oil", "air"):
        found = engine(coolant={"level": 80}, **{part: junk})
        assert Status.parse(report(engines=[found])).engine == expected
    found = dated(speed=800, extension=junk)
    assert Status.parse(report(engines=[found])).engine == Engine(at=NOW, speed=800)
    found = dated(speed=800, extension={"thermic": junk})
    assert Status.parse(report(engines=[found])).engine == Engine(at=NOW, speed=800)


def test_an_engine_without_sensors_says_nothing() -> None:
    """As real cars report it."""
    assert Status.parse(report(engines=[engine(coolant={"temp": 215.0}, air={"temp": 215})])).engine is None


def test_what_was_used_is_in_centilitres() -> None:
    used = tank(consumptions={"total": 20365.5, "instant": 0.0})
    assert Status.parse(report(energies=[used])).fuel == Fuel(at=NOW, level=40, used=203.655, consumption=0)
    for total in (0, -1, *NOT_NUMBERS):
        found = Status.parse(report(energies=[tank(consumptions={"total": total})])).fuel
        assert found == Fuel(at=NOW, level=40)


def test_the_newer_name_of_the_consumption_is_preferred_if_it_can_be_read() -> None:
    both = tank(consumptions={"instant": 5.5}, consumption={"consumption": 7.5})
    assert Status.parse(report(energies=[both])).fuel == Fuel(at=NOW, level=40, consumption=5.5)
    both = tank(consumptions={"instant": -5.5}, consumption={"consumption": 7.5})
    assert Status.parse(report(energies=[both])).fuel == Fuel(at=NOW, level=40, consumption=7.5)


def test_hydrogen_is_not_counted_in_litres() -> None:
    hydrogen = tank(consumptions={"total": 500, "instant": 0.8}) | {"subType": "Hydrogen"}
    assert Status.parse(report(energies=[hydrogen]), "Hydrogen").fuel == Fuel(at=NOW, level=40)


def test_an_electric_car_uses_no_fuel() -> None:
    ghost = fuel(extension={"fuel": {"consumptions": {"total": 0}}})
    assert Status.parse(report(energies=[ghost])).fuel is None


def test_each_part_of_an_engine_has_its_own_date() -> None:
    warm = Status.parse(report(engines=[engine(oil={"temp": 67.0, "level": 75})]))
    later = Status.parse(report(engines=[engine(oil={"temp": 80.0}) | {"createdAt": LATER}]))
    merged = Engine(at=AFTER, oil_temperature=80, oil_level=75, earlier={"oil_level": NOW})
    assert warm.merge(later).engine == later.merge(warm).engine == merged


def test_each_consumption_has_its_own_date() -> None:
    first = Status.parse(report(energies=[tank(consumptions={"total": 7500, "instant": 5.5})]))
    later = Status.parse(report(energies=[fuel(LATER, level=39)]))
    expected = Fuel(at=AFTER, level=39, used=75, consumption=5.5, earlier={"used": NOW, "consumption": NOW})
    assert first.merge(later).fuel == later.merge(first).fuel == expected


def test_each_lamp_has_its_own_date() -> None:
    left = Status.parse(report(lightingSystem=dated(turn=[{"direction": "Left", "status": "On"}])))
    fog = {"createdAt": LATER, "fog": [{"position": "Rear", "status": "Off"}]}
    later = Status.parse(report(lightingSystem=fog))
    expected = Lighting(at=AFTER, turn_left=True, fog_rear=False, earlier={"turn_left": NOW})
    assert left.merge(later).lighting == later.merge(left).lighting == expected


def test_a_lamp_is_on_if_any_of_its_place_is() -> None:
    turn = [
        {"direction": "Left", "position": "Front", "status": "On"},
        {"direction": "Left", "position": "Rear", "status": "Off"},
        {"direction": "Right", "position": "Rear", "status": "Off"},
        {"direction": "Up", "status": "On"},
        None,
    ]
    found = Status.parse(report(lightingSystem=dated(turn=turn, fog={"position": "Front", "status": "On"}))).lighting
    assert found == Lighting(at=NOW, turn_left=True, turn_right=False, fog_front=True)


@pytest.mark.parametrize("junk", JUNK)
def test_unreadable_lamps_cost_no_other(junk: Any) -> None:
    lamps = dated(turn=junk, fog=[{"position": "Rear", "status": "On"}, junk])
    assert Status.parse(report(lightingSystem=lamps)).lighting == Lighting(at=NOW, fog_rear=True)


@pytest.mark.parametrize(
    ("older", "newer", "block", "expected"),
    [
        (
            {"environment": {"luminosity": dated(day=True)}},
            {"environment": {"luminosity": {"createdAt": LATER, "day": False}}},
            "daylight",
            Daylight(at=AFTER, day=False),
        ),
        (
            {"ignition": dated(type="Stop")},
            {"ignition": {"createdAt": LATER, "type": "StartUp"}},
            "ignition",
            Ignition(at=AFTER, type="StartUp"),
        ),
        (
            {"service": {"updatedAt": LONG_AGO, "type": "Hybrid"}},
            {"service": {"updatedAt": REPORTED, "type": "Electric"}},
            "service",
            Service(at=NOW, type="Electric"),
        ),
    ],
)
def test_an_older_report_replaces_nothing(
    older: dict[str, Any], newer: dict[str, Any], block: str, expected: object
) -> None:
    first, second = Status.parse(report(**older)), Status.parse(report(**newer))
    assert first.merge(second).blocks[block] == second.merge(first).blocks[block] == expected


def test_a_service_of_unknown_type_says_nothing() -> None:
    assert Status.parse(report(service=dated(type="Unknown"))).service is None
    assert Status.parse(report(service={"type": "Hybrid"})).service == Service(at=BEFORE, type="Hybrid")
