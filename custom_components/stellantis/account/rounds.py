"""One round of work at a time: what is wished for while one runs is done in one more."""

import asyncio
from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback


class Rounds:
    """Rounds of work on some subjects, in a task that ends with the entry.

    `work` is called with the subjects of a round. However often a subject is wished for until a round begins, it is in
    that round once.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        work: Callable[[AbstractSet[str]], Awaitable[None]],
        name: str,
    ) -> None:
        """Start with nothing to do."""
        self._hass = hass
        self._entry = entry
        self._work = work
        self._name = name
        self._wished: set[str] = set()
        self._settling: set[str] = set()
        self._settled_at = 0.0
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @callback
    def async_wish(self, subject: str) -> None:
        """Have a round with this subject, now or after the one that runs."""
        self._wished.add(subject)
        self._wake()

    @callback
    def async_wish_later(self, subject: str, seconds: float) -> None:
        """Have a round with this subject once nobody has wished for it like this for so many seconds."""
        self._settling.add(subject)
        self._settled_at = self._hass.loop.time() + seconds
        self._wake()

    def _wake(self) -> None:
        self._woken.set()
        if self._task is None or self._task.done():
            # Not eager: what is wished for in the same turn of the loop belongs to one round.
            self._task = self._entry.async_create_background_task(
                self._hass, self._async_run(), self._name, eager_start=False
            )

    async def _async_run(self) -> None:
        while self._wished or self._settling:
            if self._wished or self._hass.loop.time() >= self._settled_at:
                subjects = self._wished | self._settling
                self._wished, self._settling = set(), set()
                await self._work(subjects)
            else:
                await self._async_wait()

    async def _async_wait(self) -> None:
        """Wait until what is settling has settled, or something else is wished for."""
        self._woken.clear()
        try:
            async with asyncio.timeout_at(self._settled_at):
                await self._woken.wait()
        except TimeoutError:
            pass
