"""What cars do by themselves: they charge, drive, and fall asleep."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from simulator.base.background import Tasks
from simulator.base.clock import Clock

from . import charging, driving
from .car import Car, Report

# In simulated seconds.
_CHARGING_STEP = 60.0
_STAYING_AWAKE = 180.0


class Life:
    """Runs background tasks for each car: charging, driving, and the time until it falls asleep."""

    def __init__(self, clock: Clock, tasks: Tasks, report: Report) -> None:
        self._clock = clock
        self._background = tasks
        self._report = report
        self._tasks: dict[tuple[Car, str], asyncio.Task[None]] = {}

    def follow(self, car: Car) -> None:
        """Start the tasks of a car that charges or drives, if they do not run already."""
        if car.charging_status == "InProgress":
            self._begin(car, "charge", self._charge)
        if car.trip:
            self._begin(car, "drive", self._drive)

    def stay_awake(self, car: Car) -> None:
        """Restart the time until an awake car falls asleep."""
        if car.asleep:
            return
        if rest := self._tasks.get((car, "rest")):
            rest.cancel()
        self._tasks[car, "rest"] = self._background.start(self._rest(car))

    def _begin(self, car: Car, what: str, live: Callable[[Car], Coroutine[Any, Any, None]]) -> None:
        running = self._tasks.get((car, what))
        if running is None or running.done():
            self._tasks[car, what] = self._background.start(live(car))

    async def _charge(self, car: Car) -> None:
        while True:
            await self._clock.tick(_CHARGING_STEP)
            if car.charging_status != "InProgress":
                return
            level = car.battery_level
            charging.advance(car, _CHARGING_STEP)
            if car.battery_level != level:
                self._report(car, "energies")

    async def _drive(self, car: Car) -> None:
        while True:
            await self._clock.tick(driving.STEP)
            if car.trip is None:
                return
            driving.advance(car, car.trip)
            if driving.is_empty(car):
                driving.stop(car)
                self._report(car)
            else:
                self._report(car, *driving.REPORTED)

    async def _rest(self, car: Car) -> None:
        await self._clock.sleep(_STAYING_AWAKE)
        car.asleep = car.trip is None
