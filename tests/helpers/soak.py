"""`pytest --soak` plays all that a usual run plays a sample of, and ends with tables of what was played."""

from collections import Counter
from collections.abc import Callable
import json
from typing import Any, Final

import pytest

type Count = Callable[..., None]
"""Counts one case: call it with the title of a table, the name of a row, and the columns that the case belongs to."""
type Tables = dict[str, dict[str, Counter[str]]]
"""By title and row, how many cases belong to each column."""

_TABLE: Final = "table"
_CASES: Final = "cases"
_FIRST: Final = (_CASES, "not noticed", "a sentence", "at once", "in minutes", "in an hour", "in hours", "in a day")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="play all faults, answers and messages, not a sample of them")


@pytest.fixture
def soaked(request: pytest.FixtureRequest) -> bool:
    """Whether all is to be played."""
    return bool(request.config.getoption("soak"))


@pytest.fixture
def count(record_property: Callable[[str, object], None]) -> Count:
    """Count cases in tables that are printed at the end, also if several processes run the tests."""

    def add(title: str, row: str, *columns: str) -> None:
        record_property(_TABLE, json.dumps([title, row, columns]))

    return add


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not config.getoption("soak"):
        return
    tables: Tables = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "call":
                for name, value in report.user_properties:
                    if name == _TABLE:
                        title, row, columns = json.loads(value)
                        cells = tables.setdefault(title, {}).setdefault(row, Counter())
                        cells.update([_CASES, *columns])
    for title, rows in sorted(tables.items()):
        terminalreporter.section(title)
        terminalreporter.write_line("\n".join(_lines(rows)))


def _lines(rows: dict[str, Counter[str]]) -> list[str]:
    """Write a table as Markdown, with the sums in its last row."""
    total = sum(rows.values(), Counter())
    columns = [name for name in _FIRST if name in total] + sorted(total.keys() - set(_FIRST))
    lines = [["", *columns], ["---"] * (len(columns) + 1)]
    lines += [[row, *(str(cells[each] or "") for each in columns)] for row, cells in [*rows.items(), ("all", total)]]
    return [f"| {' | '.join(line)} |" for line in lines]
