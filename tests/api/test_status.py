"""What a car reports, and how one report is merged into another."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.stellantis.api.status import (
    Charging,
    ChargingStatus,
    Doors,
    Preconditioning,
    PreconditioningStatus,
    Status,
    parse_date,
)
from simulator import Car, Simulator

from .junk import JUNK, spoilt

REPORTED = "2026-03-01T10:00:00Z"
LATER = "2026-03-01T10:05:00Z"
LONG_AGO = "2025-06-30T08:00:00Z"


def at(date: str) -> datetime:
    return datetime.fromisoformat(date)


def report(**blocks: Any) -> dict[str, Any]:
    """Make a report with a date of its own that no block has."""
    return {"createdAt": LONG_AGO, "updatedAt": LONG_AGO, **blocks}


def doors(states: Any, key: str = "lockedStates") -> dict[str, Any]:
    return report(doorsState={"createdAt": REPORTED, key: states, "opening": []})


def modern(status: Any = "InProgress", date: str = REPORTED) -> dict[str, Any]:
    """An energy as cars report it today."""
    charging = {"plugged": True, "status": status, "remainingTime": "PT1H", "chargingMode": "Slow"}
    return {"createdAt": date, "type": "Electric", "level": 62, "extension": {"electric": {"charging": charging}}}


def older(status: Any = "InProgress", date: str = REPORTED) -> dict[str, Any]:
    """An energy as cars reported it once."""
    charging = {"plugged": True, "status": status, "chargingMode": "Slow", "nextDelayedTime": "PT22H31M"}
    return {"updatedAt": date, "type": "Electric", "level": 62, "charging": charging}


def fuel(date: str = REPORTED, **more: Any) -> dict[str, Any]:
    """An energy that electric cars report all the same."""
    return {"createdAt": date, "type": "Fuel", "level": 0, **more}


def air(status: Any = "Enabled", **more: Any) -> dict[str, Any]:
    return {"airConditioning": {"createdAt": REPORTED, "status": status, "programs": [], **more}}


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
def test_doors(key: str, states: Any, locked: bool | None) -> None:
    expected = None if locked is None else Doors(at=at(REPORTED), locked=locked)
    assert Status.parse(doors(states, key)).doors == expected


@pytest.mark.parametrize("junk", [None, [], ["NeverHeardOf"], 7, {}])
def test_the_newer_spelling_of_the_doors_is_preferred_if_it_can_be_read(junk: Any) -> None:
    both = doors(["Unlocked"])
    both["doorsState"]["lockedState"] = ["Locked"]
    assert Status.parse(both).doors == Doors(at=at(REPORTED), locked=False)
    both["doorsState"]["lockedStates"] = junk
    assert Status.parse(both).doors == Doors(at=at(REPORTED), locked=True)


@pytest.mark.parametrize("reported", ["Disconnected", "InProgress", "Failure", "Stopped", "Finished"])
@pytest.mark.parametrize("blocks", [{"energies": modern}, {"energy": older}, {"energy": modern}])
def test_charging(blocks: dict[str, Callable[[str], Any]], reported: str) -> None:
    status = Status.parse(report(**{key: [make(reported)] for key, make in blocks.items()}))
    assert status == Status(charging=Charging(at=at(REPORTED), status=ChargingStatus(reported)))


@pytest.mark.parametrize(
    "ghosts", [[fuel()], [fuel(), fuel(level=None)], [fuel(charging={"status": "Failure"}), None, 7]]
)
def test_the_electric_energy_is_found_among_ghosts(ghosts: list[Any]) -> None:
    expected = Charging(at=at(REPORTED), status=ChargingStatus.STOPPED)
    for energies in ([*ghosts, modern("Stopped")], [modern("Stopped"), *ghosts]):
        assert Status.parse(report(energies=energies)).charging == expected
    assert Status.parse(report(energies=ghosts)).charging is None


def test_the_newer_form_of_charging_is_preferred_if_it_can_be_read() -> None:
    both = report(energies=[modern("Finished")], energy=[older("Stopped")])
    assert Status.parse(both).charging == Charging(at=at(REPORTED), status=ChargingStatus.FINISHED)
    for energies in ([modern("NeverHeardOf")], [modern(None)], [fuel()], [], None, modern("Finished")):
        charging = Status.parse(both | {"energies": energies}).charging
        assert charging == Charging(at=at(REPORTED), status=ChargingStatus.STOPPED)


@pytest.mark.parametrize(
    ("energies", "energy", "updated"),
    [
        (LONG_AGO, REPORTED, LONG_AGO),
        (LONG_AGO, LONG_AGO, REPORTED),
        (REPORTED, LONG_AGO, LONG_AGO),
    ],
)
def test_a_date_of_charging_that_stands_still_does_not_count(energies: str, energy: str, updated: str) -> None:
    frozen = report(energies=[modern(date=energies)], energy=[older(date=energy)], updatedAt=updated)
    status = Status.parse(frozen)
    assert status.charging == Charging(at=at(REPORTED), status=ChargingStatus.IN_PROGRESS)


@pytest.mark.parametrize("key", ["preconditioning", "preconditionning"])
@pytest.mark.parametrize("reported", ["Enabled", "Disabled", "Finished", "Failure"])
def test_preconditioning(key: str, reported: str) -> None:
    expected = Preconditioning(at=at(REPORTED), status=PreconditioningStatus(reported))
    assert Status.parse(report(**{key: air(reported)})) == Status(preconditioning=expected)


def test_why_preconditioning_failed() -> None:
    reported = Status.parse(report(preconditioning=air("Failure", failureCause="DoorOpened"))).preconditioning
    assert reported
    assert reported.failure_cause == "DoorOpened"


@pytest.mark.parametrize("junk", [None, 7, ["DoorOpened"], {}])
def test_an_unreadable_cause_costs_the_cause_only(junk: Any) -> None:
    reported = Status.parse(report(preconditioning=air("Failure", failureCause=junk))).preconditioning
    assert reported == Preconditioning(at=at(REPORTED), status=PreconditioningStatus.FAILURE)


def test_the_newer_spelling_of_preconditioning_is_preferred_if_it_can_be_read() -> None:
    both = report(preconditioning=air("Enabled"), preconditionning=air("Disabled"))
    for block, expected in [
        (air("Enabled"), "Enabled"),
        (air("NeverHeardOf"), "Disabled"),
        ({"airConditioning": None}, "Disabled"),
        (None, "Disabled"),
    ]:
        reported = Status.parse(both | {"preconditioning": block}).preconditioning
        assert reported
        assert reported.status == expected


# A report as a whole.

WHOLE = report(
    doorsState={"createdAt": REPORTED, "lockedStates": ["Locked"]},
    energies=[modern()],
    preconditioning=air(),
)
EXPECTED = Status(
    doors=Doors(at=at(REPORTED), locked=True),
    charging=Charging(at=at(REPORTED), status=ChargingStatus.IN_PROGRESS),
    preconditioning=Preconditioning(at=at(REPORTED), status=PreconditioningStatus.ENABLED),
)
BLOCKS = {"doorsState": "doors", "energies": "charging", "preconditioning": "preconditioning"}


def test_a_whole_report() -> None:
    assert Status.parse(WHOLE) == EXPECTED


@pytest.mark.parametrize("report", [{}, {"createdAt": REPORTED}, {"ignition": {"type": "Stop"}, "odometer": {}}])
def test_a_report_that_says_nothing(report: dict[str, Any]) -> None:
    assert Status.parse(report) == Status()


@pytest.mark.parametrize("key", BLOCKS)
def test_a_missing_block_is_unknown(key: str) -> None:
    without = {name: block for name, block in WHOLE.items() if name != key}
    assert Status.parse(without) == replace(EXPECTED, **{BLOCKS[key]: None})


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("key", BLOCKS)
def test_an_unreadable_block_costs_that_block_only(key: str, junk: Any) -> None:
    assert Status.parse(WHOLE | {key: junk}) == replace(EXPECTED, **{BLOCKS[key]: None})


@pytest.mark.parametrize("junk", JUNK)
def test_unreadable_parts_of_a_block(junk: Any) -> None:
    word = junk or None if isinstance(junk, str) else None
    reported = Status.parse(report(energies=[modern(junk)], preconditioning=air(junk)))
    assert (reported.charging and reported.charging.status) == word
    assert (reported.preconditioning and reported.preconditioning.status) == word
    for energy in (
        {"type": "Electric", "extension": junk},
        {"type": "Electric", "extension": {"electric": junk}},
        {"type": "Electric", "extension": {"electric": {"charging": junk}}},
        {"type": "Electric", "charging": junk},
        {"type": junk, "charging": {"status": "InProgress"}},
        junk,
    ):
        assert Status.parse(report(energies=[energy])).charging is None
    assert Status.parse(report(preconditioning={"airConditioning": junk})).preconditioning is None


# Dates.


@pytest.mark.parametrize("junk", [*JUNK, "yesterday", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00"])
def test_a_block_without_a_readable_date_has_that_of_the_report(junk: Any) -> None:
    for undated in ({"createdAt": junk}, {"createdAt": junk, "updatedAt": junk}, {}):
        status = Status.parse(
            {
                "updatedAt": REPORTED,
                "doorsState": {"lockedStates": ["Locked"], **undated},
                "energy": [{"type": "Electric", "charging": {"status": "InProgress"}, **undated}],
                "preconditioning": {"airConditioning": {"status": "Enabled", **undated}},
            }
        )
        assert status == EXPECTED


def test_a_block_has_the_date_of_its_creation_or_else_of_its_update() -> None:
    block = {"lockedStates": ["Locked"], "updatedAt": LONG_AGO}
    assert Status.parse({"doorsState": block}) == Status(doors=Doors(at=at(LONG_AGO), locked=True))
    assert Status.parse({"doorsState": block | {"createdAt": REPORTED}}).doors == EXPECTED.doors


def test_a_report_without_any_date_is_from_now() -> None:
    before = datetime.now(UTC)
    status = Status.parse(
        {
            "doorsState": {"lockedStates": ["Locked"]},
            "energies": [{"type": "Electric", "charging": {"status": "Stopped"}}],
            "preconditioning": {"airConditioning": {"status": "Disabled"}},
        }
    )
    for field in fields(status):
        assert before <= getattr(status, field.name).at <= datetime.now(UTC)


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


# Merging.

NEWER = Status(
    doors=Doors(at=at(LATER), locked=False),
    charging=Charging(at=at(LATER), status=ChargingStatus.FINISHED),
    preconditioning=Preconditioning(at=at(LATER), status=PreconditioningStatus.FAILURE, failure_cause="LowBattery"),
)
NAMES = [field.name for field in fields(Status)]


def test_the_newer_report_wins_whichever_comes_last() -> None:
    assert EXPECTED.merge(NEWER) == NEWER
    assert NEWER.merge(EXPECTED) == NEWER


@pytest.mark.parametrize("name", NAMES)
def test_each_block_has_its_own_date(name: str) -> None:
    mixed = replace(NEWER, **{name: getattr(EXPECTED, name)})
    assert EXPECTED.merge(mixed) == mixed
    assert mixed.merge(EXPECTED) == mixed
    assert mixed.merge(NEWER) == NEWER
    assert NEWER.merge(mixed) == NEWER


@pytest.mark.parametrize("name", NAMES)
def test_a_block_that_is_missing_says_nothing(name: str) -> None:
    only = Status(**{name: getattr(NEWER, name)})
    assert EXPECTED.merge(only) == replace(EXPECTED, **{name: getattr(NEWER, name)})
    assert Status().merge(only) == only
    assert only.merge(Status()) == only


def test_at_the_same_date_the_last_word_counts() -> None:
    same = replace(NEWER, doors=Doors(at=at(LATER), locked=True))
    assert NEWER.merge(same) == same
    assert same.merge(NEWER) == NEWER


# The simulator writes its reports from the same contract, in three styles.


@pytest.mark.parametrize("name", ["electric", "hybrid", "combustion"])
@pytest.mark.parametrize("locked", [True, False])
async def test_the_simulators_cars(simulator: Simulator, name: str, locked: bool) -> None:
    car: Car = simulator.cars[name]
    car.locked = locked
    charges = car.battery_level is not None
    car.charging_status, car.preconditioning = "Stopped", "Enabled"
    status = Status.parse(car.status())
    assert status.doors
    assert status.doors.locked is locked
    assert (status.charging and status.charging.status) == ("Stopped" if charges else None)
    assert (status.preconditioning and status.preconditioning.status) == ("Enabled" if charges else None)


objects = spoilt(WHOLE | {"energy": [older()], "preconditionning": air()}).filter(lambda it: isinstance(it, dict))


@given(objects, objects)
def test_whatever_is_reported_can_be_read_and_merged(first: dict[str, Any], second: dict[str, Any]) -> None:
    before, after = Status.parse(first), Status.parse(second)
    merged = before.merge(after)
    for name in NAMES:
        blocks = [block for block in (getattr(before, name), getattr(after, name)) if block]
        result = getattr(merged, name)
        assert (result in blocks) if blocks else result is None
        assert all(result.at >= block.at for block in blocks)


@given(st.integers(-1000, 1000), st.booleans())
def test_an_older_block_never_replaces_a_newer_one(seconds: int, locked: bool) -> None:
    assert EXPECTED.doors
    other = Status(doors=Doors(at=EXPECTED.doors.at + timedelta(seconds=seconds), locked=locked))
    expected = other.doors if seconds >= 0 else EXPECTED.doors
    assert EXPECTED.merge(other).doors == expected
