"""What says the same as the last time is not read again."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.stellantis.api.status import Status, StatusReader
from tests.helpers.status_reports import BEFORE, NOW, dated, report
from tests.helpers.statuses import WHOLE


@pytest.fixture
def reader() -> StatusReader:
    """Make a reader that has read a status with every block."""
    made = StatusReader("Hybrid")
    assert made.read(WHOLE, NOW).blocks == Status.parse(WHOLE, "Hybrid").blocks
    return made


def test_a_status_that_is_repeated_has_been_read(reader: StatusReader) -> None:
    assert reader.read(WHOLE, NOW) == ({}, True)


def test_only_what_has_changed_is_read(reader: StatusReader) -> None:
    changed = WHOLE | {"odometer": dated(mileage=13000), "kinetic": dated(moving=False)}
    assert set(reader.read(changed, NOW).blocks) == {"odometer", "kinetic"}
    assert reader.read(changed, NOW).blocks == {}


def test_the_same_value_of_another_date_is_read(reader: StatusReader) -> None:
    assert set(reader.read(WHOLE | {"battery": {"voltage": 87, "createdAt": BEFORE}}, NOW).blocks) == {
        "auxiliary_battery"
    }


def test_a_part_of_a_status_leaves_the_others_as_they_were(reader: StatusReader) -> None:
    assert reader.read({"lastPosition": WHOLE["lastPosition"]}, NOW) == ({}, True)
    assert reader.read({"privacy": dated(state="Full")}, NOW).blocks.keys() == {"privacy"}
    assert reader.read(WHOLE, NOW).blocks.keys() == {"privacy"}


def test_what_has_no_date_of_its_own_is_read_with_each_new_one() -> None:
    reader, undated = StatusReader(None), {"privacy": {"state": "None"}}
    for at in (NOW, NOW + timedelta(seconds=1)):
        assert reader.read(undated, at).blocks["privacy"].at == at
        assert reader.read(undated, at).blocks == {}
    assert reader.read(report(kinetic=dated(moving=True)), NOW).blocks.keys() == {"kinetic"}
    later = NOW + timedelta(seconds=2)
    assert reader.read({"privacy": dated(state="None")}, later).blocks["privacy"].at == NOW
    assert reader.read({"privacy": dated(state="None")}, later + timedelta(seconds=1)).blocks == {}


@pytest.mark.parametrize("status", [{}, {"privacy": 7}, {"privacy": {"state": None}}, {"weather": {"state": "None"}}])
def test_what_cannot_be_read_is_no_reading(status: dict[str, Any]) -> None:
    assert StatusReader(None).read(status, NOW) == ({}, False)


def test_a_block_that_can_be_read_no_more_is_none(reader: StatusReader) -> None:
    assert reader.has_found("emergency_call")
    assert reader.read({"safety": 7}, NOW) == ({}, False)
    assert not reader.has_found("emergency_call")
