"""The level at which a charge is stopped."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.number import NumberEntity, NumberEntityDescription
from homeassistant.const import EntityCategory, UnitOfRatio
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import MIN_LIMIT, NO_LIMIT, StellantisConfigEntry
from .api.vehicle import Capability
from .entity import StellantisEntity, add_capable

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class StellantisNumberDescription(NumberEntityDescription):
    """A number: the capability that a car needs for it."""

    capability: Capability


CHARGE_LIMIT = StellantisNumberDescription(
    key="charge_limit",
    capability=Capability.CHARGING,
    entity_category=EntityCategory.CONFIG,
    native_min_value=MIN_LIMIT,
    native_max_value=NO_LIMIT,
    native_step=1,
    native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the limit of each car whose charge can be stopped."""
    add_capable(entry, async_add_entities, [CHARGE_LIMIT], StellantisNumber)


class StellantisNumber(StellantisEntity, NumberEntity):
    """The charge limit of a car."""

    @property
    @override
    def native_value(self) -> float:
        return self.account.charge_limits[self.coordinator.vehicle.vin].percent

    @override
    async def async_set_native_value(self, value: float) -> None:
        await self.account.async_set_charge_limit(self.coordinator, round(value))
