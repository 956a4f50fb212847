"""A clock that can run faster than real time, and a signal to wait for changes."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from math import isfinite


def timestamp(timespec: str = "seconds", ahead: timedelta = timedelta()) -> str:
    """Return the current time in the vendor's format: UTC, with a Z. It may be that of a clock that is `ahead`."""
    return (datetime.now(UTC) + ahead).isoformat(timespec=timespec).removesuffix("+00:00") + "Z"


class Signal:
    """Lets coroutines wait for a condition. Call `fire` when something has changed."""

    def __init__(self) -> None:
        self._waiters: list[asyncio.Future[None]] = []

    def fire(self) -> None:
        """Make every waiting coroutine check its condition again."""
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def until[T](self, find: Callable[[], T | None]) -> T:
        """Call `find` now and after each `fire` until it returns something truthy, and return that."""
        while not (found := find()):
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter
        return found


class Clock:
    """Simulated time, `speed` times faster than real time. With an infinite speed, `sleep` returns at once."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._changed = Signal()

    @property
    def speed(self) -> float:
        """Simulated seconds per real second. A change also applies to a `sleep` that is under way."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._speed = speed
        self._changed.fire()

    async def sleep(self, seconds: float) -> None:
        """Sleep for this many simulated seconds."""
        loop = asyncio.get_running_loop()
        while seconds > 0:
            speed, started = self._speed, loop.time()
            try:
                async with asyncio.timeout(seconds / speed):
                    await self._changed.until(partial(self._differs_from, speed))
            except TimeoutError:
                return
            seconds -= (loop.time() - started) * speed

    async def tick(self, seconds: float) -> None:
        """Sleep, then wait until the speed is finite. Otherwise a loop around it would block the event loop."""
        await self.sleep(seconds)
        await self._changed.until(lambda: isfinite(self._speed))

    def _differs_from(self, speed: float) -> bool:
        return self._speed != speed
