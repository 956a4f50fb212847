"""One message about a remote at the webhook."""

from typing import Final

from .house import house
from .measuring import Effort, Goal, Measured, compare
from .messages import encode, remote_message

GOALS: Final = (Goal(figure="one remote's message, over a webhook that does nothing", most=1.05),)
MESSAGES: Final = 10


async def measure(effort: Effort) -> list[Measured]:
    """Post messages one by one, to the account's webhook and to one that does nothing."""
    async with house(2) as home:
        numbers = iter(range(effort.pairs * MESSAGES))
        samples = [
            [encode(remote_message(home, home.cars[0], next(numbers))) for _ in range(MESSAGES)]
            for _ in range(effort.pairs)
        ]
        return [await compare(samples, home.deliver, home.deliver_to_nothing)]
