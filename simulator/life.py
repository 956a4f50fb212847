"""What goes on in cars by itself: they charge, drive, and fall asleep."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from . import charging, driving

if TYPE_CHECKING:
    from .cars import Car
    from .world import World

# In seconds of the cars' time.
_CHARGING_STEP = 60.0
_STAYING_AWAKE = 180.0


class Life:
    """Lets cars go on with what they are at."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tasks: dict[tuple[Car, str], asyncio.Task[None]] = {}

    def follow(self, car: Car) -> None:
        """Charge and drive on."""
        if car.charging_status == "InProgress":
            self._begin(car, "charge", self._charge)
        if car.trip:
            self._begin(car, "drive", self._drive)

    def stay_awake(self, car: Car) -> None:
        """Let a car that is awake fall asleep later, from now on."""
        if car.asleep:
            return
        if rest := self._tasks.get((car, "rest")):
            rest.cancel()
        self._tasks[car, "rest"] = self._world.tasks.start(self._rest(car))

    def _begin(self, car: Car, what: str, live: Callable[[Car], Coroutine[Any, Any, None]]) -> None:
        running = self._tasks.get((car, what))
        if running is None or running.done():
            self._tasks[car, what] = self._world.tasks.start(live(car))

    async def _charge(self, car: Car) -> None:
        while True:
            await self._world.clock.tick(_CHARGING_STEP)
            if car.charging_status != "InProgress":
                return
            charging.advance(car, _CHARGING_STEP)
            self._world.report(car, "energies")

    async def _drive(self, car: Car) -> None:
        while True:
            await self._world.clock.tick(driving.STEP)
            if car.trip is None:
                return
            driving.advance(car, car.trip)
            if driving.is_empty(car):
                driving.stop(car)
                self._world.report(car)
            else:
                self._world.report(car, *driving.REPORTED)

    async def _rest(self, car: Car) -> None:
        await self._world.clock.sleep(_STAYING_AWAKE)
        car.asleep = car.trip is None
