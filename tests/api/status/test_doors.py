"""Whether a car is locked, and what is open."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.stellantis.api.status import Doors, Status
from tests.helpers.junk import JUNK
from tests.helpers.status_reports import AFTER, BEFORE, NOW, dated, literal, report
from tests.helpers.statuses import value_of


@pytest.mark.parametrize("key", ["lockedStates", "lockedState"])
@pytest.mark.parametrize(
    ("states", "locked", "unlocked"),
    [
        (["Locked"], True, ()),
        (["SuperLocked"], True, ()),
        (["RearDoorsLocked", "Locked"], True, ()),
        (["Locked", "RearDoorsLocked", "TrunkLocked", "CargoDoorsLocked"], True, ()),
        ("Locked", True, ()),
        ("LOCKED", True, ()),
        ([None, "Locked"], True, ()),
        (["Unlocked"], False, ("doors_unlocked",)),
        ("Unlocked", False, ("doors_unlocked",)),
        ("UNLOCKED", False, ("doors_unlocked",)),
        (["Locked", "Unlocked"], False, ("doors_unlocked",)),
        (["Locked", "CargoDoorsUnlocked"], False, ("cargo_doors_unlocked",)),
        (["Locked", "TrunkUnLocked"], False, ("trunk_unlocked",)),
        (
            ["SuperLocked", "RearDoorsUnlocked", "DriverDoorUnlocked"],
            False,
            ("driver_door_unlocked", "rear_doors_unlocked"),
        ),
        (["CabinDoorsUnlocked", "RearDoorsLocked"], False, ("cabin_doors_unlocked",)),
        (["CargoDoorsLocked", "DriverDoorUnlocked"], False, ("driver_door_unlocked",)),
        (["TrunkUnLocked"], False, ("trunk_unlocked",)),
        ("Locked,CargoDoorsUnlocked", False, ("cargo_doors_unlocked",)),
        ("[Locked, TrunkUnlocked]", False, ("trunk_unlocked",)),
        (["Locked", "SideDoorUnlocked"], False, ("side_door_unlocked",)),
        (["NotLocked"], False, ("not_locked",)),
        (["RearDoorsLocked"], None, ()),
        (["NeverHeardOf"], None, ()),
        ([], None, ()),
        ([None, 7, ["Locked"], {"Locked": True}], None, ()),
        (None, None, ()),
        (7, None, ()),
        ({"Locked": True}, None, ()),
    ],
)
def test_locked(key: str, states: Any, locked: bool | None, unlocked: tuple[str, ...]) -> None:
    doors = Status.parse(report(doorsState=dated(**{key: states, "opening": []}))).doors
    assert (doors and doors.locked, doors and doors.secured) == (locked, locked)
    assert (doors.parts_unlocked if doors else ()) == unlocked
    pushed = Status.parse_value("vehicle.doorsState.lockedState", literal(states), NOW)
    assert pushed.doors == (doors if isinstance(states, str | list) else None)


@pytest.mark.parametrize(
    "states",
    [["Locked", "NeverHeardOf"], ["Locked", "Ajar"], ["Locked", "HoodOpen"], ["Ajar"], ["RearDoorsLocked"], "Opened"],
)
def test_by_words_that_do_not_say_it_a_car_is_not_locked(states: Any) -> None:
    """Not even if it was before."""
    doors = Status.parse(report(doorsState=dated(lockedStates=states))).doors
    assert doors
    for merged in (doors, Doors(at=BEFORE, locked=True).merge(doors), doors.merge(Doors(at=BEFORE, locked=True))):
        assert merged.secured is None


@pytest.mark.parametrize("junk", [None, [], ["NeverHeardOf"], ["RearDoorsLocked"], 7, {}])
def test_both_spellings_of_the_doors_are_read(junk: Any) -> None:
    for states, other, locked in (
        ("Unlocked", "Locked", False),
        ("Locked", "Unlocked", False),
        ("Locked", "CargoDoorsUnlocked", False),
        ("Locked", "Locked", True),
    ):
        both = dated(lockedStates=[states], lockedState=[other])
        assert value_of(Status.parse(report(doorsState=both)), "doors", "locked") is locked
    for key in ("lockedStates", "lockedState"):
        both = {"lockedStates": ["Locked"], "lockedState": ["Locked"], key: junk}
        assert Status.parse(report(doorsState=dated(**both))).doors == Doors(at=NOW, locked=True)


@pytest.mark.parametrize("door", ["driver", "passenger", "rear_left", "rear_right", "trunk"])
@pytest.mark.parametrize("earlier", [{}, {"locked": BEFORE}, "door"])
def test_with_an_open_door_a_car_is_not_locked(door: str, earlier: Any) -> None:
    dates = {door: BEFORE} if earlier == "door" else earlier
    opened: dict[str, Any] = {door: True}
    closed: dict[str, Any] = {door: False}
    doors = Doors(at=NOW, locked=True, earlier=dates, **opened)
    assert (doors.secured, doors.open, doors.parts_unlocked) == (False, (door,), ())
    assert replace(doors, **closed).secured is True


@pytest.mark.parametrize("window", ["rear_window", "roof_window"])
def test_a_window_does_not_count(window: str) -> None:
    """Some cars always report one as open."""
    opened: dict[str, Any] = {window: True}
    doors = Doors(at=NOW, locked=True, **opened)
    assert (doors.secured, doors.open) == (True, ())


def test_parts_that_were_unlocked_before_are_not_named() -> None:
    cargo = Status.parse(report(doorsState=dated(lockedStates=["CargoDoorsUnlocked"]))).doors
    assert cargo
    assert cargo.merge(Doors(at=AFTER, locked=True)).parts_unlocked == ()
    assert cargo.merge(Doors(at=AFTER, locked=False)).parts_unlocked == ("doors_unlocked",)


@pytest.mark.parametrize("junk", [*JUNK, {"identifier": ["Trunk"], "state": "Open"}, {"identifier": "Roof"}])
def test_an_unreadable_opening_costs_that_opening_only(junk: Any) -> None:
    openings = [junk, {"identifier": "Trunk", "state": "Open"}, {"identifier": "Driver", "state": "Ajar"}, junk]
    openings += [{"identifier": "Trunk", "state": "Closed"}]  # it cannot be both
    assert Status.parse(report(doorsState=dated(opening=openings))).doors == Doors(at=NOW, trunk=True)
