"""Read the values of a monitor's message (docs/vendor-api.md, "Monitors") as blocks of a status."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from ..lenient import as_object, as_objects
from .model import Motorization
from .parsing import LOCKED_STATES, StatusReader, read_alerts

type Json = Mapping[str, Any]


def read_value(data: str, value: object, motorization: str | None, at: datetime) -> dict[str, Any]:
    """Return the blocks that a value tells of; empty if it cannot be read or its data is unknown."""
    content = _content(value)
    if data == "vehicle.alert":
        alerts = read_alerts(content, at)
        return {"alerts": alerts} if alerts else {}
    if data not in _VALUES:
        return {}
    convert, report = _VALUES[data]
    # The car has an energy that is watched, unless its motorization says otherwise.
    return dict(StatusReader(motorization or Motorization.HYBRID).read(report(convert(content)), at).blocks)


def places(data: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Return where a status shows this data, as far as a monitor can watch its changes: blocks, and names in them."""
    for each in data:
        block, names = _PLACES.get(each, ("", ()))
        yield from ((block, name) for name in names)


def _content(value: object) -> object:
    """Return the value inside the message's `value`: `literalValue` is always a text, `objectValues` a list."""
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
    """Read the block, or a text that is its status."""
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
    # data: how its text is read, and the status that would report it, with the keys that `parsing` reads
    "environment.air.temp": (_number, _at("environment", "air", "temp")),
    "privacy.state": (_plain, _at("privacy", "state")),
    "vehicle.alarm.status.activation": (_plain, _at("alarm", "status", "activation")),
    "vehicle.alarm.trigger.type": (_plain, _at("alarm", "trigger", "type")),
    "vehicle.doorsState.lockedState": (_plain, _at("doorsState", LOCKED_STATES)),
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
    "vehicle.safety.autoECallTriggering": (_plain, _at("safety", "autoECallTriggering")),
    "vehicle.preconditioning.airConditioning": (
        _plain,
        lambda value: {"preconditioning": {"airConditioning": _air_conditioning(value)}},
    ),
}

_OPENINGS: Final = ("driver", "passenger", "rear_left", "rear_right", "trunk", "rear_window", "roof_window")

_PLACES: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    # data: the block of a status that shows it, and the names of its values there
    "privacy.state": ("privacy", ("state",)),
    "vehicle.alarm.trigger.type": ("alarm", ("trigger",)),
    "vehicle.doorsState.lockedState": ("doors", ("locked",)),
    "vehicle.doorsState.opening": ("doors", _OPENINGS),
    "vehicle.energy.charging.plugged": ("charging", ("plugged",)),
    "vehicle.energy.charging.status": ("charging", ("status",)),
    "vehicle.kinetic.moving": ("kinetic", ("moving",)),
    "vehicle.powertrain.status": ("powertrain", ("running",)),
    "vehicle.preconditioning.airConditioning": ("preconditioning", ("status",)),
    "vehicle.safety.autoECallTriggering": ("emergency_call", ("state",)),
}
