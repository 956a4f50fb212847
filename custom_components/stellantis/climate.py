"""The preconditioning of a car as a climate entity."""

from typing import override

from homeassistant.components.climate import ClimateEntity, ClimateEntityDescription
from homeassistant.components.climate.const import ClimateEntityFeature, HVACAction, HVACMode
from homeassistant.const import UnitOfTemperature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account.account import StellantisConfigEntry
from .api.remotes import Preconditioning
from .api.status import PreconditioningStatus
from .coordinator import VehicleCoordinator
from .entity import StellantisEntity, add_cars

# Remotes wait for their turn car by car; two cars must not wait for each other.
PARALLEL_UPDATES = 0

PRECONDITIONING = ClimateEntityDescription(key="preconditioning")

# The failure causes of the contract as states that can be translated; another one is shown as it is.
_CAUSES = {
    "Defect": "defect",
    "DoorOpened": "door_opened",
    "LowBattery": "low_battery",
    "LowFuelLevel": "low_fuel_level",
    "TooManyUnusedProg": "too_many_unused_programs",
    "WindowsRoofOpened": "windows_or_roof_opened",
    "HoodOpened": "hood_opened",
    "NotParked": "not_parked",
    "OtherFailures": "other_failures",
}

# Home Assistant 2026.11 renames the attribute and logs the old name; older releases know only the old one.
_UNIT_ATTRIBUTE = (
    "_attr_native_temperature_unit" if hasattr(ClimateEntity, "native_temperature_unit") else "_attr_temperature_unit"
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the preconditioning of each car that has it."""
    add_cars(
        entry,
        async_add_entities,
        lambda car: [StellantisClimate(car, PRECONDITIONING)] if "preconditioning" in car.vehicle.capabilities else [],
    )


class StellantisClimate(StellantisEntity, ClimateEntity):
    """The preconditioning of a car. The API sets no temperature and does not say whether the car heats or cools."""

    _attr_supported_features = ClimateEntityFeature.TURN_ON | ClimateEntityFeature.TURN_OFF

    def __init__(self, car: VehicleCoordinator, description: ClimateEntityDescription) -> None:
        """Make the entity; the unit is asked for even of an entity without temperatures."""
        super().__init__(car, description)
        self._attr_hvac_modes = [HVACMode.OFF, HVACMode.HEAT_COOL]
        setattr(self, _UNIT_ATTRIBUTE, UnitOfTemperature.CELSIUS)

    @property
    def _running(self) -> bool:
        preconditioning = self.status.preconditioning
        return preconditioning is not None and preconditioning.status == PreconditioningStatus.ENABLED

    @property
    @override
    def hvac_mode(self) -> HVACMode | None:
        if self.status.preconditioning is None:
            return None
        return HVACMode.HEAT_COOL if self._running else HVACMode.OFF

    @property
    @override
    def hvac_action(self) -> HVACAction | None:
        if self.status.preconditioning is None:
            return None
        return HVACAction.FAN if self._running else HVACAction.OFF

    @property
    @override
    def extra_state_attributes(self) -> dict[str, str | None]:
        cause = self.status.preconditioning.failure_cause if self.status.preconditioning else None
        return {
            "failure_cause": _CAUSES.get(cause, cause) if cause else None,
            "in_progress": self.in_progress(Preconditioning),
        }

    @override
    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        await self.async_send(Preconditioning(hvac_mode is HVACMode.HEAT_COOL))

    @override
    async def async_turn_on(self) -> None:
        await self.async_send(Preconditioning(immediate=True))

    @override
    async def async_turn_off(self) -> None:
        await self.async_send(Preconditioning(immediate=False))
