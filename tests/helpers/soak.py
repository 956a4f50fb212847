"""`pytest --soak` plays all that a usual run plays a sample of, and tables of what was played end every run."""

from collections.abc import Sequence
import json
from typing import Any

import pytest

TABLE = "table"
"""The user property of a report with lines for a table: its title, the names of a row, and a count for each column."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="play all faults and answers, not a sample of them")


@pytest.fixture
def soaked(request: pytest.FixtureRequest) -> bool:
    """Whether all is to be played."""
    return bool(request.config.getoption("soak"))


@pytest.fixture
def count(record_property: Any) -> Any:
    """Count something in a table that is printed at the end: call it with a title, a row and a column."""

    def add(title: str, row: str, column: str) -> None:
        record_property(TABLE, json.dumps([title, row, column]))

    return add


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    tables: dict[str, dict[str, dict[str, int]]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "call":
                _add(tables, report.user_properties)
    if config.getoption("soak"):
        for title, rows in sorted(tables.items()):
            terminalreporter.section(title)
            terminalreporter.write_line("\n".join(_lines(rows)))


def _add(tables: dict[str, dict[str, dict[str, int]]], properties: Sequence[tuple[str, Any]]) -> None:
    for name, value in properties:
        if name == TABLE:
            title, row, column = json.loads(value)
            cells = tables.setdefault(title, {}).setdefault(row, {})
            cells[column] = cells.get(column, 0) + 1


def _lines(rows: dict[str, dict[str, int]]) -> list[str]:
    """Write a table as Markdown, with sums."""
    columns = sorted({column for cells in rows.values() for column in cells})
    total = {column: sum(cells.get(column, 0) for cells in rows.values()) for column in columns}
    lines = [["", *columns, "all"], ["---"] * (len(columns) + 2)]
    for name, cells in [*sorted(rows.items()), ("all", total)]:
        lines.append([name, *(str(cells.get(column, "")) for column in columns), str(sum(cells.values()))])
    return [f"| {' | '.join(line)} |" for line in lines]
