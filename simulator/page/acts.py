"""What can be done to a car on the garage page."""

from collections.abc import Callable, Iterator

from simulator.base import words
from simulator.cars.car import SEATS, Car
from simulator.cars.garage import Garage

type Act = Callable[[Garage, Car, str], object]


def _clear_alerts(garage: Garage, car: Car, alert_id: str) -> None:
    """End one alert of the car, all of them if the id is empty."""
    for alert in car.active_alerts:
        if alert_id in {"", alert.id}:
            garage.clear_alert(car, alert)


ACTS: dict[str, Act] = {
    "lock": lambda garage, car, _value: garage.lock(car),
    "unlock": lambda garage, car, _value: garage.unlock(car),
    "open": lambda garage, car, value: garage.open(car, value),
    "close": lambda garage, car, value: garage.close(car, value),
    "plug-in": lambda garage, car, _value: garage.plug_in(car),
    "unplug": lambda garage, car, _value: garage.unplug(car),
    "start-charging": lambda garage, car, _value: garage.start_charging(car),
    "stop-charging": lambda garage, car, _value: garage.stop_charging(car),
    "drive-off": lambda garage, car, _value: garage.drive_off(car),
    "park": lambda garage, car, _value: garage.park(car),
    "raise-alert": lambda garage, car, value: garage.raise_alert(car, value or "FuelLevelLow"),
    "clear-alert": _clear_alerts,
    "collide": lambda garage, car, value: garage.collide(car, value or "Front"),
    "end-emergency": lambda garage, car, _value: garage.end_emergency(car),
    "privacy": lambda garage, car, value: garage.set_privacy(car, value),
    "fasten-belt": lambda garage, car, value: garage.fasten_belt(car, value),
    "unfasten-belt": lambda garage, car, value: garage.unfasten_belt(car, value),
    "break-in": lambda garage, car, value: garage.break_in(car, value or "VolumetricBreakIn"),
    "precondition": lambda garage, car, value: garage.precondition(car, on=value == "on"),
}
"""By the last part of the path. The query parameter `value` names the door, seat, alert or state."""


def controls(car: Car) -> Iterator[tuple[str, str]]:
    """Yield each act and value that the page offers for a car. Alerts and sides of a collision count as one."""
    yield from ((act, "") for act in ("lock", "unlock", "drive-off", "park"))
    yield from ((act, opening) for act in ("open", "close") for opening in car.openings)
    yield from ((act, seat) for act in ("unfasten-belt", "fasten-belt") for seat in SEATS)
    if car.battery_level is not None:
        yield from ((act, "") for act in ("plug-in", "unplug", "start-charging", "stop-charging"))
    yield from (("precondition", value) for value in ("on", "off"))
    yield from (("privacy", state) for state in words.PRIVACY_STATES)
    yield from ((act, "") for act in ("raise-alert", "clear-alert", "collide", "end-emergency"))
    yield from (("break-in", kind) for kind in words.BREAK_INS[1:])
