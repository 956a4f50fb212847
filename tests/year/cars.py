"""What people do with their cars on a day, and what their Home Assistant is asked for."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random
from typing import Final

from simulator import Car, Simulator
from simulator.cars import charging, driving

type Act = Callable[[], Awaitable[None]]

STEPS: Final = 15
"""Points of the route that are passed from one report of a moving car to the next: five minutes."""
HALF_AN_HOUR: Final = 1800.0

COMMANDS: Final[tuple[tuple[str, str, str], ...]] = (
    ("lock", "doors", "lock"),
    ("lock", "doors", "unlock"),
    ("button", "wake_up", "press"),
    ("button", "horn", "press"),
    ("climate", "preconditioning", "turn_on"),
    ("climate", "preconditioning", "turn_off"),
    ("switch", "charging", "turn_on"),
    ("switch", "charging", "turn_off"),
)
WITHOUT_BATTERY: Final = COMMANDS[:4]
# The hybrid has no horn.
WITHOUT_HORN: Final = tuple(each for each in COMMANDS if each[1] != "horn")


def commands(car: Car) -> tuple[tuple[str, str, str], ...]:
    """Return the commands that a car takes."""
    return {"Electric": COMMANDS, "Hybrid": WITHOUT_HORN}.get(car.motorization, WITHOUT_BATTERY)


class Cars:
    """Moves the cars: they do nothing by themselves, so that all that happens follows from the seed."""

    def __init__(self, vendor: Simulator, chance: Random) -> None:
        """Take the cars of the driver. Their clocks are off by minutes."""
        self._vendor = vendor
        self._chance = chance
        self.all = vendor.accounts["driver"].cars
        for car in self.all:
            driving.unplug(car)
            car.clock_ahead = timedelta(seconds=chance.uniform(-300, 300))
        vendor.life.follow = lambda car: None  # type: ignore[method-assign] # noqa: ARG005
        vendor.life.stay_awake = lambda car: None  # type: ignore[method-assign] # noqa: ARG005

    def drive_off(self, car: Car) -> None:
        """Begin a trip, with enough to get there."""
        if (car.battery_level or 0) + (car.fuel_level or 0) < 30:
            if car.fuel_level is None:
                car.battery_level = 80.0
            else:
                car.fuel_level = 90.0
        car.preconditioning = "Disabled"  # a car that drives heats by itself
        self._vendor.garage.drive_off(car)

    def drive_on(self, car: Car) -> None:
        """Drive for five minutes."""
        for _ in range(STEPS):
            if car.trip and not driving.is_empty(car):
                driving.advance(car, car.trip)
        self._vendor.report(car, *driving.REPORTED)

    def park(self, car: Car) -> None:
        """End the trip, and lock the car."""
        self._vendor.garage.park(car)
        self._vendor.garage.lock(car)

    def rest(self, car: Car) -> None:
        """Let what is on go off by itself."""
        if car.preconditioning == "Enabled":
            self._vendor.garage.precondition(car, on=False)

    def charge(self, car: Car) -> None:
        """Charge for half an hour, if the battery is not full yet."""
        if car.charging_status == "InProgress":
            charging.advance(car, HALF_AN_HOUR)
            self._vendor.report(car, "energies")

    def use_a_door(self, car: Car) -> None:
        """Open a door, or close it."""
        door = self._chance.choice(("Driver", "Passenger", "Trunk"))
        if door in car.open_doors:
            self._vendor.garage.close(car, door)
        else:
            self._vendor.garage.open(car, door)

    def raise_or_clear_alert(self, car: Car) -> None:
        """Raise an alert, or end the one that there is."""
        if car.active_alerts:
            self._vendor.garage.clear_alert(car, car.active_alerts[0])
        else:
            self._vendor.garage.raise_alert(car)
