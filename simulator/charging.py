"""How a battery charges."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .cars import Car

# Above this percentage it takes only part of the power.
_SLOWER_ABOVE = 80.0
_SLOWER = 0.5

_HOUR = 3600.0
_FULL = 100.0


def speed(car: Car) -> float:
    """Say how fast a car charges, or would, in percent per second."""
    power = car.charging_power * (_SLOWER if _level(car) >= _SLOWER_ABOVE else 1.0)
    return power * _FULL / car.battery_capacity / _HOUR


def remaining(car: Car) -> float:
    """Say how long a car charges until it is full, in seconds."""
    fast = car.charging_power * _FULL / car.battery_capacity / _HOUR
    level = _level(car)
    return max(_SLOWER_ABOVE - level, 0.0) / fast + (_FULL - max(level, _SLOWER_ABOVE)) / (fast * _SLOWER)


def advance(car: Car, seconds: float) -> None:
    """Charge for so long. A battery that is full is `Finished`."""
    car.battery_level = min(_level(car) + speed(car) * seconds, _FULL)
    if car.battery_level == _FULL:
        car.charging_status = "Finished"


def _level(car: Car) -> float:
    return car.battery_level or 0.0
