"""What an act would change, tried on a copy of the car: whether a message follows, and whether the car reports it."""

from collections.abc import Collection
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from simulator.cars.car import Car
from simulator.cars.garage import Garage
from simulator.push.monitors import Monitor

from .acts import Act


class Effect(StrEnum):
    """What somebody who follows the car would see of an act."""

    TOLD = "told"
    """The vendor sends a message."""
    READ = "read"
    """No message, but the next request for the car's data has it."""
    UNREPORTED = "unreported"
    """The car reports nothing of it."""
    NOTHING = "nothing"
    """The car is so already."""
    REFUSED = "refused"


@dataclass(frozen=True)
class Foreseen:
    """The effect of an act; `why` is the sentence of one that is refused."""

    effect: Effect
    why: str = ""


def foresee(car: Car, act: Act, value: str, monitors: Collection[Monitor]) -> Foreseen:
    """Try an act on a copy of a car that these monitors watch."""
    # The month of trips is shared: no act changes a trip that has ended.
    tried = deepcopy(car, {id(car.trips): car.trips[-1:], id(car.capabilities): car.capabilities})
    tried.asleep = False
    reported, state = _reported(tried), repr(tried)
    watched = [monitor.read(tried) for monitor in monitors]
    try:
        act(_GARAGE, tried, value)
    except ValueError as error:
        return Foreseen(Effect.REFUSED, f"{error}")
    if repr(tried) == state:
        return Foreseen(Effect.NOTHING)
    if _reported(tried) == reported:
        return Foreseen(Effect.UNREPORTED)
    told = any(
        monitor.would_send(monitor.read(tried), before) for monitor, before in zip(monitors, watched, strict=True)
    )
    return Foreseen(Effect.TOLD if told else Effect.READ)


def _reported(car: Car) -> tuple[Any, ...]:
    """Return what the API answers about a car."""
    return car.status(), [alert.id for alert in car.active_alerts], len(car.collisions), len(car.trips)


def _ignore(_car: Car, *_blocks: str) -> None:
    """Do nothing: a copy reports to nobody."""


_GARAGE = Garage(_ignore, _ignore)
