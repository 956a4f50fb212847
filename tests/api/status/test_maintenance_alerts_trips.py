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


@pytest.mark.parametrize("junk", JUNK)
def test_no_trips(junk: Any) -> None:
    assert Status.parse_trips(junk) == Status()
