"""A trip as the vendor tells it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.stellantis.api.trips import Point, TripFault, TripRecord, read_point, read_trip

BEGIN = datetime(2026, 6, 17, 5, 20, 29, tzinfo=UTC)
END = datetime(2026, 6, 17, 5, 45, 18, tzinfo=UTC)

WHOLE: dict[str, Any] = {
    "id": "t1",
    "startedAt": "2026-06-17T05:20:29Z",
    "stoppedAt": "2026-06-17T05:45:18Z",
    "createdAt": "2026-06-17T05:45:18Z",
    "updatedAt": "2026-06-17T05:45:21Z",
    "duration": 1489,
    "distance": 13.0,
    "startPosition": {"type": "Feature", "geometry": {"type": "Point", "coordinates": [2.3, 48.8]}},
    "stopPosition": {"type": "Feature", "geometry": {"type": "Point", "coordinates": [2.4, 48.9, 35.0]}},
    "startEnergies": [{"type": "Electric", "level": 43.0, "autonomy": 132}, {"type": "Fuel", "level": 60}],
    "endEnergies": [{"type": "Electric", "level": 39.0, "autonomy": 108}, {"type": "Fuel", "level": 59}],
    "energyConsumptions": [{"type": "Electric", "consumption": 2.1}, {"type": "Fuel", "consumption": 0.4}],
    "kinetic": {"avgSpeed": 8.73, "maxSpeed": 0.0},
    "faults": [{"fault": "DataLacking", "cause": "Connection"}, {"fault": "Unfinished"}],
    "done": True,
}


def test_a_whole_trip() -> None:
    assert read_trip(WHOLE) == TripRecord(
        id="t1",
        started_at=BEGIN,
        ended_at=END,
        distance=13.0,
        duration=timedelta(seconds=1489),
        electricity=2.1,
        fuel=0.4,
        average_speed=13.0 / (1489 / 3600),
        battery_before=43.0,
        battery_after=39.0,
        fuel_before=60,
        fuel_after=59,
        start=Point(latitude=48.8, longitude=2.3),
        stop=Point(latitude=48.9, longitude=2.4),
        faults=(TripFault(fault="data_lacking", cause="connection"), TripFault(fault="unfinished")),
        updated_at=END + timedelta(seconds=3),
    )


@pytest.mark.parametrize(
    ("changes", "name", "expected"),
    [
        ({"startedAt": None}, "started_at", END - timedelta(seconds=1489)),
        ({"startedAt": None, "duration": None}, "started_at", END),
        ({"startedAt": "2026-06-18T05:20:29Z"}, "started_at", END),
        ({"startEnergies": [{"type": "Electric", "level": 0.0, "autonomy": 132}]}, "battery_before", None),
        ({"startEnergies": [{"type": "Electric", "level": 0.0, "autonomy": 0}]}, "battery_before", 0),
        ({"startEnergies": [{"type": "Electric", "level": 101}]}, "battery_before", None),
        ({"endEnergies": "junk"}, "battery_after", None),
        (
            {"faults": [7, {"fault": None}, {"fault": "Unstarted", "cause": 3}]},
            "faults",
            (TripFault(fault="unstarted"),),
        ),
        ({"faults": "junk"}, "faults", ()),
        ({"stopPosition": None}, "stop", None),
        # By distance and duration, whatever the car says: some give kilometres per hour.
        ({"kinetic": {"avgSpeed": 31.4}}, "average_speed", pytest.approx(31.43, abs=0.01)),
        ({"distance": None}, "average_speed", pytest.approx(31.43, abs=0.01)),
        ({"distance": None, "kinetic": {"avgSpeed": 400}}, "average_speed", None),
        ({"distance": None, "kinetic": {"avgSpeed": 0.0}}, "average_speed", None),
        ({"distance": None, "kinetic": None}, "average_speed", None),
        ({"distance": 0}, "average_speed", 0),
    ],
)
def test_what_is_missing_or_wrong_costs_that_only(changes: dict[str, Any], name: str, expected: Any) -> None:
    trip = read_trip({**WHOLE, **changes})
    assert trip
    assert getattr(trip, name) == expected


@pytest.mark.parametrize(
    "coordinates", [None, [], [2.3], ["2.3", "48.8"], [200, 48.8], [2.3, 91], [0, 0], {"longitude": 2.3}]
)
def test_what_is_no_place(coordinates: Any) -> None:
    assert read_point({"geometry": {"coordinates": coordinates}}) is None
