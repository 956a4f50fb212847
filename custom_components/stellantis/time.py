"""The hour of a car's delayed charge."""

from dataclasses import dataclass
from datetime import time
from typing import override

from homeassistant.components.time import TimeEntity, TimeEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .account import StellantisConfigEntry
from .api.remotes import DelayCharging
from .api.vehicle import Capability
from .entity import StellantisEntity, async_add_capable
from .schedules import next_time, since_midnight, time_of_day

# `Commands` sends one remote at a time to each car; two cars must not wait for each other.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class StellantisTimeDescription(TimeEntityDescription):
    """A time: the capability that a car needs for it."""

    capability: Capability


CHARGING_START = StellantisTimeDescription(key="charging_start", capability=Capability.CHARGING_DELAY)


async def async_setup_entry(
    _hass: HomeAssistant, entry: StellantisConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the hour of each car that can delay its charge."""
    await async_add_capable(entry, async_add_entities, [CHARGING_START], StellantisTime)


class StellantisTime(StellantisEntity, TimeEntity):
    """When a car begins to charge every day."""

    @property
    @override
    def native_value(self) -> time | None:
        if isinstance(self.edit, DelayCharging):
            return self.edit.at.time()
        delay = self.status.charging.delayed_start if self.status.charging else None
        return None if delay is None else time_of_day(delay)

    @override
    async def async_set_value(self, value: time) -> None:
        since_midnight(value)  # refuses seconds
        await self.async_edit(DelayCharging(next_time(value, dt_util.now())))
