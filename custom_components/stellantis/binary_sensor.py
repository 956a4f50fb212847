"""What a car reports as a yes or a no."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import StellantisConfigEntry
from .api.status import Status
from .api.words import slug
from .entity import StellantisEntity, add_reported

PARALLEL_UPDATES = 0


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _alerts(status: Status) -> dict[str, Any]:
    active = status.alerts.active if status.alerts else ()
    return {
        "alerts": [
            {"type": slug(alert.type), "severity": slug(alert.severity), "started_at": alert.started_at}
            for alert in active
        ]
    }


def _break_in(status: Status) -> dict[str, Any]:
    alarm = status.alarm
    return {"trigger": slug(alarm.trigger) if alarm else None, "triggered_at": alarm.triggered_at if alarm else None}


@dataclass(frozen=True, kw_only=True)
class StellantisBinarySensorDescription(BinarySensorEntityDescription):
    """A binary sensor: where its state is read, and its attributes."""

    is_on: Callable[[Status], bool | None]
    attributes: Callable[[Status], dict[str, Any]] | None = None


BINARY_SENSORS: Final = (
    StellantisBinarySensorDescription(
        key="door_driver",
        device_class=BinarySensorDeviceClass.DOOR,
        is_on=lambda status: status.doors.driver if status.doors else None,
    ),
    StellantisBinarySensorDescription(
        key="door_passenger",
        device_class=BinarySensorDeviceClass.DOOR,
        is_on=lambda status: status.doors.passenger if status.doors else None,
    ),
    StellantisBinarySensorDescription(
        key="door_rear_left",
        device_class=BinarySensorDeviceClass.DOOR,
        is_on=lambda status: status.doors.rear_left if status.doors else None,
    ),
    StellantisBinarySensorDescription(
        key="door_rear_right",
        device_class=BinarySensorDeviceClass.DOOR,
        is_on=lambda status: status.doors.rear_right if status.doors else None,
    ),
    StellantisBinarySensorDescription(
        key="trunk",
        device_class=BinarySensorDeviceClass.DOOR,
        is_on=lambda status: status.doors.trunk if status.doors else None,
    ),
    # Some cars always report these as open.
    StellantisBinarySensorDescription(
        key="rear_window",
        device_class=BinarySensorDeviceClass.WINDOW,
        entity_registry_enabled_default=False,
        is_on=lambda status: status.doors.rear_window if status.doors else None,
    ),
    StellantisBinarySensorDescription(
        key="roof_window",
        device_class=BinarySensorDeviceClass.WINDOW,
        entity_registry_enabled_default=False,
        is_on=lambda status: status.doors.roof_window if status.doors else None,
    ),
    StellantisBinarySensorDescription(
        key="plugged",
        device_class=BinarySensorDeviceClass.PLUG,
        is_on=lambda status: status.charging.plugged if status.charging else None,
    ),
    StellantisBinarySensorDescription(
        key="charging", device_class=BinarySensorDeviceClass.BATTERY_CHARGING, is_on=lambda status: status.is_charging
    ),
    StellantisBinarySensorDescription(
        key="moving",
        device_class=BinarySensorDeviceClass.MOVING,
        is_on=lambda status: status.kinetic.moving if status.kinetic else None,
    ),
    StellantisBinarySensorDescription(
        key="running",
        device_class=BinarySensorDeviceClass.RUNNING,
        is_on=lambda status: status.powertrain.running if status.powertrain else None,
    ),
    StellantisBinarySensorDescription(
        key="alert",
        device_class=BinarySensorDeviceClass.PROBLEM,
        is_on=lambda status: bool(status.alerts.active) if status.alerts else None,
        attributes=_alerts,
    ),
    StellantisBinarySensorDescription(
        key="alarm",
        is_on=lambda status: status.alarm.armed if status.alarm else None,
        attributes=_break_in,
    ),
    StellantisBinarySensorDescription(
        key="belt_driver",
        device_class=BinarySensorDeviceClass.SAFETY,
        entity_registry_enabled_default=False,
        is_on=lambda status: _not(status.belts.driver) if status.belts else None,
    ),
    StellantisBinarySensorDescription(
        key="belt_passenger",
        device_class=BinarySensorDeviceClass.SAFETY,
        entity_registry_enabled_default=False,
        is_on=lambda status: _not(status.belts.passenger) if status.belts else None,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the binary sensors of each car."""
    add_reported(
        entry,
        async_add_entities,
        BINARY_SENSORS,
        lambda car, sensor: sensor.is_on(car.data) is not None,
        StellantisBinarySensor,
    )


class StellantisBinarySensor(StellantisEntity, BinarySensorEntity):
    """A binary sensor of a car."""

    entity_description: StellantisBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        return self.entity_description.is_on(self.status)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        attributes = self.entity_description.attributes
        return attributes(self.status) if attributes else None
