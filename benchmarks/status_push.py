"""A report in which three values have changed."""

from typing import Final

from .house import house
from .measuring import Effort, Goal, Measured, compare
from .messages import encode, reports, three_values

GOALS: Final = (Goal(figure="a report with three values changed, over a webhook that does nothing", most=1.5),)
MESSAGES: Final = 10


async def measure(effort: Effort) -> list[Measured]:
    """Post reports of one of two cars, to the account's webhook and to one that does nothing."""
    async with house(2) as home:
        bodies = [encode(each) for each in reports(home, home.cars[0], effort.pairs * MESSAGES, three_values)]
        samples = [bodies[first : first + MESSAGES] for first in range(0, len(bodies), MESSAGES)]
        return [await compare(samples, home.deliver, home.deliver_to_nothing)]
