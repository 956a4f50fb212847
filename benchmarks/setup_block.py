"""The set-up of many cars, while Home Assistant has other things to do."""

from typing import Final

from .house import House, house, make_entry
from .measuring import Effort, Goal, Measured, no_garbage, watch_loop

GOALS: Final = (
    Goal(figure="first set-up of 100 cars, longest block of the event loop", most=10, unit="ms"),
    Goal(figure="the same after a restart", most=10, unit="ms"),
)
CARS: Final = 100


async def measure(effort: Effort) -> list[Measured]:
    """Set the account up again and again, and see how long a step of the event loop takes."""
    first, again = [], []
    async with house(CARS) as home:
        for _ in range(effort.runs):
            await _remove(home)
            with no_garbage(), watch_loop() as block:
                await home.hass.config_entries.async_add(home.entry)
                await home.settle()
            first.append(block.longest)
            await home.stop()
            with no_garbage(), watch_loop() as block:
                await home.start()
            again.append(block.longest)
    return [Measured.least(first), Measured.least(again)]


async def _remove(home: House) -> None:
    await home.hass.config_entries.async_remove(home.entry.entry_id)
    await home.settle()
    home.entry = make_entry(home.vendor)
