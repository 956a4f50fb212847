"""What a car reports in numbers, words and dates."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    REVOLUTIONS_PER_MINUTE,
    EntityCategory,
    UnitOfEnergy,
    UnitOfEnergyDistance,
    UnitOfLength,
    UnitOfRatio,
    UnitOfSpeed,
    UnitOfTemperature,
    UnitOfTime,
    UnitOfVolume,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from .account import StellantisConfigEntry
from .api.status import CHARGING_LEVELS, EARLIEST, Battery, ChargingStatus, Fuel, Motorization, PrivacyState, Status
from .api.vehicle import Capability, Vehicle
from .api.words import slug
from .entity import StellantisEntity, async_add_capable, async_add_reported
from .history.charge_tracker import ChargeTracker
from .history.charges import CHARGE_BLOCKS
from .history.estimate import Estimate
from .history.trips import Energy, Trips

PARALLEL_UPDATES = 0

DAY: Final = timedelta(days=1)
MINUTE: Final = timedelta(minutes=1)


def _charging_end(status: Status) -> datetime | None:
    """Tell when the charging will end, to the minute: the remaining time of each report makes it change by seconds."""
    ends_at = status.charging.ends_at if status.charging else None
    if ends_at is None:
        return None
    ends_at = (ends_at + MINUTE / 2).replace(second=0, microsecond=0)
    return ends_at if ends_at > dt_util.utcnow() else None


def _last_report(status: Status) -> datetime | None:
    """Tell when the car has last reported. By its clock that may be yet to come."""
    return min(status.newest, dt_util.utcnow()) if status.newest else None


def _next_charge(status: Status) -> datetime | None:
    """Tell when a charge that waits for its hour will begin, by the clock of Home Assistant's time zone."""
    charging = status.charging
    if not charging or charging.delayed_start is None or not charging.plugged:
        return None
    if charging.status != ChargingStatus.STOPPED:
        return None
    now = dt_util.now()
    midnight = datetime.combine(now, time.min, now.tzinfo)
    # Python adds and compares times of one time zone by the clock: right for adding the hour, wrong for comparing.
    starts = (dt_util.as_utc(midnight + days + charging.delayed_start) for days in (timedelta(), DAY))
    return next((start for start in starts if start > now), None)


def _level_date(energy: Battery | Fuel | None) -> datetime | None:
    """Tell when the car has reported this level, by its clock. That of an energy that it has no more is undated."""
    date = energy.date_of("level") if energy else EARLIEST
    return date if date > EARLIEST else None


def _is_electric(vehicle: Vehicle) -> bool:
    return vehicle.motorization == Motorization.ELECTRIC


@dataclass(frozen=True, kw_only=True)
class StellantisSensorDescription(SensorEntityDescription):
    """A sensor: where its value is read, and which cars can have it.

    It is added once the car has reported `reported`, by default its value. A value that is not one of the `options` is
    unknown. `reported_at` is when the car has reported it; an attribute shows that.
    """

    value: Callable[[Status], StateType | datetime]
    reported: Callable[[Status], object] | None = None
    suits: Callable[[Vehicle], bool] = lambda _vehicle: True
    reported_at: Callable[[Status], datetime | None] | None = None


