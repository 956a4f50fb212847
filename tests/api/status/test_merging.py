"""How one report is merged into another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.stellantis.api.status import Air, Charging, Doors, Kinetic, Odometer, Privacy, Status
from tests.helpers.status_reports import AFTER, BEFORE, NOW
from tests.helpers.status_strategies import statuses
from tests.helpers.statuses import FULL, NAMES, stored


def moved(status: Status, when: datetime) -> Status:
    blocks: dict[str, Any] = {name: replace(block, at=when) for name, block in status.blocks.items()}
    return Status(**blocks)


@pytest.mark.parametrize("name", NAMES)
def test_a_block_that_is_missing_says_nothing(name: str) -> None:
    only = Status(**{name: getattr(FULL, name)})
    rest = replace(FULL, **{name: None})
    assert rest.merge(only) == only.merge(rest) == FULL
    assert FULL.merge(Status()) == Status().merge(FULL) == FULL.merge(only) == FULL


@pytest.mark.parametrize("name", NAMES)
def test_each_block_has_its_own_date(name: str) -> None:
    mixed = replace(FULL, **{name: getattr(moved(FULL, AFTER), name)})
    assert FULL.merge(mixed) == mixed.merge(FULL) == mixed
    assert mixed.changed(FULL) == set()


def test_each_value_has_its_own_date() -> None:
    first = Doors(at=NOW, locked=True, trunk=False)
    second = Doors(at=AFTER, trunk=True, driver=False)
    expected = Doors(at=AFTER, locked=True, trunk=True, driver=False, earlier={"locked": NOW})
    assert first.merge(second) == second.merge(first) == expected
    assert expected.date_of("locked") == NOW
    assert expected.date_of("trunk") == AFTER
    assert expected.merge(Doors(at=BEFORE, locked=False, roof_window=True)) == replace(
        expected, roof_window=True, earlier={"locked": NOW, "roof_window": BEFORE}
    )


def test_a_block_that_is_reported_whole_is_replaced_whole() -> None:
    first, second = Kinetic(at=NOW, moving=True, speed=50), Kinetic(at=AFTER, moving=False)
    assert first.merge(second) == second.merge(first) == second


def test_at_the_same_date_the_last_word_counts() -> None:
    for first, second in [
        (Status(doors=Doors(at=NOW, locked=True)), Status(doors=Doors(at=NOW, locked=False))),
        (Status(privacy=Privacy(at=NOW, state="None")), Status(privacy=Privacy(at=NOW, state="Full"))),
    ]:
        assert first.merge(second) == second
        assert second.merge(first) == first


def minutes(count: int) -> datetime:
    return NOW + timedelta(minutes=count)


@pytest.mark.parametrize(
    ("reports", "mileage"),
    [
        ([(0, 2000), (1, 1000)], 2000),
        ([(0, 2000), (1, 1000), (1, 1000), (1, 1001)], 2000),
        ([(0, 2000), (1, 1000), (2, 1000)], 1000),
        ([(0, 999999), (1, 1000), (2, 1010)], 1010),
        ([(0, 2000), (1, 1000), (2, 900)], 2000),
        ([(0, 2000), (1, 1000), (2, 900), (3, 900)], 900),
        ([(0, 2000), (1, 1000), (2, 2001), (3, 1000)], 2001),
        ([(0, 2000), (2, 1000), (1, 1000)], 2000),
        ([(1, 2000), (0, 1000)], 2000),
        ([(0, 999999), (1, 1000), (2, 1000), (0, 999999)], 1000),
        ([(0, 2000), (0, 2001)], 2001),
        ([(1, 1000), (0, 900), (2, 1001)], 1001),
        # Reports of one mileage, some in whole kilometres.
        ([(0, 2000.6), (1, 2000), (2, 2000), (3, 2000.2)], 2000.6),
    ],
)
def test_a_lower_mileage_is_believed_if_it_comes_twice(reports: list[tuple[int, float]], mileage: float) -> None:
    status = Status()
    for at, reported in reports:
        status = Status.restore(stored(status.merge(Status(odometer=Odometer(at=minutes(at), mileage=reported)))))
    assert status.odometer
    assert status.odometer.mileage == mileage
    assert status.odometer.at == minutes(max(at for at, _ in reports))


def test_which_blocks_changed() -> None:
    assert FULL.changed(Status()) == Status().changed(FULL) == set(NAMES)
    assert FULL.changed(FULL) == moved(FULL, AFTER).changed(FULL) == set()
    other = replace(FULL, doors=Doors(at=NOW, locked=False), privacy=None)
    assert other.changed(FULL) == {"doors", "privacy"}


def test_the_newest_date() -> None:
    assert Status().newest is None
    assert replace(FULL, air=Air(at=AFTER, temperature=7)).newest == AFTER


def test_a_car_whose_clock_has_been_ahead_is_believed_again() -> None:
    now = datetime.now(UTC)
    ahead, later = now + timedelta(hours=2), now + timedelta(hours=3)
    wrong = Status(privacy=Privacy(at=ahead, state="Full"), charging=Charging(at=ahead, status="Stopped"))
    right = Status(privacy=Privacy(at=now, state="None"), charging=Charging(at=now, status="Finished"))
    assert wrong.merge(right) == right
    still = Status(privacy=Privacy(at=later, state="None"), charging=Charging(at=later, status="Finished"))
    assert wrong.merge(still) == still.merge(wrong) == still


def test_an_earlier_report_of_a_clock_that_is_ahead_does_not_lock_an_open_car() -> None:
    now = datetime.now(UTC)
    unlocked = Status(doors=Doors(at=now + timedelta(hours=2), locked=False))
    assert unlocked.merge(Status(doors=Doors(at=now, locked=True))) == unlocked


def test_blocks_can_be_hashed() -> None:
    assert len({*FULL.blocks.values(), *FULL.blocks.values()}) == len(NAMES)


def driven(reports: st.SearchStrategy[Status], second: int) -> st.SearchStrategy[Status]:
    """Let a car drive on all the time: a lower mileage has to come twice, in the order of the dates."""
    at = BEFORE + timedelta(seconds=second)
    return reports.map(lambda status: replace(status, odometer=status.odometer and Odometer(at=at, mileage=second)))


@given(
    st.lists(st.integers(0, 1000), min_size=3, max_size=3, unique=True).flatmap(
        lambda seconds: st.tuples(*(driven(statuses(BEFORE + timedelta(seconds=each)), each) for each in seconds))
    )
)
def test_the_order_of_reports_does_not_matter(reports: tuple[Status, Status, Status]) -> None:
    ends = [first.merge(second).merge(third) for first, second, third in permutations(reports)]
    assert all(end == ends[0] for end in ends)
    first, second, third = reports
    assert first.merge(second.merge(third)) == ends[0]
    for each in reports:
        assert ends[0].merge(each) == ends[0]


@given(statuses(), statuses())
def test_merging_twice_is_merging_once(first: Status, second: Status) -> None:
    merged = first.merge(second)
    assert merged.merge(second) == merged
    assert merged.merge(merged) == merged
    assert merged.changed(first.merge(second)) == set()
    for name, block in merged.blocks.items():
        told = [each.blocks[name] for each in (first, second) if name in each.blocks]
        assert all(block.at >= each.at for each in told if each.dated())


WATCHED = ("vehicle.doorsState.lockedState", "vehicle.doorsState.opening", "vehicle.kinetic.moving")


def test_a_change_has_the_date_of_its_value() -> None:
    older = Status(doors=Doors(at=BEFORE, locked=True, trunk=False), kinetic=Kinetic(at=BEFORE, moving=False))
    newer = Status(
        doors=Doors(at=AFTER, locked=False, trunk=True, earlier={"locked": NOW}),
        kinetic=Kinetic(at=AFTER, moving=False, speed=3),
    )
    assert newer.dates_of_changes(older, WATCHED) == [NOW, AFTER]
    assert newer.dates_of_changes(older, WATCHED[1:]) == [AFTER]
    assert newer.dates_of_changes(newer, WATCHED) == []


def test_what_had_not_been_reported_is_no_change_of_the_cars() -> None:
    newer = Status(doors=Doors(at=AFTER, locked=False))
    for older in (
        Status(),
        Status(doors=Doors(at=BEFORE, trunk=True)),
        Status(doors=Doors(at=BEFORE, locked=True).as_assumed()),
    ):
        assert newer.dates_of_changes(older, WATCHED) == []
