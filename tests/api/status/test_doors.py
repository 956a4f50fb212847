"""Whether a car is locked, and what is open."""

from typing import Any

import pytest

from custom_components.stellantis.api.status import Doors, Status
from tests.helpers.junk import JUNK
from tests.helpers.status_reports import NOW, dated, report


@pytest.mark.parametrize("key", ["lockedStates", "lockedState"])
@pytest.mark.parametrize(
    ("states", "locked"),
    [
        (["Locked"], True),
        (["SuperLocked"], True),
        (["RearDoorsLocked", "Locked"], True),
        (["Locked", "RearDoorsLocked"], True),
        (["Locked", "TrunkUnLocked"], True),
        ("Locked", True),
        (["Unlocked"], False),
        (["CabinDoorsUnlocked", "RearDoorsLocked"], False),
        (["CargoDoorsLocked", "DriverDoorUnlocked"], False),
        (["TrunkUnLocked"], False),
        ("Unlocked", False),
        (["RearDoorsLocked"], None),
        (["NeverHeardOf"], None),
        ([], None),
        ([None, 7, ["Locked"], {"Locked": True}], None),
        ([None, "Locked"], True),
        (None, None),
        (7, None),
        ({"Locked": True}, None),
    ],
)
def test_locked(key: str, states: Any, locked: bool | None) -> None:
    expected = None if locked is None else Doors(at=NOW, locked=locked)
    assert Status.parse(report(doorsState=dated(**{key: states, "opening": []}))).doors == expected


@pytest.mark.parametrize("junk", [None, [], ["NeverHeardOf"], 7, {}])
def test_the_newer_spelling_of_the_doors_is_preferred_if_it_can_be_read(junk: Any) -> None:
    both = dated(lockedState=["Locked"], lockedStates=["Unlocked"])
    assert Status.parse(report(doorsState=both)).doors == Doors(at=NOW, locked=False)
    both["lockedStates"] = junk
    assert Status.parse(report(doorsState=both)).doors == Doors(at=NOW, locked=True)


@pytest.mark.parametrize("junk", [*JUNK, {"identifier": ["Trunk"], "state": "Open"}, {"identifier": "Roof"}])
def test_an_unreadable_opening_costs_that_opening_only(junk: Any) -> None:
    openings = [junk, {"identifier": "Trunk", "state": "Open"}, {"identifier": "Driver", "state": "Ajar"}, junk]
    assert Status.parse(report(doorsState=dated(opening=openings))).doors == Doors(at=NOW, trunk=True)
