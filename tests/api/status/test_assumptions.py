"""The outcomes of remotes are assumptions: they give way to what the car reports next, by whichever clock."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.stellantis.api.remotes import (
    DeclareStolen,
    DelayCharging,
    LockDoors,
    Remote,
    SetChargingPreferences,
    SetChargingSchedule,
    SetPreconditioningPrograms,
    SwitchCharging,
    SwitchLights,
    SwitchPreconditioning,
)
from custom_components.stellantis.api.status import (
    Air,
    Charging,
    ChargingProgram,
    Doors,
    Preconditioning,
    Program,
    Status,
    Switched,
)
from tests.helpers.status_reports import NOW
from tests.helpers.status_strategies import statuses
from tests.helpers.statuses import stored, value_of

PROGRAM = Program(slot=1, start=timedelta(hours=7), days=("Mon",), enabled=True)
SCHEDULE = (ChargingProgram(start=timedelta(hours=22), days=("Sat",), enabled=True),)
TONIGHT = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def outcome(remote: Remote, seconds: float) -> Status:
    expected = remote.expected_status(after(seconds))
    assert expected
    return expected


def doors(seconds: float, locked: bool) -> Status:
    return Status(doors=Doors(at=after(seconds), locked=locked))


def kept(status: Status, *others: Status) -> Status:
    """Merge these one after the other, with a restart after each."""
    for other in others:
        status = Status.restore(stored(status.merge(other)))
    return status


def locked(status: Status) -> Any:
    return value_of(status, "doors", "locked")


LOCK, UNLOCK = outcome(LockDoors(locked=True), 0), outcome(LockDoors(locked=False), 0)


def test_somebody_unlocks_with_the_key_a_car_whose_clock_is_slow() -> None:
    """The car is a minute behind: it was unlocked half a minute after the remote had locked it."""
    before, by_key = doors(-600, locked=False), doors(-30, locked=False)
    for reports in (
        (before, LOCK, by_key),
        (before, LOCK, by_key, by_key, before),
        (before, LOCK, doors(-59, locked=True), by_key),
        (LOCK, by_key),
    ):
        assert locked(kept(Status(), *reports)) is False


def test_what_an_outcome_has_replaced_does_not_come_back() -> None:
    """The vendor answers with the last report until the car has sent another one."""
    for before, remote in ((doors(-600, locked=False), LOCK), (doors(-600, locked=True), UNLOCK)):
        status = kept(Status(), before, remote)
        assert locked(status) is locked(remote)
        assert kept(status, before, doors(-700, locked=locked(before))) == status
        assert status.doors
        assert status.doors.is_assumed("locked")
        assert not kept(status, doors(60, locked=True)).blocks["doors"].is_assumed("locked")


def test_of_two_readings_the_unsafe_one_is_shown() -> None:
    before = doors(-600, locked=True)
    # Locked by the key half a minute later, on a slow clock, or before the remote?
    status = kept(Status(), before, UNLOCK, doors(-30, locked=True))
    assert locked(status) is False
    assert locked(kept(status, doors(-30, locked=True))) is False
    assert locked(kept(status, doors(0, locked=True))) is False
    assert locked(kept(status, doors(1, locked=True))) is True
    # Once the car has reported that it was unlocked, its own clock tells.
    assert locked(kept(Status(), before, UNLOCK, doors(-55, locked=False), doors(-30, locked=True))) is True


def test_an_outcome_that_arrives_late() -> None:
    before = doors(-600, locked=True)
    assert locked(kept(Status(), before, doors(30, locked=True), UNLOCK)) is False
    assert locked(kept(Status(), before, doors(30, locked=True), UNLOCK, doors(30, locked=True))) is False
    assert locked(kept(Status(), before, doors(30, locked=True), UNLOCK, doors(31, locked=True))) is True
    assert locked(kept(Status(), before, doors(600, locked=True), UNLOCK)) is True
    assert locked(kept(Status(), before, doors(30, locked=False), LOCK)) is False


def test_a_second_outcome_replaces_what_the_first_one_did() -> None:
    before = doors(-600, locked=True)
    again = outcome(LockDoors(locked=True), 60)
    for remotes in ((UNLOCK, again), (again, UNLOCK)):
        status = kept(Status(), before, *remotes)
        assert locked(status) is True
        assert locked(kept(status, before)) is True
        assert locked(kept(status, doors(-300, locked=False))) is False


@pytest.mark.parametrize("ahead", [60, 7200])
def test_a_clock_that_is_ahead(ahead: float) -> None:
    """What it says is to come stays to come: a repeated report is not newer than itself."""
    now = datetime.now(UTC)

    def parsed(seconds: float, state: str) -> Status:
        date = (now + timedelta(seconds=ahead + seconds)).isoformat()
        return Status.parse({"doorsState": {"createdAt": date, "lockedStates": [state]}})

    for before, remote in ((parsed(-20, "Locked"), False), (parsed(-20, "Unlocked"), True)):
        done = Status(doors=Doors(at=now, locked=remote).as_assumed())
        status = kept(Status(), before, done)
        assert locked(status) is remote
        assert kept(status, before, before) == status
        # By such a clock, a report from before the remote is newer than its end.
        assert locked(kept(status, parsed(30, "Locked"))) is remote
        assert locked(kept(status, parsed(30, "Unlocked"))) is False
        assert locked(kept(status, parsed(30, "Unlocked"), parsed(40, "Locked"))) is True


@pytest.mark.parametrize(
    ("remote", "block", "name", "expected", "reported"),
    [
        (SwitchCharging(on=True), "charging", "status", "InProgress", {"status": "Stopped"}),
        (SwitchCharging(on=False), "charging", "status", "Stopped", {"status": "InProgress"}),
        (
            DelayCharging(TONIGHT),
            "charging",
            "delayed_start",
            timedelta(hours=22.5),
            {"delayed_start": timedelta(1 / 24)},
        ),
        (SetChargingPreferences(level="Level1"), "charging", "power_level", "Level1", {"power_level": "Level5"}),
        (SetChargingPreferences(extent="Full"), "charging", "type", "Full", {"type": "Partial"}),
        (SetChargingSchedule(SCHEDULE), "charging", "programs", SCHEDULE, {"programs": ()}),
        (SwitchPreconditioning(on=True), "preconditioning", "status", "Enabled", {"status": "Failure"}),
        (SetPreconditioningPrograms(programs=(PROGRAM,)), "preconditioning", "programs", (PROGRAM,), {"programs": ()}),
        (DeclareStolen(on=True), "stolen", "on", True, {"on": False}),
        (DeclareStolen(on=False), "stolen", "on", False, {"on": True}),
        (LockDoors(locked=True), "doors", "locked", True, {"locked": False}),
    ],
)
def test_any_outcome_gives_way_to_what_the_car_reports_next(
    remote: Remote, block: str, name: str, expected: Any, reported: dict[str, Any]
) -> None:
    kind: Any = {"charging": Charging, "preconditioning": Preconditioning, "stolen": Switched, "doors": Doors}[block]

    def report(seconds: float) -> Status:
        blocks: dict[str, Any] = {block: kind(at=after(seconds), **reported)}
        return Status(**blocks)

    status = kept(Status(), report(-600), outcome(remote, 0))
    assert value_of(status, block, name) == expected
    assert value_of(kept(status, report(-600)), block, name) == expected
    # A minute later, by a clock that is slow. What may be the unsafe reading stays for that long.
    made_safe = remote == DeclareStolen(on=True)
    assert value_of(kept(status, report(-30)), block, name) == (expected if made_safe else reported[name])
    assert value_of(kept(status, report(30)), block, name) == reported[name]


def test_the_hour_of_a_delayed_charge_can_be_assumed_to_be_none() -> None:
    waiting = Status(charging=Charging(at=after(-600), delayed_start=timedelta(hours=6)))
    none = outcome(DelayCharging(TONIGHT.replace(hour=0, minute=0)), 0)
    status = kept(Status(), waiting, none)
    assert value_of(status, "charging", "delayed_start") is None
    assert kept(status, waiting) == status
    again = Status(charging=Charging(at=after(-30), delayed_start=timedelta(hours=6)))
    assert value_of(kept(status, again), "charging", "delayed_start") == timedelta(hours=6)


def test_a_car_that_never_changes_the_date_of_a_report() -> None:
    """What it says is new if it says another thing than before."""

    def report(status: str) -> Status:
        return Status(charging=Charging(at=after(-(10**6)), status=status))

    started = kept(Status(), report("Stopped"), outcome(SwitchCharging(on=True), 0), report("Stopped"))
    assert value_of(started, "charging", "status") == "InProgress"
    for reports in (("Finished",), ("InProgress", "Stopped"), ("Disconnected", "Stopped")):
        assert value_of(kept(started, *map(report, reports)), "charging", "status") == reports[-1]


def test_other_values_of_a_block_are_no_assumptions() -> None:
    reported = Status(doors=Doors(at=after(-600), locked=False, trunk=True))
    status = kept(Status(), reported, LOCK, Status(doors=Doors(at=after(-300), trunk=False)))
    assert status.doors
    assert status.doors.values == Doors(at=NOW, locked=True, trunk=False).values
    assert [status.doors.is_assumed(name) for name in ("locked", "trunk")] == [True, False]
    assert status.doors.date_of("trunk") == after(-300)


def test_the_last_report_is_the_cars() -> None:
    lights = outcome(SwitchLights(on=True), 600)
    assert kept(Status(), lights).newest is None
    air = Status(air=Air(at=NOW, temperature=7))
    assert kept(Status(), air, lights).newest == NOW
    assert kept(Status(), doors(-60, locked=False), LOCK).newest == after(-60)
    assert kept(Status(), doors(-60, locked=False), LOCK, doors(-50, locked=True)).newest == after(-50)
    maintenance = Status.parse_maintenance({"daysBeforeMaintenance": 7})
    assert kept(air, maintenance, Status.parse_alerts([], after(60))).newest == NOW


@pytest.mark.parametrize("on", [True, False])
def test_a_switch_is_assumed_until_the_car_reports_it(on: bool) -> None:
    status = kept(Status(), outcome(DeclareStolen(on=on), 0))
    assert status.stolen
    assert status.stolen.assumed
    status = kept(status, Status(stolen=Switched(at=after(1), on=on)))
    assert status.stolen
    assert not status.stolen.assumed


@given(
    st.lists(
        st.tuples(st.integers(-1000, 1000), st.booleans()), min_size=1, max_size=5, unique_by=lambda each: each[0]
    ),
    st.booleans(),
)
def test_after_an_outcome_the_newest_report_counts_in_any_order(reports: list[tuple[int, bool]], on: bool) -> None:
    """Once a report is newer than the outcome, too."""
    newest = max(reports)
    first = kept(Status(), doors(-2000, locked=not on), outcome(LockDoors(locked=on), 0))
    for order in permutations(reports):
        status = kept(first, *(doors(*each) for each in order))
        if newest[0] > 0 or newest[1] is False:
            assert locked(status) is newest[1]
        elif not any(state is False for _, state in reports):
            assert locked(status) is on


@given(statuses(), statuses())
def test_an_outcome_and_a_report_that_come_twice_change_nothing_more(first: Status, second: Status) -> None:
    blocks: dict[str, Any] = {name: block.as_assumed() for name, block in second.blocks.items() if block.partial}
    assumed = Status(**blocks)
    merged = first.merge(assumed)
    assert merged.merge(assumed) == merged
    assert Status.restore(stored(merged)) == merged
    again = merged.merge(first)
    assert again.merge(first) == again
