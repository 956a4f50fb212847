"""Whatever is reported can be read, merged and stored."""

from typing import Any

from hypothesis import given

from custom_components.stellantis.api.status import Status
from tests.helpers.junk import spoilt
from tests.helpers.status_reports import ALERT, NOW, REPORTED, air, dated, older, trip
from tests.helpers.status_strategies import motorizations
from tests.helpers.statuses import WHOLE, stored

reports = spoilt(
    WHOLE
    | {"energy": [older()], "preconditionning": air(), "timed.odometer": dated(mileage=7), "service": {"type": "x"}}
).filter(lambda it: isinstance(it, dict))


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
