"""A charge: its status, when it starts and ends, and the programs of charging."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from custom_components.stellantis.api.status import DAYS, Charging, ChargingProgram, ChargingStatus, Status
from tests.helpers.status_reports import BEFORE, LATER, NOW, charging, modern, older, report
from tests.helpers.statuses import value_of


@pytest.mark.parametrize("reported", ["Disconnected", "InProgress", "Failure", "Stopped", "Finished"])
@pytest.mark.parametrize("blocks", [{"energies": modern}, {"energy": older}, {"energy": modern}])
def test_charging(blocks: dict[str, Callable[[str], Any]], reported: str) -> None:
    status = Status.parse(report(**{key: [make(reported)] for key, make in blocks.items()}))
    assert set(status.blocks) == {"battery", "charging"}
    assert status.charging
    assert status.charging.at == NOW
    assert status.charging.status == ChargingStatus(reported)


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


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"status": "InProgress", "rate": 20}, 20),
        ({"status": "InProgress"}, None),
        ({"status": "InProgress", "rate": 20, "earlier": {"rate": BEFORE}}, None),
        ({"status": "InProgress", "rate": 20, "earlier": {"status": BEFORE}}, 20),
        ({"status": "Stopped", "rate": 20}, 0),
        ({"status": "Disconnected", "rate": 20, "earlier": {"rate": BEFORE}}, 0),
        ({"rate": 20}, 20),
        ({"status": "NeverHeardOf", "rate": 20}, 20),
    ],
)
def test_the_rate_of_what_is_charged(values: dict[str, Any], expected: float | None) -> None:
    assert Charging(at=NOW, **values).current_rate == expected


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
