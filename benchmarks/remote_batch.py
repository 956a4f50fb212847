"""A batch of messages about remotes, as the vendor sends it after an outage."""

from typing import Final

from .house import house
from .measuring import Effort, Goal, Measured, compare
from .messages import BATCH, encode, remote_message

GOALS: Final = (Goal(figure="a batch of 100 remotes' messages, over a webhook that does nothing", most=1.15),)
BATCHES: Final = 4


async def measure(effort: Effort) -> list[Measured]:
    """Post batches, to the account's webhook and to one that does nothing."""
    async with house(2) as home:
        car, numbers = home.cars[0], iter(range(effort.pairs * BATCHES * BATCH))
        samples = [
            [encode(*(remote_message(home, car, next(numbers)) for _ in range(BATCH))) for _ in range(BATCHES)]
            for _ in range(effort.pairs)
        ]
        return [await compare(samples, home.deliver, home.deliver_to_nothing)]
