"""How the battery of a car charges."""

from .car import Car

# Above this battery level in percent, the car charges at a fraction of its power.
_SLOWER_ABOVE = 80.0
_SLOWER = 0.5

_HOUR = 3600.0
_FULL = 100.0


def speed(car: Car) -> float:
    """Return the charging speed at the current battery level, in percent per second."""
    power = car.charging_power * (_SLOWER if _level(car) >= _SLOWER_ABOVE else 1.0)
    return power * _FULL / car.battery_capacity / _HOUR


def remaining(car: Car) -> float:
    """Return the seconds of charging until the battery is full."""
    fast = car.charging_power * _FULL / car.battery_capacity / _HOUR
    level = _level(car)
    return max(_SLOWER_ABOVE - level, 0.0) / fast + (_FULL - max(level, _SLOWER_ABOVE)) / (fast * _SLOWER)


def advance(car: Car, seconds: float) -> None:
    """Charge the battery for some seconds. Once it is full, the charging status is Finished."""
    car.battery_level = min(_level(car) + speed(car) * seconds, _FULL)
    if car.battery_level == _FULL:
        car.charging_status = "Finished"


def _level(car: Car) -> float:
    return car.battery_level or 0.0
