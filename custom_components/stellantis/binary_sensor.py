"""What a car reports as a yes or a no, whether the vendor's API answers, and whether its messages arrive."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from . import alert_texts
from .account import StellantisConfigEntry
from .api.auth import BRANDS
from .api.status import Status
from .api.vehicle import Capability
from .api.words import slug
from .const import CONF_BRAND, CONF_DELIVERY, DOMAIN
from .entity import StellantisEntity, async_add_reported

PARALLEL_UPDATES = 0


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


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
        key="charging",
        device_class=BinarySensorDeviceClass.BATTERY_CHARGING,
        is_on=lambda status: status.charging.known_in_progress if status.charging else None,
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
        key="alarm",
        is_on=lambda status: status.alarm.armed if status.alarm else None,
        attributes=_break_in,
    ),
    StellantisBinarySensorDescription(
        key="intrusion",
        device_class=BinarySensorDeviceClass.TAMPER,
        is_on=lambda status: status.alarm.broken_into if status.alarm else None,
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
    StellantisBinarySensorDescription(
        key="daylight",
        device_class=BinarySensorDeviceClass.LIGHT,
        entity_registry_enabled_default=False,
        is_on=lambda status: status.daylight.day if status.daylight else None,
    ),
    StellantisBinarySensorDescription(
        key="indicator_left",
        entity_registry_enabled_default=False,
        is_on=lambda status: status.lighting.turn_left if status.lighting else None,
    ),
    StellantisBinarySensorDescription(
        key="indicator_right",
        entity_registry_enabled_default=False,
        is_on=lambda status: status.lighting.turn_right if status.lighting else None,
    ),
    StellantisBinarySensorDescription(
        key="fog_light_front",
        entity_registry_enabled_default=False,
        is_on=lambda status: status.lighting.fog_front if status.lighting else None,
    ),
    StellantisBinarySensorDescription(
        key="fog_light_rear",
        entity_registry_enabled_default=False,
        is_on=lambda status: status.lighting.fog_rear if status.lighting else None,
    ),
    StellantisBinarySensorDescription(
        key="wipers",
        entity_registry_enabled_default=False,
        is_on=lambda status: status.wipers.active if status.wipers else None,
    ),
)

ALERT: Final = StellantisBinarySensorDescription(
    key="alert",
    device_class=BinarySensorDeviceClass.PROBLEM,
    is_on=lambda status: bool(status.alerts.active) if status.alerts else None,
)
PRECONDITIONING: Final = BinarySensorEntityDescription(
    key="preconditioning", device_class=BinarySensorDeviceClass.RUNNING
)


async def async_setup_entry(
    hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the binary sensors of each car and of the account; none for messages if none is to come."""
    async_add_entities([VendorBinarySensor(entry)])
    registry = er.async_get(hass)
    if entry.runtime_data.delivery.pushes:
        async_add_entities([DeliveryBinarySensor(entry)])
    elif former := registry.async_get_entity_id("binary_sensor", DOMAIN, f"{entry.entry_id}_delivery"):
        registry.async_remove(former)
    await async_add_reported(
        entry,
        async_add_entities,
        BINARY_SENSORS,
        lambda _, status, sensor: sensor.is_on(status) is not None,
        StellantisBinarySensor,
    )
    await async_add_reported(
        entry, async_add_entities, [ALERT], lambda _car, status, _: status.alerts is not None, AlertBinarySensor
    )
    await async_add_reported(
        entry,
        async_add_entities,
        [PRECONDITIONING],
        lambda car, _status, _: (
            Capability.PRECONDITIONING in car.vehicle.capabilities or car.preconditioning is not None
        ),
        PreconditioningBinarySensor,
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

    @property
    @override
    def state_values(self) -> tuple[object, ...]:
        return self.is_on, self.extra_state_attributes


class AlertBinarySensor(StellantisBinarySensor):
    """Whether a car has an alert, and which."""

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        active = self.status.alerts.active if self.status.alerts else ()
        return {
            "alerts": [
                {
                    "type": slug(alert.type),
                    "name": alert_texts.name(self.hass, slug(alert.type)),
                    "severity": slug(alert.severity),
                    "started_at": alert.started_at,
                }
                for alert in active
            ]
        }


class PreconditioningBinarySensor(StellantisEntity, BinarySensorEntity):
    """Whether a car is being preconditioned."""

    blocks = ("preconditioning",)

    @property
    @override
    def is_on(self) -> bool | None:
        return self.coordinator.preconditioning


class AccountBinarySensor(BinarySensorEntity):
    """A binary sensor on a device of the account's own."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, entry: StellantisConfigEntry, key: str) -> None:
        """Make the binary sensor of this account."""
        self._account = entry.runtime_data
        self._attr_translation_key = key
        self._attr_unique_id = f"{entry.entry_id}_{key}"
        self._attr_device_info = dr.DeviceInfo(
            identifiers={(DOMAIN, entry.entry_id)},
            entry_type=dr.DeviceEntryType.SERVICE,
            name=entry.title,
            manufacturer=BRANDS[entry.data[CONF_BRAND]].name,
        )


class VendorBinarySensor(AccountBinarySensor):
    """Whether the vendor's API answers."""

    def __init__(self, entry: StellantisConfigEntry) -> None:
        """Make the binary sensor of this account."""
        super().__init__(entry, "vendor")

    @override
    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self._account.vendor_health.async_add_listener(self.async_write_ha_state))

    @property
    @override
    def is_on(self) -> bool:
        return self._account.vendor_health.answering


class DeliveryBinarySensor(AccountBinarySensor):
    """Whether the vendor's messages arrive."""

    _unrecorded_attributes = frozenset({"last_message"})

    def __init__(self, entry: StellantisConfigEntry) -> None:
        """Make the binary sensor of this account."""
        super().__init__(entry, "delivery")
        self._way = entry.data[CONF_DELIVERY]

    @override
    async def async_added_to_hass(self) -> None:
        self.async_on_remove(self._account.delivery_health.async_add_listener(self.async_write_ha_state))

    @property
    @override
    def is_on(self) -> bool:
        return self._account.delivery_health.arriving

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        return {
            "delivery": self._way,
            "last_message": self._account.receiver.last_message,
            "missed": self._account.delivery_health.missed,
        }
