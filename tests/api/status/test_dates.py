"""The date of each block."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.stellantis.api.status import Doors, Status, parse_date
from tests.helpers.junk import JUNK
from tests.helpers.status_reports import AFTER, BEFORE, LONG_AGO, NOW, REPORTED
from tests.helpers.statuses import EXPECTED, WHOLE


@pytest.mark.parametrize("junk", [*JUNK, "yesterday", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_a_block_without_a_readable_date_has_that_of_the_report(junk: Any) -> None:
    def undated(document: Any) -> Any:
        if isinstance(document, Mapping):
            return {key: undated(part) for key, part in document.items() if key != "createdAt"} | {"createdAt": junk}
        return [undated(part) for part in document] if isinstance(document, list) else document

    without = undated({key: block for key, block in WHOLE.items() if key != "alarm"})
    expected = replace(EXPECTED, alarm=None)
    for report in (without | {"updatedAt": REPORTED}, without | {"createdAt": REPORTED, "updatedAt": None}):
        assert Status.parse(report, "Hybrid") == expected
        assert Status.parse(report, "Hybrid", AFTER) == expected
    assert Status.parse(without | {"updatedAt": junk}, "Hybrid", NOW) == expected


def test_a_block_has_the_date_of_its_creation_or_else_of_its_update() -> None:
    block = {"lockedStates": ["Locked"], "updatedAt": LONG_AGO}
    assert Status.parse({"doorsState": block}) == Status(doors=Doors(at=BEFORE, locked=True))
    assert Status.parse({"doorsState": block | {"createdAt": REPORTED}}).doors == Doors(at=NOW, locked=True)


def test_a_report_without_any_date_is_from_now() -> None:
    before = datetime.now(UTC)
    status = Status.parse(
        {
            "doorsState": {"lockedStates": ["Locked"]},
            "energies": [{"type": "Electric", "level": 7, "charging": {"status": "Stopped"}}],
            "preconditioning": {"airConditioning": {"status": "Disabled"}},
        }
    ).merge(Status.parse_maintenance({"daysBeforeMaintenance": 7}))
    assert set(status.blocks) == {"battery", "charging", "doors", "maintenance", "preconditioning"}
    for block in status.blocks.values():
        assert before <= block.at <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01T10:00:00Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T10:00:00.250Z", datetime(2026, 3, 1, 10, 0, 0, 250_000, tzinfo=UTC)),
        ("2026-03-01T10:00:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T10:00:00+02:00", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("2026-03-01T10:00:00-0330", datetime(2026, 3, 1, 13, 30, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("now", None),
        ("", None),
        (None, None),
        (1772359200, None),
        (["2026-03-01T10:00:00Z"], None),
    ],
)
def test_dates(text: object, expected: datetime | None) -> None:
    date = parse_date(text)
    assert date == expected
    assert date is None or date.tzinfo is UTC


def test_a_date_to_come_is_now() -> None:
    before = datetime.now(UTC)
    date = parse_date("9000-01-01T00:00:00Z")
    assert date
    assert before <= date <= datetime.now(UTC)
