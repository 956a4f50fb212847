"""What a car reports apart from its status: maintenance, alerts and trips."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from custom_components.stellantis.api.status import Alert, Alerts, Maintenance, Status
from tests.helpers.junk import JUNK, NOT_NUMBERS
from tests.helpers.status_reports import AFTER, ALERT, BEFORE, LATER, LONG_AGO, NOW, REPORTED, trip
from tests.helpers.statuses import EXTRA


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


def consumed(kind: str, consumption: Any, average: Any, **more: Any) -> Any:
    energies = [{"type": kind, "consumption": consumption, "avgConsumption": average}]
    found = Status.parse_trips([trip(energyConsumptions=energies, **more)]).trip
    assert found
    return found.fuel if kind == "Fuel" else found.electricity


@pytest.mark.parametrize(
    ("consumption", "average", "more", "litres"),
    [
        # The average is in centilitres for 100 km, and the total in the same unit, or in litres.
        (25.616, 826.32263, {"distance": 3.1, "duration": 704}, 0.25616),
        (0.256, 826.32263, {"distance": 3.1, "duration": 704}, 0.256),
        (820, 820, {"distance": 100.0, "duration": 3600}, 8.2),
        (8.2, 820, {"distance": 100.0, "duration": 3600}, 8.2),
        (2.5, 8.3, {"distance": 30.0}, 0.025),
        (0.0, 0.0, {"distance": 2.9}, 0),
        (0.0, 826.3, {"distance": 2.9}, 0),
        # No average, or one that fits neither: what a car can use.
        (25.616, None, {"distance": 3.1, "duration": 704}, 0.25616),
        (25.616, 0, {"distance": 3.1, "duration": 704}, 0.25616),
        (25.616, 7.1, {"distance": 3.1, "duration": 704}, 0.25616),
        (1.9, None, {"distance": 18.25}, 1.9),
        (25.616, 826.32263, {"distance": 0, "duration": 704}, 0.25616),
        (0.3, None, {"distance": None, "duration": 1200}, 0.3),
        (5123.2, None, {"distance": None, "duration": None}, 51.232),
        (51.2, None, {"distance": None, "duration": None}, 51.2),
        # A cold engine, or one that idles.
        (0.25, None, {"distance": 0.2, "duration": 600}, 0.25),
        (1.5, None, {"distance": 0.5, "duration": 3600}, 1.5),
        (25, None, {"distance": 0.2, "duration": 600}, 0.25),
    ],
)
def test_the_unit_of_a_consumption_of_fuel(consumption: Any, average: Any, more: Any, litres: float) -> None:
    assert consumed("Fuel", consumption, average, **more) == pytest.approx(litres)


@pytest.mark.parametrize(
    ("consumption", "average", "more", "kilowatt_hours"),
    [
        (2.25, 18000, {"distance": 12.5}, 2.25),
        (2250, 18000, {"distance": 12.5}, 2.25),
        (20, 160, {"distance": 12.5}, 0.02),
        (2.25, 18, {"distance": 12.5}, 2.25),
        (2250, None, {"distance": 12.5}, 2.25),
        (2.25, 0, {"distance": 12.5}, 2.25),
        (2250, None, {"distance": 0, "duration": 1200}, 2.25),
        (1.1, None, {"distance": 0, "duration": 1200}, 1.1),
        (2250, None, {"distance": None, "duration": None}, 2.25),
        # The heating, or the cooling, of a car that hardly moves.
        (1.2, None, {"distance": 0.1, "duration": 600}, 1.2),
        (1200, None, {"distance": 0.1, "duration": 600}, 1.2),
    ],
)
def test_the_unit_of_a_consumption_of_electricity(
    consumption: Any, average: Any, more: Any, kilowatt_hours: float
) -> None:
    assert consumed("Electric", consumption, average, **more) == pytest.approx(kilowatt_hours)


@pytest.mark.parametrize(
    ("duration", "minutes"),
    [
        (929, 929 / 60),
        (15.5, 15.5),
        (929_000, 929 / 60),
        (0.26, 0.26 * 60),
        (600, 10),
        (15, 15),
        ("PT15M29S", 929 / 60),
    ],
)
def test_the_unit_of_a_duration(duration: Any, minutes: float) -> None:
    times = {"startedAt": "2026-09-05T08:36:16Z", "stoppedAt": "2026-09-05T08:51:45Z"}
    found = Status.parse_trips([trip(duration=duration, distance=2.9, **times)]).trip
    assert found
    assert found.duration == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("distance", "duration", "kilometres"),
    [(2.9, 929, 2.9), (2900, 929, 2.9), (18000.0, 2608, 18), (400, 14400, 400), (2900, None, 2900), (2900, 0, 2900)],
)
def test_the_unit_of_a_distance(distance: float, duration: Any, kilometres: float) -> None:
    found = Status.parse_trips([trip(duration=duration, distance=distance)]).trip
    assert found
    assert found.distance == pytest.approx(kilometres)


@pytest.mark.parametrize("junk", JUNK)
def test_no_trips(junk: Any) -> None:
    assert Status.parse_trips(junk) == Status()
