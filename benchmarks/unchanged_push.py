"""A report in which nothing has changed, such as a monitor's reminder."""

from typing import Final

from .house import house
from .measuring import Effort, Goal, Measured, compare
from .messages import encode, nothing, reports

GOALS: Final = (Goal(figure="a report with nothing changed, over a webhook that does nothing", most=1.15),)
MESSAGES: Final = 10


async def measure(effort: Effort) -> list[Measured]:
    """Post reports of one of two cars, to the account's webhook and to one that does nothing."""
    async with house(2) as home:
        bodies = [encode(each) for each in reports(home, home.cars[0], effort.pairs * MESSAGES, nothing)]
        samples = [bodies[first : first + MESSAGES] for first in range(0, len(bodies), MESSAGES)]
        return [await compare(samples, home.deliver, home.deliver_to_nothing)]
