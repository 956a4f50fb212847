"""Horn, lights and wake-up as buttons: remotes without a state."""

from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.button import ButtonDeviceClass, ButtonEntity, ButtonEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account import StellantisConfigEntry
from .api.remotes import Remote, SoundHorn, SwitchLights, WakeUp
from .api.vehicle import Capability
from .entity import StellantisEntity, async_add_capable

# `Commands` sends one remote at a time to each car; two cars must not wait for each other.
PARALLEL_UPDATES = 0

UNDER_WAY: Final = "under_way"


@dataclass(frozen=True, kw_only=True)
class StellantisButtonDescription(ButtonEntityDescription):
    """A button: the capability that a car needs for it and the remote that it sends."""

    capability: Capability
    remote: Remote


BUTTONS = (
    # They show which car it is. The picker of the action that stops both goes by this class.
    StellantisButtonDescription(
        key="horn", capability=Capability.HORN, remote=SoundHorn(), device_class=ButtonDeviceClass.IDENTIFY
    ),
    StellantisButtonDescription(
        key="flash_lights",
        capability=Capability.LIGHTS,
        remote=SwitchLights(on=True, flash=True),
        device_class=ButtonDeviceClass.IDENTIFY,
    ),
    StellantisButtonDescription(key="wake_up", capability=Capability.WAKE_UP, remote=WakeUp()),
)


async def async_setup_entry(
    _hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the buttons of each car."""
    await async_add_capable(entry, async_add_entities, BUTTONS, StellantisButton)


class StellantisButton(StellantisEntity, ButtonEntity):
    """A button of a car."""

    entity_description: StellantisButtonDescription

    @property
    @override
    def extra_state_attributes(self) -> dict[str, str | None]:
        remote = self.entity_description.remote
        return {"in_progress": UNDER_WAY if self.coordinator.first_pending(type(remote)) == remote else None}

    @override
    async def async_press(self) -> None:
        await self.async_send(self.entity_description.remote)