SENSORS: Final = (
    StellantisSensorDescription(
        key="battery_level",
        device_class=SensorDeviceClass.BATTERY,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
        value=lambda status: status.battery.trusted_level if status.battery else None,
        reported=lambda status: (status.battery and status.battery.is_reported("level")) or None,
        reported_at=lambda status: _level_date(status.battery),
    ),
    StellantisSensorDescription(
        key="electric_range",
        device_class=SensorDeviceClass.DISTANCE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        suggested_display_precision=0,
        value=lambda status: status.battery.range if status.battery else None,
    ),
    StellantisSensorDescription(
        key="battery_capacity",
        device_class=SensorDeviceClass.ENERGY_STORAGE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda status: status.battery.capacity if status.battery else None,
    ),
    StellantisSensorDescription(
        key="battery_energy",
        device_class=SensorDeviceClass.ENERGY_STORAGE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        entity_registry_enabled_default=False,
        value=lambda status: status.battery.energy if status.battery else None,
    ),
    StellantisSensorDescription(
        key="battery_health",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda status: status.battery.health if status.battery else None,
    ),
    StellantisSensorDescription(
        key="charging_status",
        device_class=SensorDeviceClass.ENUM,
        options=[slug(status) for status in ChargingStatus],
        value=lambda status: slug(status.charging.status) if status.charging else None,
    ),
    StellantisSensorDescription(
        key="charging_end",
        device_class=SensorDeviceClass.TIMESTAMP,
        value=_charging_end,
        reported=lambda status: status.charging.remaining if status.charging else None,
    ),
    StellantisSensorDescription(
        key="next_charge",
        device_class=SensorDeviceClass.TIMESTAMP,
        value=_next_charge,
        reported=lambda status: status.charging.delayed_start if status.charging else None,
    ),
    StellantisSensorDescription(
        key="charging_rate",
        device_class=SensorDeviceClass.SPEED,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfSpeed.KILOMETERS_PER_HOUR,
        suggested_display_precision=0,
        value=lambda status: status.charging.current_rate if status.charging else None,
        reported=lambda status: status.charging.rate if status.charging else None,
    ),
    StellantisSensorDescription(
        key="charging_power_level",
        device_class=SensorDeviceClass.ENUM,
        options=[slug(level) for level in CHARGING_LEVELS],
        entity_registry_enabled_default=False,
        value=lambda status: slug(status.charging.power_level) if status.charging else None,
    ),
    StellantisSensorDescription(
        key="fuel_level",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
        value=lambda status: status.fuel.level if status.fuel else None,
        reported_at=lambda status: _level_date(status.fuel),
    ),
    StellantisSensorDescription(
        key="fuel_range",
        device_class=SensorDeviceClass.DISTANCE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        suggested_display_precision=0,
        value=lambda status: status.fuel.range if status.fuel else None,
    ),
    StellantisSensorDescription(
        key="odometer",
        device_class=SensorDeviceClass.DISTANCE,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        suggested_display_precision=0,
        value=lambda status: status.odometer.mileage if status.odometer else None,
    ),
    StellantisSensorDescription(
        key="outside_temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        suggested_display_precision=1,
        value=lambda status: status.air.temperature if status.air else None,
    ),
    # No device class: Home Assistant shows the sensor of class battery as the device's battery.
    StellantisSensorDescription(
        key="auxiliary_battery",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda status: status.auxiliary_battery.level if status.auxiliary_battery else None,
    ),
    StellantisSensorDescription(
        key="maintenance_days",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.DAYS,
        suggested_display_precision=0,
        value=lambda status: status.maintenance.days if status.maintenance else None,
    ),
    StellantisSensorDescription(
        key="maintenance_distance",
        device_class=SensorDeviceClass.DISTANCE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        suggested_display_precision=0,
        value=lambda status: status.maintenance.distance if status.maintenance else None,
    ),
    StellantisSensorDescription(
        key="last_trip_distance",
        device_class=SensorDeviceClass.DISTANCE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfLength.KILOMETERS,
        suggested_display_precision=1,
        value=lambda status: status.trip.distance if status.trip else None,
    ),
    StellantisSensorDescription(
        key="last_trip_duration",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        value=lambda status: status.trip.duration.total_seconds() if status.trip and status.trip.duration else None,
    ),
    # No state class: Home Assistant allows only totals for energy and volume, and a total would miss trips.
    StellantisSensorDescription(
        key="last_trip_consumption",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        entity_registry_enabled_default=False,
        value=lambda status: status.trip.electricity if status.trip else None,
        suits=_is_electric,
    ),
    StellantisSensorDescription(
        key="last_trip_consumption",
        device_class=SensorDeviceClass.VOLUME,
        native_unit_of_measurement=UnitOfVolume.LITERS,
        suggested_display_precision=1,
        entity_registry_enabled_default=False,
        value=lambda status: status.trip.fuel if status.trip else None,
        suits=lambda vehicle: not _is_electric(vehicle),
    ),
    StellantisSensorDescription(
        key="drive_mode",
        device_class=SensorDeviceClass.ENUM,
        options=[
            "normal",
            "sport",
            "comfort",
            "eco",
            "sand",
            "mud",
            "snow",
            "zev",
            "hybrid",
            "zev_eco",
            "hybrid_eco",
            "eco_plus",
            "e_awd",
            "4awd",
            "reinforced_load",
        ],
        entity_registry_enabled_default=False,
        value=lambda status: slug(status.driving_mode.mode) if status.driving_mode else None,
    ),
    StellantisSensorDescription(
        key="privacy",
        device_class=SensorDeviceClass.ENUM,
        options=[slug(state) for state in PrivacyState],
        entity_category=EntityCategory.DIAGNOSTIC,
        value=lambda status: slug(status.privacy.state) if status.privacy else None,
    ),
    StellantisSensorDescription(
        key="speed",
        device_class=SensorDeviceClass.SPEED,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfSpeed.KILOMETERS_PER_HOUR,
        suggested_display_precision=0,
        entity_registry_enabled_default=False,
        value=lambda status: (
            (0 if status.kinetic.moving is False else status.kinetic.speed) if status.kinetic else None
        ),
        reported=lambda status: status.kinetic.speed if status.kinetic else None,
    ),
    # Disabled: each change is a line of the logbook, which leaves out only sensors with a unit or a state class.
    StellantisSensorDescription(
        key="last_report",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=_last_report,
    ),
    # What few people want. All of it is disabled by default.
    StellantisSensorDescription(
        key="charging_mode",
        device_class=SensorDeviceClass.ENUM,
        options=["no", "slow", "quick"],
        entity_registry_enabled_default=False,
        value=lambda status: slug(status.charging.mode) if status.charging else None,
    ),
    StellantisSensorDescription(
        key="preconditioning_starting_cause",
        device_class=SensorDeviceClass.ENUM,
        options=["immediate", "scheduled"],
        entity_registry_enabled_default=False,
        value=lambda status: slug(status.preconditioning.starting_cause) if status.preconditioning else None,
    ),
    StellantisSensorDescription(
        key="fuel_consumption_total",
        device_class=SensorDeviceClass.VOLUME,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfVolume.LITERS,
        suggested_display_precision=1,
        entity_registry_enabled_default=False,
        value=lambda status: status.fuel.used if status.fuel else None,
    ),
    # Home Assistant has no device class for litres per distance, acceleration and revolutions.
    StellantisSensorDescription(
        key="fuel_consumption",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement="L/100km",
        suggested_display_precision=1,
        entity_registry_enabled_default=False,
        value=lambda status: status.fuel.consumption if status.fuel else None,
    ),
    StellantisSensorDescription(
        key="acceleration",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement="m/s²",
        suggested_display_precision=1,
        entity_registry_enabled_default=False,
        value=lambda status: status.kinetic.acceleration if status.kinetic else None,
    ),
    StellantisSensorDescription(
        key="engine_speed",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=REVOLUTIONS_PER_MINUTE,
        suggested_display_precision=0,
        entity_registry_enabled_default=False,
        value=lambda status: status.engine.speed if status.engine else None,
    ),
    StellantisSensorDescription(
        key="oil_temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        suggested_display_precision=0,
        entity_registry_enabled_default=False,
        value=lambda status: status.engine.oil_temperature if status.engine else None,
    ),
    StellantisSensorDescription(
        key="oil_level",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
        entity_registry_enabled_default=False,
        value=lambda status: status.engine.oil_level if status.engine else None,
    ),
    StellantisSensorDescription(
        key="coolant_temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        suggested_display_precision=0,
        entity_registry_enabled_default=False,
        value=lambda status: status.engine.coolant_temperature if status.engine else None,
    ),
    StellantisSensorDescription(
        key="coolant_level",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
        entity_registry_enabled_default=False,
        value=lambda status: status.engine.coolant_level if status.engine else None,
    ),
    StellantisSensorDescription(
        key="engine_air_temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        suggested_display_precision=0,
        entity_registry_enabled_default=False,
        value=lambda status: status.engine.air_temperature if status.engine else None,
    ),
    StellantisSensorDescription(
        key="gear",
        device_class=SensorDeviceClass.ENUM,
        options=["ratio1", "ratio2", "ratio3", "ratio4", "ratio5", "ratio6", "ratio7", "ratio8", "neutral", "reverse"],
        entity_registry_enabled_default=False,
        value=lambda status: slug(status.transmission.gear) if status.transmission else None,
    ),
    StellantisSensorDescription(
        key="ignition",
        device_class=SensorDeviceClass.ENUM,
        options=["stop", "start_up", "start"],
        entity_registry_enabled_default=False,
        value=lambda status: slug(status.ignition.type) if status.ignition else None,
    ),
    StellantisSensorDescription(
        key="service_type",
        device_class=SensorDeviceClass.ENUM,
        options=["electric", "hybrid"],
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value=lambda status: slug(status.service.type) if status.service else None,
    ),
)


