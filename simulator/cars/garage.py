"""What happens to a car: doors, cable, driving, collisions, belts, privacy."""

from collections.abc import Callable

from simulator.base import words

from . import driving
from .car import LAMPS, SEATS, Car, Report
from .records import Alert, BreakIn, Collision, Impact


class Garage:
    """What people do to cars, without the vendor. Each act wakes the car, and the car reports the change."""

    def __init__(self, report: Report, stay_awake: Callable[[Car], None]) -> None:
        self._report_blocks = report
        self._stay_awake = stay_awake

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
        """Close a door, the boot or a window."""
        car.open_doors.discard(_check(identifier, car.openings))
        self._report(car, "doorsState")

    def plug_in(self, car: Car) -> None:
        """Plug in the charging cable. The car starts charging, unless its charge is delayed."""
        _check_chargeable(car)
        car.plugged = True
        car.charging_status = "InProgress" if car.next_delayed == "PT0S" else "Stopped"
        self._report(car, "energies")

    def unplug(self, car: Car) -> None:
        """Unplug the charging cable."""
        driving.unplug(car)
        self._report(car, "energies")

    def start_charging(self, car: Car) -> None:
        """Start charging. Plug the cable in first if necessary."""
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
        """Begin a trip. It ends with `park`, or when battery and tank are empty."""
        if car.trip is None:
            driving.set_off(car)
        self._report(car)

    def park(self, car: Car) -> None:
        """End the trip."""
        driving.stop(car)
        self._report(car)

    def raise_alert(self, car: Car, kind: str = "FuelLevelLow", severity: str = "Warning") -> Alert:
        """Raise an alert: `kind` is one of `words.ALERTS`, `severity` one of `words.SEVERITIES`."""
        alert = Alert(type=_check(kind, words.ALERTS), severity=_check(severity, words.SEVERITIES))
        car.alerts.append(alert)
        self._report(car, "alerts")
        return alert

    def clear_alert(self, car: Car, alert: Alert) -> None:
        """End an alert."""
        alert.end()
        self._report(car, "alerts")

    def collide(
        self,
        car: Car,
        side: str = "Front",
        severity: str = "Major",
        *,
        tipped_over: bool | None = None,
        pedestrian: bool | None = None,
    ) -> Collision:
        """Have a collision. Its emergency call reacts, unless the severity is Minimal: then no system of the car does.

        `side` is one of `words.IMPACT_SIDES`, `severity` one of `words.IMPACT_SEVERITIES`.
        """
        impact = Impact(side=_check(side, words.IMPACT_SIDES), severity=_check(severity, words.IMPACT_SEVERITIES))
        collision = Collision(impacts=(impact,), tipped_over=tipped_over, pedestrian=pedestrian, at=car.now())
        car.collisions.append(collision)
        if severity != "Minimal":
            car.emergency_call = "Detected"
        self._report(car, "safety")
        return collision

    def end_emergency(self, car: Car) -> None:
        """Have the car in order again after a collision."""
        car.emergency_call = "NotDetected"
        self._report(car, "safety")

    def set_privacy(self, car: Car, state: str) -> None:
        """Set the privacy: None hides nothing. Geolocation and Full hide the position, Full also blocks all remotes."""
        car.privacy = _check(state, words.PRIVACY_STATES)
        self._report(car, "privacy")

    def fasten_belt(self, car: Car, seat: str) -> None:
        """Fasten the belt of a seat: Driver or Passenger."""
        car.unfastened.discard(_check(seat, SEATS))
        self._report(car, "safety")

    def unfasten_belt(self, car: Car, seat: str) -> None:
        """Unfasten the belt of a seat: Driver or Passenger."""
        car.unfastened.add(_check(seat, SEATS))
        self._report(car, "safety")

    def switch_lamp(self, car: Car, kind: str, place: str, *, on: bool) -> None:
        """Switch an indicator or a fog light; `kind` and `place` are one of `LAMPS`."""
        if (kind, place) not in LAMPS:
            raise ValueError(f"{kind} {place} is no lamp.")
        (car.lit.add if on else car.lit.discard)((kind, place))
        self._report(car, "lightingSystem")

    def set_daylight(self, car: Car, *, bright: bool) -> None:
        """Let it get bright or dark outside."""
        car.daylight = bright
        self._report(car, "environment")

    def break_in(self, car: Car, kind: str = "VolumetricBreakIn") -> None:
        """Trigger the alarm; `kind` is one of `words.BREAK_INS`. Unlocking the car stops it."""
        car.break_in = BreakIn(_check(kind, words.BREAK_INS), car.now())
        self._report(car, "alarm")

    def precondition(self, car: Car, *, on: bool) -> None:
        """Start or stop preconditioning."""
        car.preconditioning = "Enabled" if on else "Disabled"
        self._report(car, "preconditioning")

    def _report(self, car: Car, *blocks: str) -> None:
        car.asleep = False
        if blocks:  # else all of them
            blocks = (*blocks, "odometer")  # which real answers date with whatever else a car reports
        self._report_blocks(car, *blocks)
        self._stay_awake(car)


def _check(word: str, known: tuple[str, ...]) -> str:
    if word not in known:
        raise ValueError(f"{word} is none of {', '.join(known)}.")
    return word


def _check_chargeable(car: Car) -> None:
    if car.battery_level is None:
        raise ValueError(f"The {car.label} has no battery to charge.")
    if car.trip:
        raise ValueError(f"The {car.label} is on its way.")
