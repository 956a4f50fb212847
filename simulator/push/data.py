"""The data of a car that a monitor can watch: the table of the OpenAPI file."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from simulator.base import words
from simulator.cars.car import Car
from simulator.cars.records import Alert
from simulator.cars.reports import OIL_TEMPERATURE, locked_states, reported_level

type Value = str | float | bool | frozenset[Alert] | None
"""A value that a car reports; None if the car does not report it."""


class Operator(StrEnum):
    """How a trigger compares a value."""

    EQUALS = "equalsTo"
    GREATER = "greaterThan"
    LOWER = "lowerThan"
    INCLUDED = "includedIn"
    CHANGE = "onChange"


_NUMERIC = frozenset({Operator.EQUALS, Operator.GREATER, Operator.LOWER})
_CHANGE = frozenset({Operator.CHANGE})
_FLAG = frozenset({Operator.CHANGE, Operator.EQUALS})
_WORD = frozenset({Operator.CHANGE, Operator.EQUALS, Operator.INCLUDED})

_BOOLEAN = ("true", "false")


@dataclass(frozen=True, kw_only=True)
class Datum:
    """A row of the table. `words` are the values a trigger may name; `previous` allows a condition on the old value."""

    read: Callable[[Car], Value]
    operators: frozenset[Operator]
    scope: str = "data:telemetry"
    words: tuple[str, ...] = ()
    previous: bool = False

    @property
    def numeric(self) -> bool:
        """Whether the values are numbers."""
        return self.operators == _NUMERIC


def _number(read: Callable[[Car], Value], scope: str = "data:telemetry") -> Datum:
    return Datum(read=read, operators=_NUMERIC, scope=scope)


def _autonomy(car: Car) -> int:
    return (car.electric_autonomy or 0) + (car.fuel_autonomy or 0)


def _charging_status(car: Car) -> str | None:
    return None if car.battery_level is None else car.charging_status


def _trip(attribute: str) -> Callable[[Car], Value]:
    return lambda car: getattr(car.last_trip, attribute, None)


DATA = {
    "vehicle.alert": Datum(
        read=lambda car: frozenset(car.active_alerts),
        operators=_WORD,
        scope="data:alert",
        words=words.ALERTS,
        previous=True,
    ),
    "vehicle.odometer": _number(lambda car: car.mileage),
    "vehicle.powertrain.status": Datum(
        read=lambda car: "Running" if car.running else "Stopped",
        operators=_WORD,
        words=words.POWERTRAIN_STATUSES,
    ),
    "vehicle.engines.thermic.oil.temp": _number(lambda car: None if car.fuel_level is None else OIL_TEMPERATURE),
    "vehicle.energy.electric.level": _number(reported_level),
    "vehicle.energy.electric.autonomy": _number(lambda car: car.electric_autonomy),
    "vehicle.energy.fuel.level": _number(lambda car: car.fuel_level),
    "vehicle.energy.fuel.autonomy": _number(lambda car: car.fuel_autonomy),
    "vehicle.autonomy": _number(_autonomy),
    "vehicle.energy.charging.status": Datum(
        read=_charging_status, operators=_WORD, words=words.CHARGING_STATUSES, previous=True
    ),
    "vehicle.energy.charging.plugged": Datum(
        read=lambda car: None if car.battery_level is None else car.plugged,
        operators=_FLAG,
        words=_BOOLEAN,
        previous=True,
    ),
    "vehicle.energy.charging.type": Datum(
        read=lambda car: None if car.battery_level is None else car.charging_type,
        operators=_FLAG,
        words=words.CHARGING_TYPES,
    ),
    "vehicle.doorsState.lockedState": Datum(read=lambda car: ",".join(locked_states(car)), operators=_CHANGE),
    "vehicle.doorsState.opening": Datum(read=lambda car: ",".join(sorted(car.open_doors)), operators=_CHANGE),
    "vehicle.kinetic.moving": Datum(read=lambda car: car.moving, operators=_FLAG, words=_BOOLEAN, previous=True),
    "vehicle.kinetic.speed": _number(lambda car: car.speed),
    "vehicle.trip.start": Datum(read=_trip("id"), operators=_CHANGE, scope="data:trip"),
    "vehicle.trip.stop": Datum(
        read=lambda car: car.trips[-1].id if car.trips else None, operators=_CHANGE, scope="data:trip"
    ),
    "vehicle.trip.duration": _number(_trip("duration"), "data:trip"),
    "vehicle.trip.distance": _number(_trip("distance"), "data:trip"),
    "vehicle.trip.state": Datum(
        read=lambda car: "Nominal" if car.last_trip else None,
        operators=frozenset({Operator.INCLUDED}),
        scope="data:trip",
        words=words.TRIP_STATES,
    ),
    "vehicle.safety.beltWarning": Datum(
        read=lambda car: "Omission" if car.unfastened else "Normal",
        operators=_FLAG,
        words=words.BELT_STATUSES,
        previous=True,
    ),
    "environment.air.temp": _number(lambda car: car.air_temperature),
    "privacy.state": Datum(read=lambda car: car.privacy, operators=_WORD, words=words.PRIVACY_STATES, previous=True),
    "vehicle.drivingBehavior.mode": Datum(
        read=lambda car: car.drive_mode, operators=_WORD, words=words.DRIVING_MODES, previous=True
    ),
    "vehicle.safety.autoECallTriggering": Datum(
        read=lambda car: car.emergency_call, operators=_WORD, words=words.ECALL_STATES, previous=True
    ),
    "vehicle.preconditioning.airConditioning": Datum(read=lambda car: car.preconditioning, operators=_CHANGE),
    "vehicle.alarm.trigger.type": Datum(
        read=lambda car: car.break_in.type if car.break_in else "NoBreakIn",
        operators=_WORD,
        words=words.BREAK_INS,
    ),
    "vehicle.alarm.status.activation": Datum(
        read=lambda car: "Active" if car.locked else "Inactive", operators=_FLAG, words=words.ALARM_ACTIVATIONS
    ),
}
