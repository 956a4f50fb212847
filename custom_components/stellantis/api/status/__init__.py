"""What is known of a car, block by block, and how a newer report is merged into an older one.

A missing key says nothing. Each value has a date of its own: an older one never replaces a newer one. `model` says
what there is, `parsing` and `pushed_values` how the vendor spells it, `storing` how it is kept on disk.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final, Self

from ..lenient import as_object, parse_date
from ..trips import TripRecord
from .model import (
    BREAK_INS,
    CHARGING_LEVELS,
    CHARGING_TYPES,
    DAYS,
    EARLIEST,
    SLOTS,
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
    Daylight,
    Doors,
    DrivingMode,
    EmergencyCall,
    Engine,
    Fuel,
    Ignition,
    Kinetic,
    Lighting,
    Maintenance,
    Motorization,
    Odometer,
    Position,
    Powertrain,
    Preconditioning,
    PreconditioningStatus,
    Privacy,
    PrivacyState,
    Program,
    Service,
    Switched,
    Transmission,
    Trip,
    Wipers,
)
from .parsing import Reading, StatusReader, last_trip, read_alerts, read_maintenance, read_trips
from .pushed_values import places, read_value
from .storing import field_types, restore, store

__all__ = [
    "ALL_BLOCKS",
    "BREAK_INS",
    "CHARGING_LEVELS",
    "CHARGING_TYPES",
    "DAYS",
    "EARLIEST",
    "SLOTS",
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
    "Daylight",
    "Doors",
    "DrivingMode",
    "EmergencyCall",
    "Engine",
    "Fuel",
    "Ignition",
    "Kinetic",
    "Lighting",
    "Maintenance",
    "Motorization",
    "Odometer",
    "Position",
    "Powertrain",
    "Preconditioning",
    "PreconditioningStatus",
    "Privacy",
    "PrivacyState",
    "Program",
    "Reading",
    "Service",
    "Status",
    "StatusReader",
    "Switched",
    "Transmission",
    "Trip",
    "Wipers",
    "parse_date",
]


_STORED: Final = "version"
_VERSION: Final = 2
"""How a status is stored. Before 2, energies had the date of the whole status, which their own dates never reach."""
_ENERGIES: Final = ("battery", "charging", "fuel")


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
    daylight: Daylight | None = None
    doors: Doors | None = None
    driving_mode: DrivingMode | None = None
    emergency_call: EmergencyCall | None = None
    engine: Engine | None = None
    fuel: Fuel | None = None
    ignition: Ignition | None = None
    immobilization: Switched | None = None
    kinetic: Kinetic | None = None
    lighting: Lighting | None = None
    lights: Switched | None = None
    maintenance: Maintenance | None = None
    odometer: Odometer | None = None
    position: Position | None = None
    powertrain: Powertrain | None = None
    preconditioning: Preconditioning | None = None
    privacy: Privacy | None = None
    service: Service | None = None
    stolen: Switched | None = None
    transmission: Transmission | None = None
    trip: Trip | None = None
    wipers: Wipers | None = None

    @classmethod
    def parse(cls, status: Mapping[str, Any], motorization: str | None = None, at: datetime | None = None) -> Self:
        """Read the answer of `GET /user/vehicles/{id}/status`; what is unreadable costs that value only.

        `motorization` is the vehicle's. A value without a date, in a status without a date, is from `at`, or from now.
        """
        blocks: Mapping[str, Any] = StatusReader(motorization).read(status, at or datetime.now(UTC)).blocks
        return cls(**blocks)

    @classmethod
    def parse_maintenance(cls, maintenance: Mapping[str, Any], at: datetime | None = None) -> Self:
        """Read the answer of `GET /user/vehicles/{id}/maintenance`, or an extension `vehicle.maintenance`."""
        return cls(maintenance=read_maintenance(maintenance, at or datetime.now(UTC)))

    @classmethod
    def parse_alerts(cls, alerts: object, at: datetime) -> Self:
        """Read the list of alerts of this time: from `GET .../alerts`, or an extension `vehicle.alerts`."""
        return cls(alerts=read_alerts(alerts, at))

    @classmethod
    def parse_trips(cls, trips: object) -> Self:
        """Read the trip that ended last of a list: from `GET .../trips`, or extensions `vehicle.trip`."""
        return cls(trip=read_trips(trips))

    @classmethod
    def of_trips(cls, trips: Iterable[TripRecord]) -> Self:
        """Return the trip that ended last of these."""
        return cls(trip=last_trip(trips))

    @classmethod
    def parse_value(cls, data: str, value: object, at: datetime, motorization: str | None = None) -> Self:
        """Read one value of a monitor's message: `data` is such as `vehicle.energy.charging.status`."""
        return cls(**read_value(data, value, motorization, at))

    @classmethod
    def restore(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `as_dict` made; what is unreadable costs that block only."""
        blocks = {}
        for name, kind in field_types(cls).items():
            try:
                blocks[name] = restore(kind, as_object(stored).get(name))
            except TypeError, ValueError:
                continue
        if as_object(stored).get(_STORED) != _VERSION:
            blocks |= {name: block.undated() for name in _ENERGIES if (block := blocks.get(name))}
        return cls(**blocks)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON that `restore` reads."""
        stored: dict[str, Any] = store(self)
        return stored and stored | {_STORED: _VERSION}

    @property
    def blocks(self) -> dict[str, Block]:
        """The blocks that have been reported, by their names."""
        return {name: block for name, block in zip(_NAMES, _blocks(self), strict=True) if block is not None}

    @property
    def warnings(self) -> tuple[object, ...]:
        """What somebody should know at once: alerts, a break-in, an emergency call, that the car is stolen."""
        return (
            self.alerts and self.alerts.active,
            self.alarm and self.alarm.broken_into,
            self.emergency_call and self.emergency_call.detected,
            self.stolen and self.stolen.on,
        )

    @property
    def newest(self) -> datetime | None:
        """Return when the car last reported anything: neither what a remote set nor what is dated by its reading."""
        dates = [block.reported_at for name, block in self.blocks.items() if name not in {"alerts", "maintenance"}]
        return max((date for date in dates if date > EARLIEST), default=None)

    def renewed(self, older: Self) -> frozenset[str]:
        """Return the names of the blocks that differ from `older`, be it by a date only."""
        blocks = zip(_NAMES, _blocks(self), _blocks(older), strict=True)
        return frozenset([name for name, ours, theirs in blocks if ours is not theirs])

    def changed(self, older: Self) -> frozenset[str]:
        """Return the names of the blocks whose values differ from `older`; the dates do not count."""
        before, after = ({name: block.values for name, block in each.blocks.items()} for each in (older, self))
        return frozenset(name for name in before | after if before.get(name) != after.get(name))

    def dates_of_changes(self, older: Self, data: Iterable[str]) -> list[datetime]:
        """Return when the car has changed what `older` shows otherwise, of data such as `vehicle.kinetic.moving`.

        What had not been reported before, or had been set by a remote, is no change of the car's. A car that was driven
        has moved, although it may stand whenever it is read.
        """
        ours, theirs = self.blocks, older.blocks
        shown = list(places(data))
        if ("kinetic", "moving") in shown and self.kinetic and self.kinetic.moving is not None:
            shown.append(("odometer", "mileage"))
        return [
            ours[block].date_of(name)
            for block, name in shown
            if block in ours and block in theirs and _is_change(theirs[block], ours[block], name)
        ]

    def merge(self, newer: Self) -> Self:
        """Return this status with each value of `newer` that is not older; itself if that changes nothing."""
        news: dict[str, Any] = {}
        for name, theirs in newer.blocks.items():
            ours = getattr(self, name)
            merged = ours.merge(theirs) if ours else theirs
            if merged is not ours and merged != ours:
                news[name] = merged
        return type(self)(**{**self.blocks, **news}) if news else self


_NAMES: Final = tuple(each.name for each in fields(Status))
_blocks: Final = attrgetter(*_NAMES)
ALL_BLOCKS: Final = frozenset(_NAMES)
"""The names of all blocks."""


def _is_change(older: Block, newer: Block, name: str) -> bool:
    reported = older.is_reported(name) and newer.is_reported(name) and not older.is_assumed(name)
    return reported and getattr(older, name) != getattr(newer, name)
