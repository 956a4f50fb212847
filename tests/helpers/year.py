"""`pytest --days=365 tests/year` lets cars live so many days, and ends with a report."""

import json
from typing import Any, Final

import pytest

REPORT: Final = "year"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--days", type=int, default=4, help="how many days cars live in tests/year (default: %(default)s)")
    parser.addoption("--seed", type=int, default=1, help="the seed of those days (default: %(default)s)")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties:
            if name == REPORT:
                terminalreporter.section("The cars' days")
                rows = [f"| {what} | {number} |" for what, number in json.loads(value).items()]
                terminalreporter.write_line("\n".join(["| | |", "| --- | --- |", *rows]))
