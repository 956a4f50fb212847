"""What a year of trips and charges costs."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final

from .bench import Cost, write_year

MOST_TIMES_THE_FLOOR: Final = 100
"""It takes some twenty times as long as reading the JSON, and more while coverage is measured."""


def test_a_year_is_loaded_soon_and_takes_little_memory(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    write_year(tmp_path / "year")
    cost = Cost.measure(tmp_path / "year")
    record_property("cost_of_a_year", asdict(cost))
    assert cost.load < max(50, MOST_TIMES_THE_FLOOR * cost.floor)
    assert cost.memory < 2_000_000
