"""A batch of whole reports of one car, as the vendor sends it after an outage."""

from typing import Final

from .house import house
from .measuring import Effort, Goal, Measured, no_garbage, watch_loop
from .messages import BATCH, encode, reports, three_values

GOALS: Final = (Goal(figure="a batch of 100 reports, longest block of the event loop", most=20, unit="ms"),)


async def measure(effort: Effort) -> list[Measured]:
    """Post batches, and see how long a step of the event loop takes."""
    async with house(2) as home:
        messages = reports(home, home.cars[0], effort.runs * BATCH, three_values)
        longest = []
        for first in range(0, len(messages), BATCH):
            body = encode(*messages[first : first + BATCH])
            with no_garbage(), watch_loop() as block:
                await home.deliver(body)
            longest.append(block.longest)
            await home.settle()
        return [Measured.least(longest)]
