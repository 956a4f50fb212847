"""Where a car is, how far it has gone, and whether it runs."""

from typing import Any

import pytest

from custom_components.stellantis.api.status import Odometer, Position, Powertrain, Status
from tests.helpers.junk import JUNK
from tests.helpers.status_reports import AFTER, BEFORE, LATER, LONG_AGO, NOW, REPORTED, dated, place, report


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
