"""The requests of a set-up: for the first time, and after a restart."""

from typing import Final

from .house import House, house
from .measuring import Effort, Goal, Measured

GOALS: Final = (
    Goal(figure="requests of the first set-up of 1, 10 and 100 cars, over 3 + 6 for each car", most=1),
    Goal(figure="the same after a restart, over 2 + 2 for each car", most=1),
)
CARS: Final = (1, 10, 100)
PAGE: Final = 60
"""How many cars the vendor lists in one answer; for more, the list takes another request."""


async def measure(_effort: Effort) -> list[Measured]:
    """Count the requests until Home Assistant has nothing more to do."""
    first, again = {}, {}
    for cars in CARS:
        async with house(cars) as home:
            first[cars] = len(home.vendor.requests)
            again[cars] = await _count_again(home)
    return [_compare(first, 3, 6), _compare(again, 2, 2)]


async def _count_again(home: House) -> int:
    await home.stop()
    before = len(home.vendor.requests)
    await home.start()
    return len(home.vendor.requests) - before


def _compare(requests: dict[int, int], account: int, car: int) -> Measured:
    """Take the worst of them."""
    allowed = {cars: account + (cars - 1) // PAGE + car * cars for cars in requests}
    made_of = ", ".join(f"{count} of {allowed[cars]} for {cars}" for cars, count in requests.items())
    return Measured(max(count / allowed[cars] for cars, count in requests.items()), made_of)
