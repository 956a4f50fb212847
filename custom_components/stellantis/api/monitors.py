"""The monitors that make the vendor push: a few for each car (docs/vendor-api.md, "Monitors").

Each message carries the whole status, so that no request has to follow it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
import hashlib
import json
import re
from typing import Any, Final

from .scopes import Scope
from .status import ChargingStatus, Motorization

LABEL: Final = "Home Assistant"
"""The label of each of our monitors begins with these words; its key and the fingerprint of its definition follow."""

MAX_TRIGGERS: Final = 5

EMERGENCY_CALL: Final = "vehicle.safety.autoECallTriggering"
"""The data that tells of a collision."""

_NAME: Final = re.compile(r"[a-zA-Z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMonitor:
    """A monitor as it is registered with the vendor."""

    id: str
    label: str | None
    status: str | None

    @property
    def key(self) -> str | None:
        """Which of our monitors it is; None for one that is not ours."""
        words = (self.label or "").removeprefix(f"{LABEL} ").split(" ")
        return words[0] or None if (self.label or "").startswith(f"{LABEL} ") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """One reason to push: data changes, equals a value (`equals`) or exceeds it (`above`).

    `scope` is the scope that the data needs.
    """

    name: str
    data: str
    equals: str | None = None
    above: str | None = None
    scope: Scope = Scope.TELEMETRY

    @property
    def on_change(self) -> bool:
        """Whether each change of the data is a reason."""
        return self.equals is None and self.above is None

    @property
    def body(self) -> dict[str, Any]:
        """The trigger as the OpenAPI file spells it."""
        conditions = {"equalsTo": self.equals, "greaterThan": self.above}
        condition = next(({"op": op, "value": [value]} for op, value in conditions.items() if value is not None), None)
        return {"name": self.name, "data": {"data": self.data, **(condition or {"op": "onChange"})}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """The definition of a monitor: it pushes when a trigger fires, and every `refresh` seconds while one holds.

    `condition` combines the triggers by their names; None if any of them is enough. `plain` is what is monitored
    instead if the vendor refuses this; None if there is nothing to leave out. Raises ValueError for what the vendor
    would refuse as a whole: no trigger, too many, or a condition that names others.
    """

    key: str
    triggers: tuple[Trigger, ...]
    extensions: tuple[str, ...]
    refresh: int | None = None
    condition: str | None = None
    plain: Monitor | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for what the vendor would refuse as a whole."""
        if not 1 <= len(self.triggers) <= MAX_TRIGGERS:
            raise ValueError(f"{self.key}: the vendor takes 1 to {MAX_TRIGGERS} triggers, not {len(self.triggers)}")
        names = {trigger.name for trigger in self.triggers}
        if self.condition is not None and set(_NAME.findall(self.condition)) != names:
            raise ValueError(f"{self.key}: the condition names other triggers than {', '.join(sorted(names))}")

    @property
    def label(self) -> str:
        """The label under which the monitor is found again; it changes with the definition."""
        fingerprint = hashlib.sha256(json.dumps(self._definition, sort_keys=True).encode()).hexdigest()[:8]
        return f"{LABEL} {self.key} {fingerprint}"

    @property
    def any_trigger(self) -> str:
        """The condition that any of the triggers is enough for."""
        return " | ".join(trigger.name for trigger in self.triggers)

    @property
    def body(self) -> dict[str, Any]:
        """The monitor as the OpenAPI file spells it."""
        return {"label": self.label, **self._definition}

    @property
    def _definition(self) -> dict[str, Any]:
        definition: dict[str, Any] = {
            "triggerParam": {
                "triggers": [trigger.body for trigger in self.triggers],
                "boolExp": self.condition or self.any_trigger,
            },
            "extendedEventParam": list(self.extensions),
        }
        return definition if self.refresh is None else {**definition, "subscribeParam": {"refreshEvent": self.refresh}}


# The extensions of a message, and the scope that each needs.
_EXTENSIONS: Final = {
    "vehicle.status": Scope.TELEMETRY,
    "vehicle.position": Scope.POSITION,
    "vehicle.alerts": Scope.ALERT,
    "vehicle.maintenance": Scope.TELEMETRY,
    "vehicle.trip": Scope.TRIP,
}
_STATUS: Final = ("vehicle.status", "vehicle.position")

_CHARGING_STATUS: Final = "vehicle.energy.charging.status"
_IS_CHARGING: Final = Trigger(name="charging", data=_CHARGING_STATUS, equals=ChargingStatus.IN_PROGRESS)
_PRECONDITIONING: Final = Trigger(name="preconditioning", data="vehicle.preconditioning.airConditioning")

