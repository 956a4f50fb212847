"""The level at which a charge is stopped, and what the battery holds."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.number import NumberDeviceClass, NumberEntity, NumberEntityDescription, NumberMode
from homeassistant.const import EntityCategory, UnitOfEnergy, UnitOfRatio
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import MIN_LIMIT, NO_LIMIT, StellantisConfigEntry
from .api.vehicle import Capability
from .entity import StellantisEntity, async_add_capable, async_add_reported
from .history.charges import CHARGE_BLOCKS, LEAST_CAPACITY, MOST_CAPACITY

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class StellantisNumberDescription(NumberEntityDescription):
    """A number: the capability that a car needs for it."""

    capability: Capability


CHARGE_LIMIT = StellantisNumberDescription(
    key="charge_limit",
    capability=Capability.CHARGING,
    native_min_value=MIN_LIMIT,
    native_max_value=NO_LIMIT,
    native_step=1,
    native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
)

USABLE_CAPACITY = NumberEntityDescription(
    key="usable_capacity",
    device_class=NumberDeviceClass.ENERGY_STORAGE,
    entity_category=EntityCategory.CONFIG,
    mode=NumberMode.BOX,
    native_min_value=LEAST_CAPACITY,
    native_max_value=MOST_CAPACITY,
    native_step=0.1,
    native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the limit of each car whose charge can be stopped, and the capacity of each that reports its charging."""
    await async_add_capable(entry, async_add_entities, [CHARGE_LIMIT], StellantisNumber)
    await async_add_reported(
        entry,
        async_add_entities,
        [USABLE_CAPACITY],
        lambda _car, status, _: status.charging is not None,
        CapacityNumber,
    )


class StellantisNumber(StellantisEntity, NumberEntity):
    """The charge limit of a car."""

    @property
    @override
    def native_value(self) -> float:
        return self.account.charge_limits[self.coordinator.vehicle.vin].percent

    @override
    async def async_set_native_value(self, value: float) -> None:
        await self.account.async_set_charge_limit(self.coordinator, round(value))


class CapacityNumber(StellantisEntity, NumberEntity):
    """The usable capacity of a car's battery."""

    blocks = CHARGE_BLOCKS

    @property
    @override
    def native_value(self) -> float | None:
        return self.account.charges[self.coordinator.vehicle.vin].capacity

    @property
    @override
    def state_values(self) -> tuple[object, ...]:
        return (self.native_value,)

    @override
    async def async_set_native_value(self, value: float) -> None:
        await self.account.charges[self.coordinator.vehicle.vin].async_set_capacity(value)
