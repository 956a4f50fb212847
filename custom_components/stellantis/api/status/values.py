"""Read the values of a monitor's message (webhook template, `MonitorEvent`): each as the status that would say it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from ..lenient import as_object, as_objects
from .reading import HYBRID, read_alerts, read_status

type Json = Mapping[str, Any]


def read_value(data: str, value: object, motorization: str | None, at: datetime) -> dict[str, Any]:
    """Read what a value tells: nothing if it is unreadable, or of data that is not known here."""
    content = _content(value)
    if data == "vehicle.alert":
        alerts = read_alerts(content, at)
        return {"alerts": alerts} if alerts else {}
    if data not in _VALUES:
        return {}
    convert, report = _VALUES[data]
    # An energy that is watched is no ghost, unless the car is known to be without it.
    return read_status(report(convert(content)), motorization or HYBRID, at)


def _content(value: object) -> object:
    """Take a value out of its wrapping: `literalValue` is a text whatever the data, `objectValues` a list."""
    wrapping = as_object(as_object(value).get("body", value))
    for key in ("literalValue", "objectValues"):
        if wrapping.get(key) is not None:
            return wrapping[key]
    return value


def _number(literal: object) -> object:
    try:
        return float(literal) if isinstance(literal, str) else literal
    except ValueError:
        return None


def _boolean(literal: object) -> object:
    return {"true": True, "false": False}.get(literal.strip().lower()) if isinstance(literal, str) else literal


def _plain(literal: object) -> object:
    return literal


def _air_conditioning(content: object) -> object:
    """Read the block itself, or the word for its status alone."""
    block = next(iter(as_objects(content)), None)
    return {"status": content} if block is None else block.get("airConditioning", block)


def _at(*path: str) -> Callable[[object], Json]:
    def report(value: object) -> Json:
        for key in reversed(path):
            value = {key: value}
        return as_object(value)

    return report


def _energy(kind: str, *path: str) -> Callable[[object], Json]:
    return lambda value: {"energies": [{"type": kind, **_at(*path)(value)}]}


_VALUES: Final[Mapping[str, tuple[Callable[[object], object], Callable[[object], Json]]]] = {
    # data: how its literal is read, and what a status would say
    "environment.air.temp": (_number, _at("environment", "air", "temp")),
    "privacy.state": (_plain, _at("privacy", "state")),
    "vehicle.alarm.status.activation": (_plain, _at("alarm", "status", "activation")),
    "vehicle.alarm.trigger.type": (_plain, _at("alarm", "trigger", "type")),
    "vehicle.doorsState.lockedState": (_plain, _at("doorsState", "lockedStates")),
    "vehicle.doorsState.opening": (_plain, _at("doorsState", "opening")),
    "vehicle.drivingBehavior.mode": (_plain, _at("drivingBehavior", "mode")),
    "vehicle.energy.charging.plugged": (_boolean, _energy("Electric", "charging", "plugged")),
    "vehicle.energy.charging.status": (_plain, _energy("Electric", "charging", "status")),
    "vehicle.energy.electric.autonomy": (_number, _energy("Electric", "autonomy")),
    "vehicle.energy.electric.level": (_number, _energy("Electric", "level")),
    "vehicle.energy.fuel.autonomy": (_number, _energy("Fuel", "autonomy")),
    "vehicle.energy.fuel.level": (_number, _energy("Fuel", "level")),
    "vehicle.kinetic.moving": (_boolean, _at("kinetic", "moving")),
    "vehicle.kinetic.speed": (_number, _at("kinetic", "speed")),
    "vehicle.odometer": (_number, _at("odometer", "mileage")),
    "vehicle.powertrain.status": (_plain, _at("powertrain", "status")),
    "vehicle.preconditioning.airConditioning": (
        _plain,
        lambda value: {"preconditioning": {"airConditioning": _air_conditioning(value)}},
    ),
}
