"""The reports of 100 cars, all at once, as after an outage of a night."""

from time import process_time
from typing import Final

import orjson

from .house import House, house
from .measuring import Effort, Goal, Measured, no_garbage, watch_loop
from .messages import BATCH, encode, reports, three_values

GOALS: Final = (
    Goal(figure="100 reports of each of 100 cars, longest block of the event loop", most=20, unit="ms"),
    Goal(figure="the same, over parsing the JSON alone", most=6),
)
CARS: Final = 100
REPORTS: Final = 100


async def measure(effort: Effort) -> list[Measured]:
    """Post the reports in batches, in the order in which the cars have reported."""
    async with house(CARS) as home:
        blocks, pairs = [], []
        for _ in range(effort.runs):
            bodies = _batches(home)
            with no_garbage():
                with watch_loop() as block:
                    start = process_time()
                    for body in bodies:
                        await home.hand_over(body)
                    ours = process_time() - start
                start = process_time()
                for body in bodies:
                    orjson.loads(body)
                pairs.append((ours, process_time() - start))
            blocks.append(block.longest)
            await home.settle()
        return [Measured.least(blocks), Measured.ratio(pairs)]


def _batches(home: House) -> list[bytes]:
    by_car = [reports(home, car, REPORTS, three_values) for car in home.cars]
    messages = [message for at_one_time in zip(*by_car, strict=True) for message in at_one_time]
    return [encode(*messages[first : first + BATCH]) for first in range(0, len(messages), BATCH)]
