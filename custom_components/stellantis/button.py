"""Remotes that leave nothing behind: horn, lights and wake-up as buttons."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account.account import StellantisConfigEntry
from .api.remotes import Horn, Lights, Remote, WakeUp
from .entity import StellantisEntity, add_cars

# Remotes wait for their turn car by car; two cars must not wait for each other.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class StellantisButtonDescription(ButtonEntityDescription):
    """A button: the capability that a car needs for it and the remote that it sends."""

    capability: str
    remote: Remote


BUTTONS = (
    StellantisButtonDescription(key="horn", capability="horn", remote=Horn()),
    StellantisButtonDescription(key="flash_lights", capability="lights", remote=Lights(on=True, flash=True)),
    StellantisButtonDescription(key="wake_up", capability="wake_up", remote=WakeUp()),
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the buttons of each car."""
    add_cars(
        entry,
        async_add_entities,
        lambda car: [
            StellantisButton(car, button) for button in BUTTONS if button.capability in car.vehicle.capabilities
        ],
    )


class StellantisButton(StellantisEntity, ButtonEntity):
    """A button of a car."""

    entity_description: StellantisButtonDescription

    @override
    async def async_press(self) -> None:
        await self.async_send(self.entity_description.remote)
