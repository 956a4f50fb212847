"""The level at which a charge is stopped."""

from typing import override

from homeassistant.components.number import NumberEntity, NumberEntityDescription
from homeassistant.const import EntityCategory, UnitOfRatio
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account.account import StellantisConfigEntry
from .account.charge_limit import LEAST, OFF
from .entity import StellantisEntity, add_cars

PARALLEL_UPDATES = 0

CHARGE_LIMIT = NumberEntityDescription(
    key="charge_limit",
    entity_category=EntityCategory.CONFIG,
    native_min_value=LEAST,
    native_max_value=OFF,
    native_step=1,
    native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the limit of each car whose charge can be stopped."""
    add_cars(
        entry,
        async_add_entities,
        lambda car: [StellantisNumber(car, CHARGE_LIMIT)] if "charging" in car.vehicle.capabilities else [],
    )


class StellantisNumber(StellantisEntity, NumberEntity):
    """The charge limit of a car."""

    @property
    @override
    def native_value(self) -> float:
        return self.coordinator.charge_limit.percent

    @override
    async def async_set_native_value(self, value: float) -> None:
        self.coordinator.charge_limit.async_set(round(value))
