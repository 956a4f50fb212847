"""What is known of a car, block by block, and how a newer report is merged into an older one.

A missing key says nothing. Each value has a date of its own: an older one never replaces a newer one. `blocks` says
what there is, `reading` and `values` how the vendor spells it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from types import NoneType
from typing import Any, Final, Self, get_args, get_origin, get_type_hints

from ..lenient import as_bool, as_number, as_object, as_text, parse_date
from .blocks import (
    DAYS,
    Air,
    Alarm,
    Alert,
    Alerts,
    AuxiliaryBattery,
    Battery,
    Belts,
    Block,
    Charging,
    ChargingProgram,
    ChargingStatus,
    Doors,
    DrivingMode,
    Fuel,
    Kinetic,
    Maintenance,
    Odometer,
    Position,
    Powertrain,
    Preconditioning,
    PreconditioningStatus,
    Privacy,
    Program,
    Switched,
    Trip,
)
from .reading import read_alerts, read_date, read_maintenance, read_status, read_trips
from .values import read_value

__all__ = [
    "DAYS",
    "Air",
    "Alarm",
    "Alert",
    "Alerts",
    "AuxiliaryBattery",
    "Battery",
    "Belts",
    "Block",
    "Charging",
    "ChargingProgram",
    "ChargingStatus",
    "Doors",
    "DrivingMode",
    "Fuel",
    "Kinetic",
    "Maintenance",
    "Odometer",
    "Position",
    "Powertrain",
    "Preconditioning",
    "PreconditioningStatus",
    "Privacy",
    "Program",
    "Status",
    "Switched",
    "Trip",
    "parse_date",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What is known of a car; a block that it has never reported is None."""

    air: Air | None = None
    alarm: Alarm | None = None
    alerts: Alerts | None = None
    auxiliary_battery: AuxiliaryBattery | None = None
    battery: Battery | None = None
    belts: Belts | None = None
    charging: Charging | None = None
    doors: Doors | None = None
    driving_mode: DrivingMode | None = None
    fuel: Fuel | None = None
    immobilization: Switched | None = None
    kinetic: Kinetic | None = None
    lights: Switched | None = None
    maintenance: Maintenance | None = None
    odometer: Odometer | None = None
    position: Position | None = None
    powertrain: Powertrain | None = None
    preconditioning: Preconditioning | None = None
    privacy: Privacy | None = None
    stolen: Switched | None = None
    trip: Trip | None = None

    @classmethod
    def parse(cls, status: Mapping[str, Any], motorization: str | None = None, at: datetime | None = None) -> Self:
        """Read the answer of `GET /user/vehicles/{id}/status`; what is unreadable costs that value only.

        `motorization` is the vehicle's: electric cars list a fuel energy that is not there. What has no date, in a
        status without one, is from `at`, or from now.
        """
        return cls(**read_status(status, motorization, read_date(status) or at or datetime.now(UTC)))

    @classmethod
    def parse_maintenance(cls, maintenance: Mapping[str, Any], at: datetime | None = None) -> Self:
        """Read the answer of `GET /user/vehicles/{id}/maintenance`, or an extension `vehicle.maintenance`."""
        return cls(maintenance=read_maintenance(maintenance, at or datetime.now(UTC)))

    @classmethod
    def parse_alerts(cls, alerts: object, at: datetime) -> Self:
        """Read a list of alerts, as it was at this time: of `GET .../alerts`, or an extension `vehicle.alerts`."""
        return cls(alerts=read_alerts(alerts, at))

    @classmethod
    def parse_trips(cls, trips: object) -> Self:
        """Read a list of trips, of `GET .../trips` or extensions `vehicle.trip`: the one that ended last counts."""
        return cls(trip=read_trips(trips))

    @classmethod
    def parse_value(cls, data: str, value: object, at: datetime, motorization: str | None = None) -> Self:
        """Read one value of a monitor's message: `data` is such as `vehicle.energy.charging.status`."""
        return cls(**read_value(data, value, motorization, at))

    @classmethod
    def restore(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `as_dict` made; what is unreadable costs that block only."""
        blocks = {}
        for name, kind in _kinds(cls).items():
            try:
                blocks[name] = _restore(kind, as_object(stored).get(name))
            except TypeError, ValueError:
                continue
        return cls(**blocks)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON that `restore` reads."""
        stored: dict[str, Any] = _store(self)
        return stored

    @property
    def blocks(self) -> dict[str, Block]:
        """The blocks that have been reported, by their names."""
        return {each.name: block for each in fields(self) if (block := getattr(self, each.name)) is not None}

    @property
    def newest(self) -> datetime | None:
        """Return the date of the newest block that the car itself has reported: alerts are dated when they are read."""
        return max((block.at for name, block in self.blocks.items() if name != "alerts"), default=None)

    def changed(self, older: Self) -> frozenset[str]:
        """Return the names of the blocks whose values, not only the dates, are not what they were in `older`."""
        before, after = ({name: block.values for name, block in each.blocks.items()} for each in (older, self))
        return frozenset(name for name in before | after if before.get(name) != after.get(name))

    def merge(self, newer: Self) -> Self:
        """Return this status with what `newer` knows and is not older, value by value."""
        ours = self.blocks
        blocks: dict[str, Any] = {
            name: ours[name].merge(theirs) if name in ours else theirs for name, theirs in newer.blocks.items()
        }
        return replace(self, **blocks)


# Storing and restoring follow the types of the fields.


def _store(value: object) -> Any:
    match value:
        case datetime():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case tuple():
            return [_store(item) for item in value]
        case Mapping():
            return {key: _store(item) for key, item in value.items()}
    if not is_dataclass(value):
        return value
    items = {each.name: getattr(value, each.name) for each in fields(value)}
    return {name: _store(item) for name, item in items.items() if item is not None and item != {}}


def _restore(kind: Any, stored: object) -> Any:
    """Read a value of a kind. Raises ValueError, or TypeError, if it is not of that kind."""
    arguments = get_args(kind)
    if NoneType in arguments:
        return None if stored is None else _restore(arguments[0], stored)
    if isinstance(kind, type) and is_dataclass(kind) and isinstance(stored, dict):
        present = {name: each for name, each in _kinds(kind).items() if name in stored}
        return kind(**{name: _restore(each, stored[name]) for name, each in present.items()})
    if get_origin(kind) is tuple and isinstance(stored, list):
        return tuple(_restore(arguments[0], item) for item in stored)
    if get_origin(kind) is Mapping and isinstance(stored, dict):
        return {str(key): _restore(arguments[1], item) for key, item in stored.items()}
    value = _SCALARS[kind](stored) if kind in _SCALARS else None
    if value is None:
        raise ValueError(kind)
    return value


def _kinds(holder: Any) -> Mapping[str, Any]:
    hints = get_type_hints(holder)
    return {each.name: hints[each.name] for each in fields(holder)}


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _duration(value: object) -> timedelta | None:
    seconds = as_number(value, 0, timedelta.max.total_seconds() / 2)
    return None if seconds is None else timedelta(seconds=seconds)


_SCALARS: Final[Mapping[type[Any], Callable[[object], object]]] = {
    bool: as_bool,
    datetime: parse_date,
    float: as_number,
    int: _whole,
    str: as_text,
    timedelta: _duration,
}
