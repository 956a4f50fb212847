"""Measures the figures and prints them as a table."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
import logging
import multiprocessing
import sys
from types import ModuleType
from typing import Final

from . import (
    disk_writes,
    import_time,
    memory,
    remote_batch,
    remote_message,
    setup_block,
    setup_requests,
    status_batch,
    status_push,
    storm,
    unchanged_push,
)
from .measuring import QUICK, THOROUGH, Effort, Goal, Measured

BENCHMARKS: Final[Mapping[str, ModuleType]] = {
    module.__name__.rpartition(".")[2]: module
    for module in (
        remote_message,
        remote_batch,
        status_push,
        unchanged_push,
        status_batch,
        storm,
        setup_requests,
        setup_block,
        memory,
        import_time,
        disk_writes,
    )
}
"""Each has its `GOALS`, and `measure`, which returns a value for each of them."""


def main() -> int:
    """Measure, and return the exit status: 1 if a goal is missed."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure, all by default: {_names()}")
    parser.add_argument("--quick", action="store_true", help="measure roughly; a goal that is missed is no failure")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - BENCHMARKS.keys():
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {_names()}")
    effort = QUICK if arguments.quick else THOROUGH
    rows = [row for name in arguments.names or BENCHMARKS for row in _rows(name, effort)]
    _say("")
    for line in _table(rows):
        _say(line)
    return int(any(measured.value > goal.most for _, goal, measured in rows) and not arguments.quick)


def _names() -> str:
    return ", ".join(BENCHMARKS)


type _Row = tuple[str, Goal, Measured]


def _rows(name: str, effort: Effort) -> list[_Row]:
    """Measure in a process of its own, which nothing that was measured before has slowed."""
    _say(f"measuring {name} ...")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = pool.submit(_measure, name, effort).result()
    return [(name, goal, measured) for goal, measured in zip(BENCHMARKS[name].GOALS, found, strict=True)]


def _measure(name: str, effort: Effort) -> list[Measured]:
    logging.getLogger().setLevel(logging.ERROR)  # that the integration is none of Home Assistant's own is known
    measure: Callable[[Effort], Awaitable[list[Measured]]] = BENCHMARKS[name].measure

    async def run() -> list[Measured]:
        return await measure(effort)

    return asyncio.run(run())


def _table(rows: Sequence[_Row]) -> list[str]:
    """Write the figures as a table of Markdown."""
    heads = ("name", "figure", "goal", "measured", "", "made of")
    cells = [
        (
            name,
            goal.figure,
            f"<= {goal.show(goal.most)}",
            goal.show(measured.value),
            "met" if measured.value <= goal.most else "MISSED",
            measured.made_of,
        )
        for name, goal, measured in rows
    ]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    lines = [heads, tuple("-" * max(width, 3) for width in widths), *cells]
    return [f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |" for line in lines]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
