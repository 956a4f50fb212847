"""Collisions as the vendor records them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.stellantis.api.collisions import CollisionRecord, Impact, read_collision
from tests.helpers.junk import JUNK

AT = datetime(2026, 3, 1, 10, tzinfo=UTC)
RECORD: dict[str, Any] = {
    "id": "c1",
    "createdAt": "2026-03-01T10:00:00Z",
    "updatedAt": "2026-03-01T10:05:00Z",
    "details": [{"side": "Rear", "severity": "Minor"}, {"side": "Front", "severity": "Major"}, {"side": "Lateral"}],
    "tippedOver": False,
    "pedestrian": True,
}


def test_a_whole_record_has_the_hardest_impact_first() -> None:
    assert read_collision(RECORD) == CollisionRecord(
        id="c1",
        at=AT,
        impacts=(
            Impact(side="front", severity="major"),
            Impact(side="rear", severity="minor"),
            Impact(side="lateral"),
        ),
        tipped_over=False,
        pedestrian=True,
    )


def test_what_a_car_has_no_sensor_for_is_not_known() -> None:
    assert read_collision({"createdAt": "2026-03-01T10:00:00Z"}) == CollisionRecord(id="2026-03-01T10:00:00Z", at=AT)


def test_a_record_may_have_the_date_of_its_update_only() -> None:
    read = read_collision({"id": "c1", "updatedAt": "2026-03-01T10:00:00Z"})
    assert read
    assert read.at == AT


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_junk_costs_only_itself(junk: Any) -> None:
    for key in ("details", "tippedOver", "pedestrian"):
        read = read_collision({**RECORD, key: junk})
        assert read
        assert (read.id, read.at) == ("c1", AT)


@pytest.mark.parametrize("date", [None, 7, "", "yesterday", "1969-01-01T00:00:00Z"])
def test_a_record_without_a_date_is_none(date: Any) -> None:
    assert read_collision({**RECORD, "createdAt": date, "updatedAt": None}) is None
