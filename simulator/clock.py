"""Time that can be sped up, and waiting for what changes."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from math import isfinite


def timestamp(timespec: str = "seconds") -> str:
    """Say what time it is, the way the vendor writes dates."""
    return datetime.now(UTC).isoformat(timespec=timespec).removesuffix("+00:00") + "Z"


class Signal:
    """Wakes the coroutines that wait for a condition each time something has changed."""

    def __init__(self) -> None:
        self._waiters: list[asyncio.Future[None]] = []

    def fire(self) -> None:
        """Let every waiter look again."""
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def until[T](self, find: Callable[[], T | None]) -> T:
        """Return the first truthy answer of `find`, asked now and after each change."""
        while not (found := find()):
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter
        return found


class Clock:
    """The cars' time: `speed` times faster than ours. Infinite is allowed and takes no time at all."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._changed = Signal()

    @property
    def speed(self) -> float:
        """The factor. Who sleeps while it changes goes on at the new speed."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._speed = speed
        self._changed.fire()

    async def sleep(self, seconds: float) -> None:
        """Sleep for so many seconds of the cars' time."""
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
        """Sleep, and on for as long as the speed is infinite: what repeats itself would never let go."""
        await self.sleep(seconds)
        await self._changed.until(lambda: isfinite(self._speed))

    def _differs_from(self, speed: float) -> bool:
        return self._speed != speed
