"""What a person does to a car."""

from typing import TYPE_CHECKING

from . import driving, words
from .cars import SEATS
from .records import Alert, BreakIn

if TYPE_CHECKING:
    from .cars import Car
    from .world import World


class Garage:
    """Everything that happens to cars without the vendor. Whoever touches a car wakes it, and it reports."""

    def __init__(self, world: World) -> None:
        self._world = world

    def lock(self, car: Car) -> None:
        """Lock the doors with the key."""
        car.lock()
        self._report(car, "doorsState", "alarm")

    def unlock(self, car: Car) -> None:
        """Unlock the doors with the key."""
        car.unlock()
        self._report(car, "doorsState", "alarm")

    def open(self, car: Car, identifier: str) -> None:
        """Open a door, the boot or a window; `identifier` is one of `car.openings`."""
        car.open_doors.add(_check(identifier, car.openings))
        self._report(car, "doorsState")

    def close(self, car: Car, identifier: str) -> None:
        """Close it."""
        car.open_doors.discard(_check(identifier, car.openings))
        self._report(car, "doorsState")

    def plug_in(self, car: Car) -> None:
        """Plug the cable in. The car charges, unless its charge is delayed."""
        _check_chargeable(car)
        car.plugged = True
        car.charging_status = "InProgress" if car.next_delayed == "PT0S" else "Stopped"
        self._report(car, "energies")

    def unplug(self, car: Car) -> None:
        """Pull the cable."""
        driving.unplug(car)
        self._report(car, "energies")

    def start_charging(self, car: Car) -> None:
        """Charge now; a cable that is not there is plugged in."""
        _check_chargeable(car)
        car.plugged = True
        car.charging_status = "InProgress"
        self._report(car, "energies")

    def stop_charging(self, car: Car) -> None:
        """Stop charging."""
        if car.charging_status == "InProgress":
            car.charging_status = "Stopped"
        self._report(car, "energies")

    def drive_off(self, car: Car) -> None:
        """Begin a trip. It goes on until `park`, or until nothing is left to drive with."""
        if car.trip is None:
            driving.set_off(car)
        self._report(car)

    def park(self, car: Car) -> None:
        """End the trip."""
        driving.stop(car)
        self._report(car)

    def raise_alert(self, car: Car, kind: str = "FuelLevelLow", severity: str = "Warning") -> Alert:
        """Show an alert: `kind` is a word of `words.ALERTS`, `severity` one of `words.SEVERITIES`."""
        alert = Alert(type=_check(kind, words.ALERTS), severity=_check(severity, words.SEVERITIES))
        car.alerts.append(alert)
        self._report(car, "alerts")
        return alert

    def clear_alert(self, car: Car, alert: Alert) -> None:
        """Let an alert go out."""
        alert.end()
        self._report(car, "alerts")

    def set_privacy(self, car: Car, state: str) -> None:
        """Choose what the car tells: everything (None), no position (Geolocation) or as little as it can (Full)."""
        car.privacy = _check(state, words.PRIVACY_STATES)
        self._report(car, "privacy")

    def fasten_belt(self, car: Car, seat: str) -> None:
        """Fasten the belt of the Driver or the Passenger."""
        car.unfastened.discard(_check(seat, SEATS))
        self._report(car, "safety")

    def unfasten_belt(self, car: Car, seat: str) -> None:
        """Unfasten it."""
        car.unfastened.add(_check(seat, SEATS))
        self._report(car, "safety")

    def break_in(self, car: Car, kind: str = "VolumetricBreakIn") -> None:
        """Set the alarm off; `kind` is a word of `words.BREAK_INS`. Unlocking the car ends it."""
        car.break_in = BreakIn(_check(kind, words.BREAK_INS))
        self._report(car, "alarm")

    def precondition(self, car: Car, *, on: bool) -> None:
        """Heat or cool the car."""
        car.preconditioning = "Enabled" if on else "Disabled"
        self._report(car, "preconditioning")

    def _report(self, car: Car, *blocks: str) -> None:
        car.asleep = False
        self._world.report(car, *blocks)
        self._world.life.stay_awake(car)


def _check(word: str, known: tuple[str, ...]) -> str:
    if word not in known:
        raise ValueError(f"{word} is none of {', '.join(known)}.")
    return word


def _check_chargeable(car: Car) -> None:
    if car.battery_level is None:
        raise ValueError(f"The {car.label} has no battery to charge.")
    if car.trip:
        raise ValueError(f"The {car.label} is on its way.")