@dataclass(frozen=True, kw_only=True)
class WakeUpsSensorDescription(SensorEntityDescription):
    """A sensor of wake-ups: the capability that a car needs for it."""

    capability: Capability


@dataclass(frozen=True, kw_only=True)
class ChargeSensorDescription(SensorEntityDescription):
    """A sensor of charges: where its value is read."""

    value: Callable[[ChargeTracker], StateType]


CHARGES: Final = (
    ChargeSensorDescription(
        key="energy_charged",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        value=lambda charges: None if charges.total is None else round(charges.total, 3),
    ),
    # No state class: Home Assistant allows only totals for energy and money.
    ChargeSensorDescription(
        key="last_charge_energy",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        value=lambda charges: charges.last.energy if charges.last else None,
    ),
    ChargeSensorDescription(
        key="last_charge_duration",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        entity_registry_enabled_default=False,
        value=lambda charges: charges.last.duration if charges.last else None,
    ),
)
CHARGE_COST: Final = ChargeSensorDescription(
    key="last_charge_cost",
    device_class=SensorDeviceClass.MONETARY,
    suggested_display_precision=2,
    value=lambda charges: charges.last.cost if charges.last else None,
)

# No device class: Home Assistant shows the sensor of class battery as the device's battery.
ESTIMATED_LEVEL: Final = SensorEntityDescription(
    key="battery_level_estimated",
    state_class=SensorStateClass.MEASUREMENT,
    native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
    suggested_display_precision=0,
    entity_registry_enabled_default=False,
)


