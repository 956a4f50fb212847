"""How one report is merged into another."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.stellantis.api.status import Air, Doors, Kinetic, Odometer, Privacy, Status
from tests.helpers.status_reports import AFTER, BEFORE, NOW
from tests.helpers.status_strategies import statuses
from tests.helpers.statuses import FULL, NAMES


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


def test_an_odometer_never_goes_down() -> None:
    high, low = Odometer(at=NOW, mileage=2000), Odometer(at=AFTER, mileage=1000)
    assert high.merge(low) == low.merge(high) == high
    again = Odometer(at=AFTER, mileage=2000)
    assert high.merge(again) == again.merge(high) == again


def test_which_blocks_changed() -> None:
    assert FULL.changed(Status()) == Status().changed(FULL) == set(NAMES)
    assert FULL.changed(FULL) == moved(FULL, AFTER).changed(FULL) == set()
    other = replace(FULL, doors=Doors(at=NOW, locked=False), privacy=None)
    assert other.changed(FULL) == {"doors", "privacy"}


def test_the_newest_date() -> None:
    assert Status().newest is None
    assert replace(FULL, air=Air(at=AFTER, temperature=7)).newest == AFTER


def test_blocks_can_be_hashed() -> None:
    assert len({*FULL.blocks.values(), *FULL.blocks.values()}) == len(NAMES)


@given(
    st.lists(st.integers(0, 1000), min_size=3, max_size=3, unique=True).flatmap(
        lambda seconds: st.tuples(*(statuses(BEFORE + timedelta(seconds=each)) for each in seconds))
    )
)
def test_the_order_of_reports_does_not_matter(reports: tuple[Status, Status, Status]) -> None:
    ends = [first.merge(second).merge(third) for first, second, third in permutations(reports)]
    assert all(end == ends[0] for end in ends)
    first, second, third = reports
    assert first.merge(second.merge(third)) == ends[0]
    for each in reports:
        assert ends[0].merge(each) == ends[0]
    assert not ends[0].odometer or ends[0].odometer.mileage == max(
        each.odometer.mileage for each in reports if each.odometer
    )


@given(statuses(), statuses())
def test_merging_twice_is_merging_once(first: Status, second: Status) -> None:
    merged = first.merge(second)
    assert merged.merge(second) == merged
    assert merged.merge(merged) == merged
    assert merged.changed(first.merge(second)) == set()
    for name, block in merged.blocks.items():
        assert all(
            block.at >= each.blocks[name].at for each in (first, second) if name in each.blocks and name != "odometer"
        )
