"""What is stored of a status, and what is restored from it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
import pytest

from custom_components.stellantis.api.status import Alerts, Battery, Charging, Doors, Status, Switched
from tests.helpers.junk import JUNK, spoilt
from tests.helpers.status_reports import AFTER, BEFORE, NOW
from tests.helpers.status_strategies import statuses
from tests.helpers.statuses import FULL, NAMES, stored


@given(statuses(), statuses())
def test_what_is_stored_is_restored(first: Status, second: Status) -> None:
    for status in (first, first.merge(second)):
        assert Status.restore(stored(status)) == status


def test_what_is_stored() -> None:
    assert Status().as_dict() == {}
    status = Status(
        alerts=Alerts(at=NOW),
        charging=Charging(at=AFTER, remaining=timedelta(minutes=1), plugged=False, earlier={"plugged": NOW}),
    )
    assert status.as_dict() == {
        "alerts": {"at": "2026-03-01T10:00:00+00:00", "active": []},
        "charging": {
            "at": "2026-03-01T10:05:00+00:00",
            "earlier": {"plugged": "2026-03-01T10:00:00+00:00"},
            "plugged": False,
            "remaining": 60.0,
        },
        "version": 2,
    }
    assert Status.restore(stored(FULL)) == FULL


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("junk", JUNK)
def test_an_unreadable_stored_block_costs_that_block_only(name: str, junk: Any) -> None:
    assert Status.restore(stored(FULL) | {name: junk, "junk": junk}) == replace(FULL, **{name: None})


@pytest.mark.parametrize(
    ("block", "changes"),
    [
        ("air", {"at": None}),
        ("air", {"at": "yesterday"}),
        ("air", {"at": 7}),
        ("air", {"temperature": None}),
        ("air", {"temperature": "7"}),
        ("air", {"temperature": float("nan")}),
        ("air", {"temperature": True}),
        ("air", {"earlier": []}),
        ("air", {"earlier": {"temperature": 7}}),
        ("alerts", {"active": {}}),
        ("alerts", {"active": [7]}),
        ("alerts", {"active": [{"id": "1"}]}),
        ("charging", {"remaining": "PT1H"}),
        ("charging", {"remaining": -1}),
        ("charging", {"remaining": 1e300}),
        ("charging", {"plugged": 1}),
        ("maintenance", {"days": 7.5}),
        ("maintenance", {"days": True}),
        ("privacy", {"state": 7}),
        ("preconditioning", {"programs": [{"slot": 1}]}),
        ("preconditioning", {"programs": [{"slot": 1, "start": 86400, "days": [], "enabled": True}]}),
        ("preconditioning", {"programs": [{"slot": 5, "start": 0, "days": [], "enabled": True}]}),
        ("preconditioning", {"programs": [{"slot": 1, "start": 0, "days": ["Mo"], "enabled": True}]}),
        ("charging", {"programs": [{"start": 0, "end": 86400, "days": [], "enabled": True}]}),
        ("lights", {"on": "yes"}),
    ],
)
def test_an_unreadable_stored_value_costs_its_block(block: str, changes: dict[str, Any]) -> None:
    content = stored(FULL)
    assert Status.restore(content | {block: content[block] | changes}) == replace(FULL, **{block: None})


def test_what_a_remote_has_set_is_stored_with_what_it_replaced() -> None:
    reported = Status(doors=Doors(at=NOW, locked=False, trunk=True))
    assumed = reported.merge(Status(doors=Doors(at=AFTER, locked=True).as_assumed()))
    assert assumed.as_dict()["doors"] == {
        "at": "2026-03-01T10:05:00+00:00",
        "earlier": {"trunk": "2026-03-01T10:00:00+00:00"},
        "replaced": {"at": "2026-03-01T10:00:00+00:00", "locked": False},
        "locked": True,
        "trunk": True,
    }
    assert Status.restore(stored(assumed)) == assumed


@pytest.mark.parametrize("replaced", [*JUNK, {"at": "yesterday"}, {"at": "2026-03-01T10:00:00Z", "locked": 7}])
def test_what_a_remote_replaced_may_be_unreadable(replaced: Any) -> None:
    content = {"version": 2, "doors": {"at": "2026-03-01T10:00:00Z", "locked": True, "replaced": replaced}}
    expected = None if replaced is not None else Doors(at=NOW, locked=True)
    assert Status.restore(content).doors == expected


def test_what_an_older_version_stored_is_restored() -> None:
    """It had a flag for what a remote had set, and the date of the whole status for energies."""
    date = "2026-03-01T10:05:00+00:00"
    status = Status.restore(
        {
            "stolen": {"at": date, "on": True, "assumed": True},
            "lights": {"at": date, "on": False, "assumed": False},
            "battery": {"at": date, "level": 77.0},
            "charging": {"at": date, "status": "InProgress", "earlier": {"delayed_start": date}},
            "doors": {"at": date, "locked": True},
        }
    )
    assert status.stolen == Switched(at=AFTER, on=True).as_assumed()
    assert status.lights == Switched(at=AFTER, on=False)
    assert status.doors == Doors(at=AFTER, locked=True)
    assert status.battery
    assert status.battery.level == 77
    newer = Status(battery=Battery(at=BEFORE, level=50), charging=Charging.of({"delayed_start": (None, BEFORE)}))
    assert status.merge(newer).battery == newer.battery
    assert status.newest == AFTER
    assert Status.restore({"battery": {"at": date, "level": 77.0}}).newest is None


def test_what_is_not_known_any_more_is_not_restored() -> None:
    content = stored(FULL)
    assert Status.restore(content | {"air": content["air"] | {"smell": "good"}, "smell": {}}) == FULL
    for junk in JUNK:
        assert Status.restore(junk) == Status()


@given(spoilt(stored(FULL)))
def test_anything_can_be_restored(content: Any) -> None:
    status = Status.restore(content)
    assert Status.restore(stored(status)) == status
