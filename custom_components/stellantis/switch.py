"""Charging and lights as switches."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import StellantisConfigEntry
from .api.remotes import Charging, Lights, Remote
from .api.status import ChargingStatus, Status
from .coordinator import VehicleCoordinator
from .entity import StellantisEntity, add_cars

# Remotes wait for their turn car by car; two cars must not wait for each other.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class StellantisSwitchDescription(SwitchEntityDescription):
    """A switch: the capability that a car needs for it, its remote, and where its state is read.

    Without `is_on` the car does not report the state, and what was last done is assumed.
    """

    capability: str
    remote: Callable[[bool], Remote]
    is_on: Callable[[Status], bool | None] | None = None


SWITCHES = (
    StellantisSwitchDescription(
        key="charging",
        capability="charging",
        remote=Charging,
        is_on=lambda status: (
            status.charging.status == ChargingStatus.IN_PROGRESS
            if status.charging and status.charging.status is not None
            else None
        ),
    ),
    StellantisSwitchDescription(key="lights", capability="lights", remote=Lights),
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the switches of each car."""
    add_cars(
        entry,
        async_add_entities,
        lambda car: [
            StellantisSwitch(car, switch) for switch in SWITCHES if switch.capability in car.vehicle.capabilities
        ],
    )


class StellantisSwitch(StellantisEntity, SwitchEntity):
    """A switch of a car."""

    entity_description: StellantisSwitchDescription

    def __init__(self, car: VehicleCoordinator, description: StellantisSwitchDescription) -> None:
        """Make the switch; what is assumed is off after a restart."""
        super().__init__(car, description)
        self._attr_assumed_state = description.is_on is None
        self._attr_is_on = False

    @property
    @override
    def is_on(self) -> bool | None:
        read = self.entity_description.is_on
        return read(self.status) if read else self._attr_is_on

    @property
    @override
    def extra_state_attributes(self) -> dict[str, str | None]:
        return {"in_progress": self.in_progress(self.entity_description.remote)}

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await self._async_switch(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self._async_switch(on=False)

    async def _async_switch(self, *, on: bool) -> None:
        await self.async_send(self.entity_description.remote(on))
        self._attr_is_on = on
        self.async_write_ha_state()