# An electric car has as many monitors as the vendor takes, so what else is to be watched has to go into one of them.
_DOORS: Final = Monitor(
    key="doors",
    triggers=(
        Trigger(name="locked", data="vehicle.doorsState.lockedState"),
        Trigger(name="opening", data="vehicle.doorsState.opening"),
        Trigger(name="moving", data="vehicle.kinetic.moving"),
    ),
    extensions=_STATUS,
)
_DOORS_AND_COLLISIONS: Final = replace(
    _DOORS, triggers=(*_DOORS.triggers, Trigger(name="collision", data=EMERGENCY_CALL)), plain=_DOORS
)
_ENERGY: Final = Monitor(
    key="energy",
    triggers=(
        Trigger(name="charging", data=_CHARGING_STATUS),
        Trigger(name="plugged", data="vehicle.energy.charging.plugged"),
        _PRECONDITIONING,
    ),
    extensions=_STATUS,
)
_ENERGY_WITHOUT_CHARGING: Final = replace(_ENERGY, triggers=(_PRECONDITIONING,))
_EVENTS: Final = Monitor(
    key="events",
    triggers=(
        Trigger(name="powertrain", data="vehicle.powertrain.status"),
        Trigger(name="trip", data="vehicle.trip.stop", scope=Scope.TRIP),
        Trigger(name="alert", data="vehicle.alert", scope=Scope.ALERT),
        Trigger(name="alarm", data="vehicle.alarm.trigger.type"),
        Trigger(name="privacy", data="privacy.state"),
    ),
    extensions=tuple(_EXTENSIONS),
)
_MOVING: Final = Monitor(
    key="moving",
    triggers=(Trigger(name="moving", data="vehicle.kinetic.moving", equals="true"),),
    extensions=_STATUS,
)
_CHARGING: Final = Monitor(key="charging", triggers=(_IS_CHARGING,), extensions=_STATUS)


_LIMIT_SPAN: Final = 5
"""Percent above the limit up to which it is monitored: a charge that somebody wants to go on may take hours."""


def _with_limit(monitor: Monitor, percent: int) -> Monitor:
    """Have a monitor also push when a charge reaches this percentage, or begins a little above it.

    A monitor pushes when its condition becomes true, so nothing else that it watches may hold while a car charges. It
    repeats that as often as it does for a car that moves.
    """
    level = "vehicle.energy.electric.level"
    reached = (
        Trigger(name="reached", data=level, equals=str(percent)),
        Trigger(name="above", data=level, above=str(percent)),
        Trigger(name="beyond", data=level, above=str(min(percent + _LIMIT_SPAN, 100))),
    )
    return replace(
        monitor,
        triggers=(*monitor.triggers, *reached, _IS_CHARGING),
        condition=f"{monitor.any_trigger} | ((reached | (above & !beyond)) & charging)",
        plain=monitor,
    )


def monitors(
    scopes: Collection[str],
    motorization: str | None,
    *,
    charging_refresh: int,
    moving_refresh: int,
    charge_limit: int | None = None,
    with_extensions: bool = True,
) -> list[Monitor]:
    """Return the monitors of a car: none without the scope to read its status.

    The battery level and the position have no change to watch: while the car charges or moves they are pushed every
    `charging_refresh` or `moving_refresh` seconds (60 or more). `charge_limit` is a battery level, in percent, that is
    pushed as soon as a charge reaches it. Without extensions a message says that there is something to read.
    """
    if Scope.TELEMETRY not in scopes:
        return []
    electric = motorization != Motorization.THERMIC
    moving = replace(_MOVING, refresh=moving_refresh)
    if electric and charge_limit is not None:
        moving = _with_limit(moving, charge_limit)  # a car that moves does not charge
    doors = _DOORS_AND_COLLISIONS if Scope.COLLISION in scopes else _DOORS
    wanted = [doors, _ENERGY if electric else _ENERGY_WITHOUT_CHARGING, _EVENTS, moving]
    if electric:
        wanted.append(replace(_CHARGING, refresh=charging_refresh))
    if not with_extensions:
        wanted = [_without_extensions(monitor) for monitor in wanted]
    return [_within(scopes, monitor) for monitor in wanted]


def watched_data(wanted: Iterable[Monitor]) -> frozenset[str]:
    """Return the data of which these monitors push each change."""
    return frozenset(trigger.data for monitor in wanted for trigger in monitor.triggers if trigger.on_change)


def _without_extensions(monitor: Monitor) -> Monitor:
    return replace(monitor, extensions=(), plain=monitor.plain and _without_extensions(monitor.plain))


def _within(scopes: Collection[str], monitor: Monitor) -> Monitor:
    """Leave out of a monitor what the scopes do not allow."""
    return replace(
        monitor,
        triggers=tuple(trigger for trigger in monitor.triggers if trigger.scope in scopes),
        extensions=tuple(extension for extension in monitor.extensions if _EXTENSIONS[extension] in scopes),
        plain=monitor.plain and _within(scopes, monitor.plain),
    )