WAKE_UPS = WakeUpsSensorDescription(
    key="wake_ups_this_month",
    capability=Capability.WAKE_UP,
    # Not always increasing: a wake-up that the vendor refuses afterwards is subtracted.
    state_class=SensorStateClass.TOTAL,
    entity_category=EntityCategory.DIAGNOSTIC,
)


@dataclass(frozen=True, kw_only=True)
class TripsSensorDescription(SensorEntityDescription):
    """A sensor of all trips that are kept: how its value is added up, and which cars can have it.

    It is added once a trip has told how much of this energy it has used.
    """

    energy: Energy
    value: Callable[[Trips, Energy], float | None]
    suits: Callable[[Vehicle], bool]


TRIPS: Final = (
    TripsSensorDescription(
        key="electricity_used",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=1,
        energy="electricity",
        value=Trips.used,
        suits=lambda vehicle: vehicle.motorization != Motorization.THERMIC,
    ),
    TripsSensorDescription(
        key="fuel_used",
        device_class=SensorDeviceClass.VOLUME,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfVolume.LITERS,
        suggested_display_precision=1,
        energy="fuel",
        value=Trips.used,
        suits=lambda vehicle: not _is_electric(vehicle),
    ),
    TripsSensorDescription(
        key="average_consumption",
        device_class=SensorDeviceClass.ENERGY_DISTANCE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfEnergyDistance.KILO_WATT_HOUR_PER_100_KM,
        suggested_display_precision=1,
        energy="electricity",
        value=Trips.average,
        suits=_is_electric,
    ),
    # Home Assistant has no device class for litres per distance.
    TripsSensorDescription(
        key="average_consumption",
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement="L/100km",
        suggested_display_precision=1,
        energy="fuel",
        value=Trips.average,
        suits=lambda vehicle: not _is_electric(vehicle),
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the sensors of each car."""
    await async_add_capable(entry, async_add_entities, [WAKE_UPS], WakeUpsSensor)
    await async_add_reported(
        entry,
        async_add_entities,
        SENSORS,
        lambda car, status, sensor: sensor.suits(car.vehicle) and (sensor.reported or sensor.value)(status) is not None,
        StellantisSensor,
    )
    await async_add_reported(
        entry, async_add_entities, CHARGES, lambda _car, status, _: status.charging is not None, ChargeSensor
    )
    await async_add_reported(
        entry,
        async_add_entities,
        [CHARGE_COST],
        lambda car, status, _: status.charging is not None and entry.runtime_data.charges[car.vehicle.vin].has_price,
        CostSensor,
    )
    await async_add_reported(
        entry,
        async_add_entities,
        [ESTIMATED_LEVEL],
        lambda _car, status, _: status.battery is not None and status.battery.is_reported("level"),
        EstimatedLevelSensor,
    )
    trips = entry.runtime_data.trips
    await async_add_reported(
        entry,
        async_add_entities,
        TRIPS,
        lambda car, _, sensor: sensor.suits(car.vehicle) and trips[car.vehicle.vin].used(sensor.energy) is not None,
        TripsSensor,
    )


class _TimedSensor(StellantisEntity, SensorEntity, ABC):
    """A sensor that changes at a time of its own, though the car reports nothing then."""

    _unrecorded_attributes = frozenset({"reported_at"})
    _cancel_change: CALLBACK_TYPE | None = None

    @property
    @abstractmethod
    def _changes_at(self) -> datetime | None:
        """When it changes next; None if it waits for the car."""

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self._async_forget_change)
        self._async_await_change()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        super()._handle_coordinator_update()
        self._async_await_change()

    @callback
    def _async_await_change(self) -> None:
        self._async_forget_change()
        if at := self._changes_at:
            self._cancel_change = async_track_point_in_utc_time(self.hass, self._async_change, at)

    @callback
    def _async_change(self, _now: datetime) -> None:
        self._cancel_change = None
        self.async_write_ha_state()
        self._async_await_change()

    @callback
    def _async_forget_change(self) -> None:
        if self._cancel_change:
            self._cancel_change()
            self._cancel_change = None


class StellantisSensor(_TimedSensor):
    """A sensor of a car. What it says is to come is over at its time."""

    entity_description: StellantisSensorDescription

    @property
    @override
    def native_value(self) -> StateType | datetime:
        value = self.entity_description.value(self.status)
        return value if self.options is None or value in self.options else None

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        reported_at = self.entity_description.reported_at
        return {"reported_at": reported_at(self.status)} if reported_at else None

    @property
    @override
    def state_values(self) -> tuple[object, ...]:
        return self.native_value, self.extra_state_attributes

    @property
    @override
    def _changes_at(self) -> datetime | None:
        value = self.native_value
        return value if isinstance(value, datetime) and value > dt_util.utcnow() else None


class WakeUpsSensor(StellantisEntity, SensorEntity):
    """How often Home Assistant has woken a car this month, and whether the vendor refuses to wake it again."""

    @property
    @override
    def native_value(self) -> int:
        return self.account.wake_ups[self.coordinator.vehicle.vin].count

    @property
    @override
    def extra_state_attributes(self) -> dict[str, bool]:
        return {"refused": self.account.wake_ups[self.coordinator.vehicle.vin].refused}

    @property
    @override
    def last_reset(self) -> datetime:
        return dt_util.start_of_local_day(dt_util.now().replace(day=1))


class ChargeSensor(StellantisEntity, SensorEntity):
    """What the charges of a car have taken."""

    entity_description: ChargeSensorDescription
    blocks = CHARGE_BLOCKS

    @property
    @override
    def native_value(self) -> StateType:
        return self.entity_description.value(self.account.charges[self.coordinator.vehicle.vin])

    @property
    @override
    def state_values(self) -> tuple[object, ...]:
        return self.native_value, self.native_unit_of_measurement


class EstimatedLevelSensor(_TimedSensor):
    """The level of the battery, which rises while the car charges."""

    blocks = CHARGE_BLOCKS

    @property
    @override
    def native_value(self) -> float | None:
        level = self._estimate.level
        return None if level is None else round(level, 1)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, datetime | None]:
        return {"reported_at": _level_date(self.status.battery)}

    @property
    def _estimate(self) -> Estimate:
        return self.account.charges[self.coordinator.vehicle.vin].estimate(self.status)

    @property
    @override
    def _changes_at(self) -> datetime | None:
        return dt_util.utcnow() + MINUTE if self._estimate.rises else None


class CostSensor(ChargeSensor):
    """What the last charge has cost, in the currency of Home Assistant."""

    @property
    @override
    def native_unit_of_measurement(self) -> str:
        return self.hass.config.currency


class TripsSensor(StellantisEntity, SensorEntity):
    """What the trips of a car add up to."""

    entity_description: TripsSensorDescription
    blocks = CHARGE_BLOCKS  # the capacity of the battery tells what trips have used

    @property
    @override
    def native_value(self) -> float | None:
        description = self.entity_description
        return description.value(self.account.trips[self.coordinator.vehicle.vin], description.energy)

    @property
    @override
    def state_values(self) -> tuple[object, ...]:
        return (self.native_value,)
