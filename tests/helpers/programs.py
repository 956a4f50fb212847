"""Preconditioning programs, as the car reports and takes them."""

from typing import Any, Final

from custom_components.stellantis.api.status import DAYS
from simulator import Car

from .harness import Harness

type Json = dict[str, Any]

WORKDAYS: Final = DAYS[:5]


def program(
    slot: int, start: str, days: tuple[str, ...] = DAYS, *, enabled: bool = True, recurrence: str = "Daily"
) -> Json:
    """Make a program as the car reports it."""
    return {
        "slot": slot,
        "start": start,
        "occurence": {"day": list(days)},
        "enabled": enabled,
        "recurrence": recurrence,
    }


FIRST: Final = program(1, "PT7H40M", WORKDAYS, enabled=False)
"""The one that every car has when it comes from the factory."""
SECOND: Final = program(2, "PT6H30M")
THIRD: Final = program(3, "PT18H5M", ("Sun",), recurrence="None")


def set_(reported: Json) -> Json:
    return {**reported, "actionsType": "Set"}


def delete_(reported: Json) -> Json:
    return {**reported, "actionsType": "Delete"}


def sent(harness: Harness) -> list[Json]:
    """Return what the car has been asked to do, each time."""
    return [request.body["preconditioning"]["airConditioning"] for request in harness.requests("POST", "/remotes")]


def give(car: Car, *programs: Json) -> None:
    car.programs = {each["slot"]: each for each in programs}
