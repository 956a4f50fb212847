"""What a day with a car writes to disk."""

import asyncio
from collections import Counter
from datetime import timedelta
import os
from pathlib import Path
import sys
from time import monotonic
from typing import Any, Final

from homeassistant.helpers.storage import STORAGE_DIR

from custom_components.stellantis.const import DOMAIN
from simulator import Car
from simulator.cars import driving

from .house import House, house
from .measuring import Effort, Goal, Measured
from .messages import encode, status_message

GOALS: Final = (Goal(figure="writes to disk of a car that moves 2 hours a day, each all or nothing", most=40, unit=""),)
NOT_ATOMIC: Final = 1000
"""As how many a write counts that a crash can leave half done."""
HOUR: Final = 3600
MINUTE: Final = 60
PAUSE: Final = 600
DRIVES: Final = (7, 17)
"""The hours in which the car moves."""


async def measure(_effort: Effort) -> list[Measured]:
    """Let a day pass, with an hour's drive in the morning and one in the evening."""
    async with house(1) as home:
        writes, clock = _Writes(Path(home.hass.config.path(STORAGE_DIR))), _Clock()
        for hour in range(24):
            if hour in DRIVES:
                await _drive(home, clock)
            else:
                await _stand(home, clock)
        return [writes.measured()]


class _Clock:
    """The clock of the event loop, by which files are written and cars are polled; it can be put forward."""

    def __init__(self) -> None:
        self.passed = 0.0
        asyncio.get_running_loop().time = lambda: monotonic() + self.passed  # type: ignore[method-assign]


async def _drive(home: House, clock: _Clock) -> None:
    """Drive for an hour; the car reports each minute, and when it has parked."""
    [car] = home.cars
    driving.set_off(car)
    assert car.trip
    for _ in range(HOUR // MINUTE):
        await _report(home, car, clock)
        await _pass(home, clock, MINUTE)
        for _ in range(MINUTE // round(driving.STEP)):
            driving.advance(car, car.trip)
    driving.stop(car)
    await _report(home, car, clock)


async def _report(home: House, car: Car, clock: _Clock) -> None:
    car.clock_ahead = timedelta(seconds=clock.passed)
    car.touch()
    await home.deliver(encode(status_message(home, car)))


async def _stand(home: House, clock: _Clock) -> None:
    for _ in range(HOUR // PAUSE):
        await _pass(home, clock, PAUSE)


async def _pass(home: House, clock: _Clock, seconds: int) -> None:
    clock.passed += seconds
    await asyncio.sleep(0)
    await home.settle()


class _Writes:
    """Counts the files of the integration that are written in a folder, each of which is renamed in the end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._renamed: Counter[str] = Counter()
        self._opened: Counter[str] = Counter()
        sys.addaudithook(self._hear)

    def measured(self) -> Measured:
        made_of = ", ".join(f"{count} of {name}" for name, count in self._renamed.most_common())
        return Measured(self._renamed.total() + NOT_ATOMIC * self._opened.total(), made_of)

    def _hear(self, event: str, values: tuple[Any, ...]) -> None:
        if event == "os.rename" and self._is_ours(values[1]):
            self._renamed[_kind(values[1])] += 1
        elif event == "open" and values[2] & (os.O_WRONLY | os.O_RDWR) and self._is_ours(values[0]):
            self._opened[_kind(values[0])] += 1

    def _is_ours(self, path: object) -> bool:
        return isinstance(path, str) and Path(path).parent == self._folder and Path(path).name.startswith(f"{DOMAIN}.")


def _kind(path: str) -> str:
    return ("the entry", "the car")[Path(path).name.count(".") - 1]
