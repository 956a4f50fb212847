"""The preconditioning of a car as a climate entity."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.climate import ClimateEntity, ClimateEntityDescription
from homeassistant.components.climate.const import ClimateEntityFeature, HVACAction, HVACMode
from homeassistant.const import UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import StellantisConfigEntry
from .api.failure_causes import PRECONDITIONING_FAILURE_CAUSES
from .api.remotes import SwitchPreconditioning
from .api.vehicle import Capability
from .coordinator import VehicleCoordinator
from .entity import StellantisEntity, async_add_capable

# `Commands` sends one remote at a time to each car; two cars must not wait for each other.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class StellantisClimateDescription(ClimateEntityDescription):
    """A climate entity: the capability that a car needs for it."""

    capability: Capability


PRECONDITIONING = StellantisClimateDescription(key="preconditioning", capability=Capability.PRECONDITIONING)

# Home Assistant 2026.11 renames the attribute and logs the old name; older releases know only the old one.
_UNIT_ATTRIBUTE = (
    "_attr_native_temperature_unit" if hasattr(ClimateEntity, "native_temperature_unit") else "_attr_temperature_unit"
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the preconditioning of each car that has it."""
    await async_add_capable(entry, async_add_entities, [PRECONDITIONING], StellantisClimate)


class StellantisClimate(StellantisEntity, ClimateEntity):
    """The preconditioning of a car. The API sets no temperature and does not say whether the car heats or cools."""

    _attr_supported_features = ClimateEntityFeature.TURN_ON | ClimateEntityFeature.TURN_OFF

    def __init__(self, car: VehicleCoordinator, description: StellantisClimateDescription) -> None:
        """Make the entity. Home Assistant wants a unit even without temperatures."""
        super().__init__(car, description)
        self._attr_hvac_modes = [HVACMode.OFF, HVACMode.HEAT_COOL]
        setattr(self, _UNIT_ATTRIBUTE, UnitOfTemperature.CELSIUS)

    @property
    @override
    def hvac_mode(self) -> HVACMode | None:
        running = self.coordinator.preconditioning
        return None if running is None else HVACMode.HEAT_COOL if running else HVACMode.OFF

    @property
    @override
    def hvac_action(self) -> HVACAction | None:
        running = self.coordinator.preconditioning
        return None if running is None else HVACAction.FAN if running else HVACAction.OFF

    @property
    @override
    def extra_state_attributes(self) -> dict[str, str | None]:
        preconditioning = self.status.preconditioning
        # A cause is why it has ended: while it runs, it is that of an earlier end.
        cause = preconditioning.failure_cause if preconditioning and not preconditioning.running else None
        return {
            "failure_cause": PRECONDITIONING_FAILURE_CAUSES.get(cause, cause) if cause else None,
            "in_progress": self.in_progress(SwitchPreconditioning),
        }

    @override
    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        await self.async_send(SwitchPreconditioning(hvac_mode is HVACMode.HEAT_COOL))

    @override
    async def async_turn_on(self) -> None:
        await self.async_send(SwitchPreconditioning(on=True))

    @override
    async def async_turn_off(self) -> None:
        await self.async_send(SwitchPreconditioning(on=False))
