"""What entities must show of a simulated car once all that it has reported is known."""

from collections.abc import Callable
from typing import Final

from homeassistant.const import STATE_UNKNOWN

from simulator import Car

from .harness import Harness


def _on(value: bool) -> str:
    return "on" if value else "off"


def _is_open(opening: str) -> Callable[[Car], str]:
    return lambda car: _on(opening in car.open_doors)


def _number(value: float | None) -> str:
    return STATE_UNKNOWN if value is None else str(float(round(value, 1)))


_DOORS: Final = {
    "door_driver": "Driver",
    "door_passenger": "Passenger",
    "door_rear_left": "RearLeft",
    "door_rear_right": "RearRight",
    "trunk": "Trunk",
}
_CHARGING: Final = {"Disconnected": "disconnected", "InProgress": "in_progress", "Stopped": "stopped"}

_EVERY_CAR: Final[dict[tuple[str, str], Callable[[Car], str]]] = {
    ("lock", "doors"): lambda car: "locked" if car.locked and not car.open_doors else "unlocked",
    **{("binary_sensor", key): _is_open(opening) for key, opening in _DOORS.items()},
    ("binary_sensor", "moving"): lambda car: _on(car.moving),
    ("binary_sensor", "alert"): lambda car: _on(bool(car.active_alerts)),
    ("sensor", "privacy"): lambda car: car.privacy.lower(),
    ("sensor", "odometer"): lambda car: _number(car.mileage),
}
_WITH_A_BATTERY: Final[dict[tuple[str, str], Callable[[Car], str]]] = {
    ("binary_sensor", "plugged"): lambda car: _on(car.plugged),
    ("switch", "charging"): lambda car: _on(car.charging_status == "InProgress"),
    ("sensor", "charging_status"): lambda car: _CHARGING[car.charging_status],
    ("sensor", "battery_level"): lambda car: _number(car.battery_level),
    ("climate", "preconditioning"): lambda car: "heat_cool" if car.preconditioning == "Enabled" else "off",
    ("binary_sensor", "preconditioning"): lambda car: _on(car.preconditioning == "Enabled"),
}


def differences(harness: Harness, *cars: Car) -> dict[str, tuple[str, str]]:
    """Return what entities show that is not so, by entity id, with what is so."""
    found: dict[str, tuple[str, str]] = {}
    for car in cars:
        for (platform, key), read in (_EVERY_CAR | ({} if car.battery_level is None else _WITH_A_BATTERY)).items():
            state, right = harness.state(car, platform, key), read(car)
            if state.state != right:
                found[state.entity_id] = (state.state, right)
    return found
